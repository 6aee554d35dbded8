import { afterAll, beforeAll, expect, inject } from 'vitest';
import { type Engine, engineFor } from '../rig/engine/index.ts';
import {
  contentsOf,
  endedWith,
  fates,
  imagesOf,
  randomName,
  succeeded,
  test,
} from '../rig/engine-test.ts';
import { makeProject } from '../rig/project.ts';

let other: Engine;

/** Another machine: an engine that has nothing, not even the seed image. */
beforeAll(async () => {
  const store = inject('store');
  other = await engineFor({ name: `second-${store}-${randomName()}`.slice(0, 24), store });
});
afterAll(() => other.stop());

test('what one machine built and pushed, another one pulls: it builds nothing, and no parents', async ({
  project,
  registry,
  images,
  scope,
}) => {
  const files = {
    'ensure.yaml': `
      registries:
        team: { server: "${registry.host}" }
      defaults: { registry: team, with_hash: true }
      images:
        base:
          name: ${scope}/base
          build: { dockerfile: base.Dockerfile, files: nothing }
        app:
          name: ${scope}/app
          version: 1
          build: { directory: app, parents: [base] }
    `,
    'base.Dockerfile': 'FROM docker-ensure-seed:1\nENV BASE=base\n',
    'app/Dockerfile': `FROM ${scope}/base\nCOPY . /c\n`,
    'app/note': 'from the first machine',
  };

  const first = succeeded(await (await project(files)).up());
  expect(fates(first)).toEqual({ base: 'build+push', app: 'build+push' });
  const [base, app] = first.result.images.map(({ ref }) => ref);
  expect(await contentsOf(registry, scope)).toEqual([app, base]);

  // A borrowed engine is one and the same: then the second machine is played by emptying it.
  if (!other.private) await images.remove();
  const there = imagesOf(other, scope);
  expect(await there.list()).toEqual([]);
  const second = await makeProject(files, { env: other.env, runsHere: true });
  const pulled = succeeded(await second.up(['app']));
  expect(fates(pulled)).toEqual({ app: 'pull' });
  expect(pulled.result.images[0]).toMatchObject({ ref: app, reason: 'not here' });
  expect(await there.list()).toEqual([`${registry.host}/${app}`, app]);
  expect(await there.run(app ?? '', 'echo $BASE; cat /c/note')).toBe(
    'base\nfrom the first machine',
  );

  expect(fates(succeeded(await second.up()))).toEqual({ base: 'pull', app: 'none' });
  expect(fates(succeeded(await second.up()))).toEqual({ base: 'none', app: 'none' });
});

test('what one machine built with `cache`, another one need not build from its first step on', async ({
  project,
  registry,
  scope,
}) => {
  const stages =
    'FROM scratch AS made\nCOPY a /a\nFROM scratch\nCOPY --from=made /a /c\nCOPY b /b\n';
  const files = (cached: string) => ({
    'ensure.yaml': `
      registries: { team: { server: "${registry.host}" } }
      defaults: { registry: team, with_hash: true }
      images:
        kept: { name: ${scope}/kept, build: { directory: kept, ${cached ? 'cache: registry' : ''} } }
        inline: { name: ${scope}/inline, tags: [newest], build: { directory: inline, ${cached ? 'cache: inline' : ''} } }
        lost: { name: ${scope}/lost, build: { directory: lost, ${cached ? 'cache: { ref: "127.0.0.1:1/x:y" }' : ''} } }
    `,
    ...Object.fromEntries(
      ['kept', 'inline', 'lost'].flatMap((name) => [
        [`${name}/Dockerfile`, stages],
        [`${name}/a`, `${name} of ${scope}`],
        [`${name}/b`, '1'],
      ]),
    ),
  });
  const isClassic = inject('store') === 'classic';
  const notesOf = (stderr: string) =>
    stderr.split('\n').filter((line) => line.startsWith('note: '));
  const first = await project(files('cached'));
  const built = succeeded(await first.up());
  expect(fates(built)).toEqual({
    kept: 'build+push',
    inline: 'build+push',
    lost: 'build+push',
  });
  const plain = await (await project(files(''))).up(['--dry-run']);
  expect(plain.result.images.map(({ hash }) => hash)).toEqual(
    built.result.images.map(({ hash }) => hash),
  );
  const cache = `${scope}/kept:buildcache-kept`;
  const pushed = built.result.images.map(({ ref }) => ref);
  const contents = [...pushed, `${scope}/inline:newest`, ...(isClassic ? [] : [cache])].sort();
  expect(await contentsOf(registry, scope)).toEqual(contents);
  const [one, ...others] = notesOf(built.stderr);
  const unread = 'note: lost: the cache 127.0.0.1:1/x:y was not read: ';
  if (isClassic) {
    expect(one).toMatch(/^note: docker's own builder .* writes no cache to a registry/);
    expect(others).toEqual([expect.stringContaining(unread)]);
  } else {
    expect(one).toContain(unread);
    expect(others).toEqual([
      expect.stringContaining('note: lost: the cache 127.0.0.1:1/x:y was not written: '),
    ]);
  }

  if (!other.private) return;
  const second = await makeProject(
    { ...files('cached'), 'kept/b': '2', 'inline/b': '2', 'lost/b': '2' },
    { env: other.env, runsHere: true },
  );
  const written = async () => {
    const address = `http://${registry.host}/v2/${cache.replace(':', '/manifests/')}`;
    const { headers } = await fetch(address, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    return headers.get('docker-content-digest');
  };
  const before = await written();
  expect(before === null).toBe(isClassic);
  const log = succeeded(await second.run(['--debug', 'up', '--no-push'])).stderr;
  const isCached = (image: string, step: string) => {
    const [, id] = new RegExp(`^${image} \\| (#\\d+) \\[[^\\]]*\\] ${step}$`, 'm').exec(log) ?? [];
    return log.includes(`${image} | ${id} CACHED\n`);
  };
  expect({
    kept: [isCached('kept', 'COPY --from=made /a /c'), isCached('kept', 'COPY b /b')],
    inline: [isCached('inline', 'COPY --from=made /a /c'), isCached('inline', 'COPY b /b')],
    lost: [isCached('lost', 'COPY --from=made /a /c'), isCached('lost', 'COPY b /b')],
  }).toEqual({ kept: [!isClassic, false], inline: [true, false], lost: [false, false] });
  // Nothing is written where nothing is pushed.
  expect(await written()).toBe(before);
  expect(await contentsOf(registry, scope)).toEqual(contents);
  // What the registry keeps beside the images is no image of theirs.
  const { stdout, stderr } = succeeded(await second.run(['prune', '--registry', '--dry-run']));
  expect(stdout + stderr).not.toContain('buildcache');
});

test('an engine that has died is reported in one line, with what to do', async ({ scope }) => {
  const { run } = await makeProject(
    {
      'ensure.yaml': `images:\n  app: { name: ${scope}/app, build: {} }\n`,
      Dockerfile: 'FROM scratch\n',
    },
    { env: other.private ? other.env : { ...other.env, DOCKER_HOST: 'tcp://127.0.0.1:1' } },
  );
  if (other.private) await other.kill();

  const { stdout, stderr } = endedWith(3, await run(['up', '--json']));
  expect(stdout).toBe('');
  expect(stderr).toMatch(
    /^error: docker does not answer(: .*)?\n {2}help: start the Docker engine, .*\n$/,
  );
});
