import { describe, expect, it } from 'vitest';
import { readDockerfile } from '../../src/dockerfile/read.ts';
import { takenStages } from '../../src/dockerfile/taken-stages.ts';
import { buildNames, reachedUses } from '../../src/inputs/build-names.ts';
import { ownedNames, ParentNames } from '../../src/inputs/parent-names.ts';
import type { ResolvedImage } from '../../src/model/resolved.ts';
import { imagine, TEAM } from '../rig/imagined.ts';
import { runOn, type Script, setStage } from '../rig/imagined-docker.ts';

const seed = imagine('seed', { version: '1', parents: null, registry: TEAM });
const data = imagine('data', { version: '2' });
const SEED = 'registry.test:5000/seed:1';

/** An image with that Dockerfile, in a manifest with `seed` and `data`. */
function child(text: string, parents: readonly ResolvedImage[], platform = 'linux/arm64') {
  const platforms = [platform];
  const dockerfile = readDockerfile({ path: 'Dockerfile', text }, new Map(), platforms);
  const bare = imagine('app');
  const names = new ParentNames(bare.image, parents, ownedNames([seed.image, data.image]));
  const stages = takenStages(dockerfile.stages, null, []);
  const uses = reachedUses({ dockerfile, triggered: [], isForeign: false }, stages);
  const isBuilt = (key: string) => key === 'data';
  return imagine('app', {
    parents,
    buildKeys: {
      platforms,
      names: buildNames(uses, {
        stages: dockerfile.stages,
        names,
        contexts: new Map(),
        platforms,
        isBuilt,
      }),
    },
  });
}

async function run(app: ResolvedImage, script: Script, policy = {}) {
  const stage = setStage({ registry: { [SEED]: { is: 'present' } }, ...script });
  const results = await runOn(stage, [seed, data, app], { wanted: ['app'], policy });
  const result = results.find(({ image }) => image === 'app');
  const parents = stage.builds.at(-1)?.parents.map(({ key, ref }) => `${key} ${ref}`);
  return { stage, result, parents };
}

const amd64 = { inspected: { [seed.ref]: { platform: 'linux/amd64', onBuild: [] } } };

describe('a parent without a build', () => {
  it.each([
    ['FROM seed:1\n', 'linux/arm64'],
    ['FROM --platform=$TARGETPLATFORM seed:1\n', 'linux/arm64'],
    ['FROM --platform=linux/amd64 seed:1\n', 'linux/amd64'],
    ['FROM --platform=$BUILDPLATFORM seed:1\n', null],
    ['FROM scratch\nCOPY --from=seed:1 / /\n', 'linux/arm64'],
    ['FROM --platform=linux/amd64 seed:1 AS a\nFROM seed:1\nCOPY --from=a / /\n', null],
  ])('is pulled for the platform of %j', async (text, platform) => {
    const { stage } = await run(child(text, [seed]), {});
    expect(stage.pulledFor).toEqual([platform]);
  });

  it('that is here for another platform is pulled where a tag can have both', async () => {
    const app = child('FROM seed:1\n', [seed]);
    const { stage, parents } = await run(app, { ...amd64, here: [seed.ref], keepsPlatforms: true });
    expect(stage.calls).toEqual([`pull ${SEED}`, `tag ${SEED} ${seed.ref}`, `build ${app.ref}`]);
    expect(stage.pulledFor).toEqual(['linux/arm64']);
    expect(parents).toEqual([`seed ${seed.ref}`]);
  });

  it('is left to BuildKit under the registry’s name where a tag has one only', async () => {
    const app = child('FROM seed:1\n', [seed]);
    const { stage, parents } = await run(app, { ...amd64, here: [seed.ref] });
    expect(stage.pulledFor).toEqual([]);
    expect(parents).toEqual([`seed ${SEED}`]);
  });

  it.each(['FROM --platform=$BUILDPLATFORM seed:1\n', 'FROM --platform=linux/amd64 seed:1\n'])(
    'is taken as it is for %j',
    async (text) => {
      const { stage, parents } = await run(child(text, [seed]), { ...amd64, here: [seed.ref] });
      expect(stage.pulledFor).toEqual([]);
      expect(parents).toEqual([`seed ${seed.ref}`]);
    },
  );

  it.each([
    [{ pull: false }, 'it may not be pulled', 'run without --no-pull to pull it'],
    [{ offline: true }, 'it may not be pulled', 'run without --offline to pull it'],
    [
      {},
      'the registry does not have it for that',
      'build the child for a platform that its parent has (`platforms`), or take the parent as it is by `FROM --platform=…`',
    ],
  ])('that cannot be had for the platform fails its child: %j', async (policy, why, advice) => {
    const app = child('FROM seed:1\n', [seed]);
    const script = { ...amd64, here: [seed.ref], keepsPlatforms: true, registry: {} };
    const { stage, result } = await run(app, script, policy);
    expect(result).toMatchObject({
      outcome: 'failed',
      failure: {
        code: 'wrong-platform',
        message: `seed:1 is here for linux/amd64, but ${app.ref} takes it for linux/arm64, and ${why}`,
        advice,
      },
    });
    expect(stage.builds).toEqual([]);
  });
});

describe('an ONBUILD of an image that is not built here', () => {
  const asking = (onBuild: readonly string[]) => ({
    here: [seed.ref, data.ref],
    inspected: Object.fromEntries(
      [seed.ref, 'other:1'].map((ref) => [ref, { platform: 'linux/arm64', onBuild }]),
    ),
  });

  it.each(['seed:1', 'other:1'])('has its names bound for a child of %s', async (base) => {
    const app = child(`FROM ${base}\n`, [seed, data]);
    const onBuild = ['RUN --mount=from=docker.io/library/data:2,target=/m true'];
    const { stage } = await run(app, asking(onBuild));
    const bound = stage.builds[0]?.parents.find(({ key }) => key === 'data');
    expect(bound?.contexts).toContain('data:2');
  });

  it('that nobody has seen gets the right image by any name, or none', async () => {
    const text = 'FROM scratch AS seed\nFROM other:1\nCOPY --from=data:2 /x /x\n';
    const { stage } = await run(child(text, [data]), { here: [data.ref] });
    const [build] = stage.builds;
    expect(build?.parents.map(({ contexts }) => contexts)).toEqual([['data']]);
    expect([...(build?.unseen ?? [])].map(([name, is]) => [name, is?.ref ?? null])).toEqual([
      ['seed:1', null],
      ['registry.test:5000/seed:1', null],
      ['data:2', data.ref],
      [data.ref, data.ref],
    ]);
  });

  it('is a failure before the build where a name of the manifest cannot be bound', async () => {
    const app = child('FROM seed:1\n', [seed]);
    const { stage, result } = await run(app, asking(['COPY --from=data:2 /x /x']));
    expect(result).toMatchObject({
      outcome: 'failed',
      failure: {
        code: 'unbound-name',
        message:
          '`ONBUILD COPY --from` names `data:2`, which is the image `data` of this manifest, but not a parent of `app`: it is neither ensured first nor hashed; it is seed:1 that says so',
        advice: expect.stringMatching(/^add `data` to `parents`; /),
      },
    });
    expect(stage.builds).toEqual([]);
  });

  it.each([
    ['another image', 'FROM seed:1\n', 'COPY --from=data:3 /x /x'],
    ['a stage', 'FROM scratch AS one\nFROM seed:1\n', 'COPY --from=one /x /x'],
    ['no base of a built stage', 'FROM seed:1 AS unused\nFROM scratch\n', 'COPY --from=data:2 / /'],
  ])('is nobody’s business where it means %s', async (_, text, trigger) => {
    const { result } = await run(child(text, [seed]), asking([trigger]));
    expect(result?.outcome).toBe('done');
  });
});
