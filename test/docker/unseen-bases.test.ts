import { expect, it } from 'vitest';
import { targetOf } from '../../src/docker/bake.ts';
import type { ResolvedBuild } from '../../src/model/resolved.ts';
import {
  type Answer,
  alone,
  BUILT,
  buildWith,
  dockerThatSays,
  fails,
  stage,
  succeeds,
} from './scripted.ts';

const BASE: Partial<ResolvedBuild> = {
  unseenBases: [{ name: 'python:3', platform: '$BUILDPLATFORM' }],
  copiedContexts: [null, 'conf'],
  additionalContexts: new Map([
    ['conf', { kind: 'remote', source: 'https://host/conf.git' }],
    ['tools', { kind: 'remote', source: 'docker-image://tools' }],
  ]),
  buildArgs: new Map([['A', 'b']]),
};

async function build(keys: Partial<ResolvedBuild>, ...answers: Answer[]) {
  const staged = await stage();
  const said = dockerThatSays(...answers, succeeds(staged));
  const group = alone(buildWith(keys), staged);
  return { ...said, group, outcome: await said.docker.build(group) };
}

const refused = (address: string) =>
  fails(
    JSON.stringify({
      vertexes: [
        {
          digest: 'sha256:1',
          name: `[base-1 internal] load git source ${address}`,
          started: '2026-01-01T00:00:00Z',
          completed: '2026-01-01T00:00:01Z',
          error: 'git error: exit status 128',
        },
      ],
    }),
  );

it('what a build begins with is looked at with nothing to copy from, once', async () => {
  const { docker, calls, outcome, group } = await build(BASE, {});
  expect(outcome).toEqual(BUILT);
  expect(calls.map(({ argv }) => argv.at(-1))).toEqual(['base-1', targetOf(0)]);
  expect(calls[0]?.argv.join(' ')).toBe('buildx bake --progress rawjson --file - base-1');
  expect(calls[0]?.input).toBe(
    `target "base-1" {
  context = "https://127.0.0.1:0/docker-ensure-barred/0.git"
  dockerfile-inline = "FROM --platform=\\u0024BUILDPLATFORM python:3\\n"
  output = ["type=cacheonly"]
  platforms = ["linux/amd64"]
  contexts = { "conf" = "https://127.0.0.1:0/docker-ensure-barred/1.git", "tools" = "docker-image://tools" }
}
`,
  );
  await docker.build(group);
  expect(calls.map(({ argv }) => argv.at(-1))).toEqual(['base-1', targetOf(0), targetOf(0)]);
});

it('nothing is looked at where the build has all of its files', async () => {
  const { calls } = await build({ ...BASE, unseenBases: [] });
  expect(calls).toHaveLength(1);
});

it.each([
  [0, 'the build context', '`files: context`'],
  [1, 'the additional context `conf`', '`conf: { directory: …, files: context }`'],
])('one that copies of context %d is not built on', async (place, what, advice) => {
  const refusal = refused(`https://127.0.0.1:0/docker-ensure-barred/${place}.git`);
  const { outcome, calls } = await build(BASE, refusal, refusal);
  expect(outcome).toEqual({
    ok: false,
    key: 'app',
    log: [],
    message: `it begins with python:3, whose ONBUILDs copy files of ${what}; with \`files: copied\` the build has only those that its Dockerfile copies`,
    advice: `give the build all of them: ${advice}`,
  });
  expect(calls).toHaveLength(2);
});

it('an ONBUILD that needs arguments gets them in a second look', async () => {
  const { outcome, calls } = await build(BASE, fails('ERROR: A is not set'), {});
  expect(outcome).toEqual(BUILT);
  expect(calls[0]?.input).not.toContain('args');
  expect(calls[1]?.input).toContain('args = { "A" = "b" }');
});

it('one that cannot be looked at is a failure as that of the build would be', async () => {
  const gone = fails(
    'ERROR: failed to solve: python:3: failed to resolve source metadata for docker.io/library/python:3: no such host',
  );
  const { outcome } = await build(BASE, gone, gone);
  expect(outcome).toMatchObject({
    ok: false,
    key: 'app',
    message: 'docker.io/library/python:3 cannot be had: no such host',
    registryError: { fault: 'unreachable' },
  });
});
