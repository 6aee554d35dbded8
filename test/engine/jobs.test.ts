import { readdir } from 'node:fs/promises';
import { expect } from 'vitest';
import { spyOnDocker } from '../rig/docker-spy.ts';
import { endedWith, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn('containerd');

/** Notes where two docker commands run at the same time. */
const ALONE = {
  before: 'mkdir "$notes/running" 2>/dev/null || : >"$notes/overlap"',
  after: 'rmdir "$notes/running"',
};

const four = (scope: string) => ({
  'ensure.yaml': [
    'defaults: { build: { files: nothing } }',
    'images:',
    ...['a', 'b', 'c', 'd'].map((key) => `  ${key}: { name: ${scope}/${key}, build: {} }`),
  ].join('\n'),
  Dockerfile: 'FROM docker-ensure-seed:1\n',
});

/** No two are of the same length: those that are, and are written over one another, are never in one call. */
const made = (at: number) => `${at}`.padStart(at + 2, '.');

/** A family of twenty: a grid of four columns and five rows, each image built on two of the row above. */
const grid = (scope: string) => ({
  'ensure.yaml': [
    'defaults: { with_hash: true, build: { files: nothing } }',
    'images:',
    ...Array.from({ length: 20 }, (_, at) => {
      const above = [at - 4, at - (at % 4) - 4 + ((at + 1) % 4)].map((each) => `i${each}`);
      const parents = at < 4 ? '' : `, parents: [${above.join(', ')}]`;
      const from =
        at < 4
          ? 'FROM docker-ensure-seed:1'
          : `FROM ${scope}/${above[0]}\\nCOPY --from=${scope}/${above[1]} /made /from`;
      const dockerfile = `${from}\\nCOPY <<E /made\\n${made(at)}\\nE\\n`;
      return `  i${at}: { name: ${scope}/i${at}, build: { dockerfile_inline: "${dockerfile}"${parents} } }`;
    }),
  ].join('\n'),
});

const callsOf = async (docker: { calls(): Promise<string[][]> }, after = 0) =>
  (await docker.calls()).slice(after).map(([first, second]) => `${first} ${second}`);

test('twenty images, parents and children, are built in one call, and looked at in another', async ({
  project,
  engine,
  images,
  scope,
}) => {
  const { up } = await project(grid(scope));
  const docker = await spyOnDocker(engine);

  const { result } = succeeded(await up([], { env: docker.env }));
  expect(result.summary).toMatchObject({ build: 20, failed: 0, skipped: 0 });
  const calls = await callsOf(docker);
  expect(calls.filter((call) => call !== 'image inspect')).toEqual(['image ls', 'buildx bake']);
  expect(calls.length).toBeLessThanOrEqual(4);
  expect((await images.list()).length).toBe(20);
  expect(await images.read(result.images[19]?.ref ?? '', '/made', '/from')).toBe(
    `${made(19)}\n${made(12)}`,
  );

  succeeded(await up([], { env: docker.env }));
  expect(await callsOf(docker, calls.length)).toEqual(['image ls']);
});

test('heredocs of the same name and size are never mixed up between parents and children', async ({
  project,
  images,
  scope,
}) => {
  const pairs = Array.from({ length: 10 }, (_, at) => [
    `  above${at}: { name: ${scope}/above${at}, build: { dockerfile_inline: "FROM docker-ensure-seed:1\\nCOPY <<E /made\\nA${at}\\nE\\n" } }`,
    `  below${at}: { name: ${scope}/below${at}, build: { dockerfile_inline: "FROM ${scope}/above${at}\\nCOPY <<E /made\\nB${at}\\nE\\n", parents: [above${at}] } }`,
  ]);
  const copies = pairs
    .map((_, at) => `COPY --from=${scope}/below${at} /made /made${at}\\n`)
    .join('');
  const below = pairs.map((_, at) => `below${at}`).join(', ');
  const { up } = await project({
    'ensure.yaml': [
      'defaults: { build: { files: nothing } }',
      'images:',
      ...pairs.flat(),
      `  all: { name: ${scope}/all, build: { dockerfile_inline: "FROM docker-ensure-seed:1\\n${copies}", parents: [${below}] } }`,
    ].join('\n'),
  });
  succeeded(await up([]));
  expect((await images.run(`${scope}/all`, 'cat /made?')).split('\n')).toEqual(
    pairs.map((_, at) => `B${at}`),
  );
});

test('after a failure in a group, what was done is done, and the rest is told apart', async ({
  project,
  images,
  scope,
}) => {
  const built = 'build: { files: nothing, dockerfile_inline: "FROM docker-ensure-seed:1';
  const { up, write } = await project({
    'ensure.yaml': `images:
  quick: { name: ${scope}/quick, ${built}" } }
  bad: { name: ${scope}/bad, ${built}\\nRUN sleep 1; echo last words; exit 7" } }
  slow: { name: ${scope}/slow, ${built}\\nRUN sleep 30" } }
  above: { name: ${scope}/above, build: { files: nothing, parents: [bad], dockerfile_inline: "FROM ${scope}/bad" } }
`,
  });

  const { result, stderr } = endedWith(1, await up());
  expect(result.images.map(({ image, outcome, reason }) => [image, outcome, reason])).toEqual([
    ['quick', 'done', 'not here'],
    ['bad', 'failed', 'not here'],
    ['slow', 'skipped', 'not finished, since bad failed'],
    ['above', 'skipped', 'its parent bad failed'],
  ]);
  expect(result.images[1]?.error?.message).toBe(
    '[2/2] RUN sleep 1; echo last words; exit 7 failed with exit code 7',
  );
  expect(stderr).toContain('| last words\n');
  expect(await images.list()).toEqual([`${scope}/quick:latest`]);

  const manifest = `images:
  bad: { name: ${scope}/bad, ${built}\\nRUN exit 7" } }
  slow: { name: ${scope}/slow, ${built}\\nRUN sleep 1" } }
`;
  await write({ 'ensure.yaml': manifest });
  const went = endedWith(1, await up(['--keep-going']));
  expect(went.result.images.map(({ outcome }) => outcome)).toEqual(['failed', 'done']);
});

test('an image is pushed while others of its group are still being built', async ({
  project,
  engine,
  registry,
  scope,
}) => {
  const tags = `http://${registry.host}/v2/${scope}/quick/tags/list`;
  const { up } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${registry.host}" } }
      defaults: { registry: team, remote_policy: push_only, build: { files: nothing } }
      images:
        quick: { name: ${scope}/quick, build: {} }
        slow: { name: ${scope}/slow, registry: null, build: { dockerfile: Slow, network: host } }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\n',
    // It ends only once the registry has the other one.
    Slow: `FROM docker-ensure-seed:1\nRUN for i in $(seq 300); do wget -q -O - ${tags} && exit 0; sleep 0.1; done; exit 1\n`,
  });
  const docker = await spyOnDocker(engine);
  succeeded(await up([], { env: docker.env }));
  expect((await docker.calls()).filter(([, verb]) => verb === 'bake')).toHaveLength(1);
});

it('--jobs 1 runs one docker command at a time', async ({ project, engine, scope }) => {
  const { up } = await project(four(scope));
  const docker = await spyOnDocker(engine, ALONE);

  succeeded(await up(['--jobs', '1'], { env: docker.env }));
  expect(await readdir(docker.notes)).not.toContain('overlap');
  expect((await docker.calls()).filter(([, verb]) => verb === 'bake').length).toBe(4);
});

test('children of one parent wait for it', async ({ project, images, scope }) => {
  const { up } = await project({
    'ensure.yaml': `
      defaults: { with_hash: true, build: { files: nothing } }
      images:
        top: { name: ${scope}/top, build: { dockerfile: top.Dockerfile, parents: [left, right] } }
        left: { name: ${scope}/left, build: { dockerfile: left.Dockerfile, parents: [base] } }
        right: { name: ${scope}/right, build: { dockerfile: right.Dockerfile, parents: [base] } }
        base: { name: ${scope}/base, build: { dockerfile: base.Dockerfile } }
    `,
    'base.Dockerfile': 'FROM docker-ensure-seed:1\nENV BASE=1\nCOPY <<E /base\nE\n',
    'left.Dockerfile': `FROM ${scope}/base\nCOPY <<E /left\nE\n`,
    'right.Dockerfile': `FROM ${scope}/base\nCOPY <<E /right\nE\n`,
    'top.Dockerfile': `FROM ${scope}/left\nCOPY --from=${scope}/right /right /base /\n`,
  });
  const { result, stderr } = succeeded(await up());
  expect(result.images.map(({ image }) => image)).toEqual(['base', 'left', 'right', 'top']);
  const told = stderr
    .split('\n')
    .flatMap((line) => /^(\w+ +(?:building|built))/.exec(line)?.[1] ?? []);
  expect(told[0]).toMatch(/^base +building$/);
  expect(new Set(told.map((line) => line.replace(/ +/, ' '))).size).toBe(8);
  expect(await images.run(result.images[3]?.ref ?? '', 'ls /base /left /right')).toBe(
    '/base\n/left\n/right',
  );
});
