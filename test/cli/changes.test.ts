import { describe, expect, it } from 'vitest';
import { fakeDocker } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';

const manifest = (args: string, more = '') => `images:
  base: { name: team/base, with_hash: true, build: { files: nothing, dockerfile: base.Dockerfile } }
  app:
    name: team/app
    version: "1"
    with_hash: true
    build: { directory: app, parents: [base], build_args: { ${args} }${more} }
`;

/** A project that was built, and of which nothing is here any more. */
async function builtProject(more = '') {
  const docker = await fakeDocker();
  const made = await makeProject(
    {
      'ensure.yaml': manifest('A: 1', more),
      'base.Dockerfile': 'FROM scratch\nENV A=1\n',
      'app/Dockerfile': 'FROM team/base\nARG A B C\nCOPY . /\n',
      'app/one.txt': '1',
    },
    { env: { ...docker.env, DOCKER_DEFAULT_PLATFORM: 'linux/amd64' } },
  );
  const built = await made.run(['up', '--at', '2026-01-01T12:00:00Z']);
  expect(built.exitCode, built.stderr).toBe(0);
  const refOf = async (key: string) => (await made.run(['ref', key])).stdout.trim();
  /** The lines of a plan, less their ages and references. */
  const plan = async (at = '2026-01-01T12:00:00Z') => {
    const { exitCode, stdout, stderr } = await made.run(['plan', '--at', at]);
    expect(exitCode, stderr).toBe(0);
    return stdout
      .replace(/built \d+ (s|min) ago/g, 'built just now')
      .replace(/[0-9a-f]{16}/g, 'HASH');
  };
  return { ...made, plan, refOf, built };
}

describe('the reason for a build', () => {
  it('says nothing of a first one', async () => {
    const { built } = await builtProject();
    expect(built.stderr).toMatch(/app {3}building {2}team\/app:1-[0-9a-f]{16} \(not here\)\n/);
  });

  it('is that the image was removed', async () => {
    const { plan } = await builtProject();
    expect(
      await plan(),
    ).toBe(`base  build        team/base:HASH (not here: built just now, and removed since)
app   build        team/app:1-HASH (not here: built just now, and removed since)
2 images: 2 to build
`);
  });

  it.each([
    [{ 'app/one.txt': '2' }, 'one.txt changed'],
    [{ 'app/two.txt': '2' }, 'two.txt was added'],
    [{ 'app/two.txt': '2', 'app/one.txt': '2' }, 'one.txt and 1 more file changed'],
    [{ 'ensure.yaml': manifest('A: 2') }, 'build_args.A changed'],
    [
      { 'ensure.yaml': manifest('B: 2, C: 3') },
      'build_args.A is gone, build_args.B is new, 1 more',
    ],
    [{ 'base.Dockerfile': 'FROM scratch\nENV A=2\n' }, 'the parent base changed'],
    [
      { 'app/Dockerfile': 'FROM team/base\nARG A\n', 'app/one.txt': '2' },
      'the Dockerfile changed, Dockerfile and 1 more file changed',
    ],
  ])('is what has changed: %j', async (files, change) => {
    const { plan, write } = await builtProject();
    await write(files);
    expect(await plan()).toContain(
      `team/app:1-HASH (not here: ${change} since team/app:1-HASH, built just now)\n`,
    );
  });

  it('is a new interval', async () => {
    const { plan } = await builtProject(', interval: 1d');
    expect(await plan('2026-01-02T05:30:00Z')).toContain(
      '(not here: interval: a new one began 5 h ago, the next in 18 h since team/app:1-HASH, built just now)',
    );
  });

  it('is told by a run, too', async () => {
    const { run, write } = await builtProject();
    await write({ 'app/one.txt': '2' });
    const { stderr } = await run(['up', '--json']);
    expect(stderr).toMatch(
      /app {3}building {2}team\/app:1-\w+ \(not here: one\.txt changed since team\/app:1-\w+, built \d+ s ago\)\n/,
    );
  });
});
