import { describe, expect, it } from 'vitest';
import { makeProjectHere } from '../rig/command.ts';
import { makeProject } from '../rig/project.ts';

const MANIFEST = `defaults: { build: { files: nothing, dockerfile_inline: FROM scratch } }
images: { app: { build: {} }, test-a: { build: {} }, test-b: { build: {} }, db: { version: "1" } }
groups: { tests: ["test-*"], ci: [app, tests] }
`;

async function refs(...names: string[]) {
  const { run } = await makeProjectHere({ 'ensure.yaml': MANIFEST });
  return run(['refs', ...names]);
}

describe('the images that a command is for', () => {
  it.each([
    [['ci'], 'app test-a test-b'],
    [['tests', 'db'], 'test-a test-b db'],
    [['*', '!tests'], 'app db'],
    [['!ci'], 'db'],
  ])('%j', async (names, keys) => {
    const { stdout } = await refs(...names);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/\s/)[0])
        .join(' '),
    ).toBe(keys);
  });

  it.each([
    ['test', 'error: the manifest has no image `test`\n  help: did you mean `tests`?\n'],
    [
      'zzzzzzz',
      'error: the manifest has no image `zzzzzzz`\n  help: it has: app, test-a, test-b, db, tests, ci\n',
    ],
    [
      'x*',
      'error: no image matches `x*`\n  help: the manifest has: app, test-a, test-b, db, tests, ci\n',
    ],
  ])('not %s', async (name, stderr) => {
    expect(await refs(name)).toEqual({ exitCode: 2, stdout: '', stderr });
  });

  it('are not a group where it must be one', async () => {
    const { run } = await makeProjectHere({ 'ensure.yaml': MANIFEST });
    expect(await run(['ref', 'ci'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'error: `ci` is not one image: it is a group\n  help: name one of these: app, test-a, test-b\n',
    });
  });

  it('stand in the groups of config', async () => {
    const { run } = await makeProjectHere({ 'ensure.yaml': MANIFEST });
    const { stdout } = await run(['config', '--format', 'json']);
    expect(JSON.parse(stdout).groups).toEqual({
      tests: ['test-a', 'test-b'],
      ci: ['app', 'test-a', 'test-b'],
    });
  });

  it('are completed, groups where several may stand', async () => {
    const { run } = await makeProjectHere({ 'ensure.yaml': MANIFEST });
    const values = async (...words: string[]) =>
      (await run(['__complete', ...words])).stdout.split('\n').map((line) => line.split('\t')[0]);
    expect(await values('up', 't')).toEqual(['test-a', 'test-b', 'tests', ':4', '']);
    expect(await values('ref', 't')).toEqual(['test-a', 'test-b', ':4', '']);
  });
});

it('config of a matrix and of includes is a manifest with the same hashes', async () => {
  const project = await makeProject({
    'ensure.yaml': `include: [one/ensure.yaml]
images:
  base:
    matrix: { v: [1, 2] }
    with_hash: true
    build: { files: nothing, dockerfile_inline: FROM scratch, build_args: { V: "\${matrix.v}" } }
groups: { all: [base, one] }
`,
    'one/ensure.yaml': `images:
  one:
    with_hash: true
    build:
      parents: [base-1]
      build_args: { V: "\${file:VERSION}", REF: "\${images.base-1.ref}" }
      additional_contexts: { conf: conf }
`,
    'one/VERSION': '3\n',
    'one/conf/a': 'a',
    'one/Dockerfile': 'FROM scratch\nCOPY --from=conf a /\n',
  });
  const env = { DOCKER_DEFAULT_PLATFORM: 'linux/amd64', PATH: '/nowhere' };
  const first = await project.run(['refs', 'all'], { env });
  const { stdout } = await project.run(['config'], { env });
  await project.write({ 'whole.yaml': stdout });
  expect(first.stdout.split('\n')).toHaveLength(4);
  expect(await project.run(['-f', 'whole.yaml', 'refs', 'all'], { env })).toEqual(first);
  expect(await project.run(['-f', 'whole.yaml', 'config'], { env })).toMatchObject({ stdout });
});
