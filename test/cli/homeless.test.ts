import { chmod, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type FakeDocker, fakeDocker, having } from '../rig/fake-docker.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const UNKNOWN = 12_345;

/** Where the tests may not run as another user, the system is made to know nothing of this one. */
const NO_HOME = `import os from 'node:os'; import { syncBuiltinESMExports as sync } from 'node:module';
os.homedir = () => { throw new Error('no such user'); }; process.getuid = () => ${UNKNOWN}; sync();`;
const isRoot = process.geteuid?.() === 0;
const user = isRoot ? { uid: UNKNOWN, gid: UNKNOWN } : {};
const preload = isRoot ? [] : ['--import', `data:text/javascript,${encodeURIComponent(NO_HOME)}`];

/** A project, and the program, of a user whom the system does not know and who has no HOME. */
async function homeless(docker?: FakeDocker) {
  const root = await mkdtemp(join(tmpdir(), 'docker-ensure-homeless-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const part of ['bin', 'dist', 'package.json'])
    await cp(join(ROOT, part), join(root, part), { recursive: true });
  for (const name of ['project', 'tmp', 'other']) await mkdir(join(root, name));
  const [project, temporary] = [join(root, 'project'), join(root, 'tmp')];
  await writeFile(
    join(project, 'ensure.yaml'),
    'images: { one: { build: { dockerfile_inline: "FROM scratch" } } }\n',
  );
  await chmod(root, 0o755);
  if (isRoot) {
    await execa('chown', ['-R', `${UNKNOWN}`, project, temporary]);
    if (docker !== undefined) await execa('chmod', ['-R', 'a+rwX', docker.folder]);
  }
  const env = { PATH: process.env.PATH ?? '', TMPDIR: temporary, ...docker?.env };
  const program = join(root, 'bin/docker-ensure.js');
  return {
    root,
    temporary,
    manifest: (text: string) => writeFile(join(project, 'ensure.yaml'), text),
    left: async () => (await readdir(project)).sort(),
    async run(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
      const options = { cwd: project, env: { ...env, ...more }, extendEnv: false, reject: false };
      const ended = await execa(process.execPath, [...preload, program, ...args], {
        ...options,
        ...user,
        stdin: 'ignore',
      });
      const { exitCode, stdout, stderr } = ended;
      return { exitCode, stdout, stderr };
    },
  };
}

const noteOf = (temporary: string, why = 'there is no home folder') =>
  `note: ${why}, so the cache is in ${temporary}/docker-ensure-${UNKNOWN}: should that be cleared away, files are staged anew, and a push that a run owes is not made up for; DOCKER_ENSURE_CACHE names a lasting folder`;

describe('a user without a home', () => {
  it('can do all that needs none', async () => {
    const { run } = await homeless();
    for (const args of [['--version'], ['ref', 'one'], ['inputs', 'one'], ['schema'], ['validate']])
      expect(await run(args), args.join(' ')).toMatchObject({ exitCode: 0 });
    expect(await run(['ref', 'one'])).toEqual({ exitCode: 0, stdout: 'one', stderr: '' });
  });

  it('has a cache among the temporary files, and is told once', async () => {
    const docker = await fakeDocker();
    const { run, temporary, left } = await homeless(docker);
    const { exitCode, stderr } = await run(['up']);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stderr.split('\n').filter((line) => line.startsWith('note: '))).toEqual([
      noteOf(temporary),
    ]);
    expect(await run(['up', '-q'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await left()).toEqual(['ensure.yaml']);
  });

  it('is told nothing where nothing is kept', async () => {
    const docker = await fakeDocker(having('one:latest'));
    const { run } = await homeless(docker);
    const { exitCode, stderr } = await run(['up']);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^1 image ready: nothing to do \(.*\)$/);
  });

  it("has a docker configuration of the run's own, not one of the project's", async () => {
    const docker = await fakeDocker();
    const { run, temporary } = await homeless(docker);
    expect(await run(['up'])).toMatchObject({ exitCode: 0 });
    const folders = docker.calls.map(({ env }) => env.DOCKER_CONFIG ?? '');
    expect(
      folders.filter((folder) => !folder.startsWith(`${temporary}/docker-ensure-config-`)),
    ).toEqual([]);
    expect((await readdir(temporary)).filter((name) => name.includes('config'))).toEqual([]);
  });

  it.each([
    ['an empty HOME', '', 'there is no home folder'],
    ['a HOME that is not absolute', 'home', 'there is no home folder'],
    [
      'a HOME that is not there',
      '/nonexistent',
      '/nonexistent/.cache/docker-ensure cannot be written to',
    ],
    ['a HOME that is a file', '/dev/null', '/dev/null/.cache/docker-ensure cannot be written to'],
    // Node's own way to make folders never returns from here.
    [
      'a HOME where nothing can be made',
      '/proc/nowhere',
      '/proc/nowhere/.cache/docker-ensure cannot be written to',
    ],
  ])('may have %s', async (_, HOME, why) => {
    // Who is not root anywhere cannot write there; root can.
    const docker = await fakeDocker();
    const { run, temporary, left } = await homeless(docker);
    const { exitCode, stderr } = await run(['up'], { HOME });
    expect(exitCode).toBe(0);
    if (isRoot || /^\/(dev|proc)\//.test(HOME))
      expect(stderr).toContain(`${noteOf(temporary, why)}\n`);
    expect(await left()).toEqual(['ensure.yaml']);
  });

  it.each(['/nowhere', 'other'])('is told where there is no place at all: %s', async (TMPDIR) => {
    const docker = await fakeDocker();
    const { run, root } = await homeless(docker);
    const folder = join(root, TMPDIR);
    // Of the user who runs the tests: a trap, for another.
    if (TMPDIR === 'other') await mkdir(join(folder, `docker-ensure-${UNKNOWN}`));
    const env = { TMPDIR: folder, DOCKER_CONFIG: folder };
    const { exitCode, stderr } = await run(['up', '-q'], env);
    if (TMPDIR === 'other' && !isRoot) return expect(exitCode).toBe(0);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `error: there is no home folder for the cache, and ${folder}/docker-ensure-${UNKNOWN} cannot be used for it\n  help: set DOCKER_ENSURE_CACHE to a folder that can be written to (TMPDIR names another temporary one)`,
    });
    const cache = join(root, 'tmp/cache');
    expect(await run(['up', '-q'], { ...env, DOCKER_ENSURE_CACHE: cache })).toMatchObject({
      exitCode: 0,
    });
  });

  it('needs no place where nothing is kept', async () => {
    const docker = await fakeDocker(having('one:latest'));
    const { run } = await homeless(docker);
    const env = { TMPDIR: '/nowhere', DOCKER_CONFIG: '/nowhere' };
    expect(await run(['up', '-q'], env)).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('lets buildx keep its notes in the cache', async () => {
    const docker = await fakeDocker();
    const { run, temporary } = await homeless(docker);
    await run(['up'], { DOCKER_CONFIG: '/dev/null/docker' });
    const build = docker.calls.find(({ argv }) => argv[1]?.startsWith('b'));
    expect(build?.env.BUILDX_CONFIG).toBe(join(temporary, `docker-ensure-${UNKNOWN}`, 'buildx'));
  });
});

describe('a docker configuration that cannot be read', () => {
  it('is told of, and is not shown', async () => {
    const docker = await fakeDocker();
    const { run, temporary } = await homeless(docker);
    const folder = join(temporary, 'docker');
    await mkdir(folder);
    await writeFile(
      join(folder, 'config.json'),
      '{ "auths": { "r.test": { "auth": "aHVudGVyMg==" }',
    );
    await chmod(folder, 0o755);
    const { exitCode, stderr } = await run(['up', '-q'], { DOCKER_CONFIG: folder });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: `warning: ${folder}/config.json cannot be read, so docker knows none of the logins in it: it is not JSON (docker-configuration)\n  help: mend it, or log in again`,
    });
  });
});

describe('a credential helper that docker has none of', () => {
  it.each([
    ['for all servers', { credsStore: 'nope' }],
    ['for this one', { credsStore: '', credHelpers: { 'r.test': 'nope' } }],
  ])('is told of: %s', async (_, config) => {
    const docker = await fakeDocker(having('r.test/one:latest', 'one:latest'));
    const { run, temporary, manifest } = await homeless(docker);
    const folder = join(temporary, 'docker');
    await mkdir(folder);
    await chmod(folder, 0o755);
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    const told = `warning: ${folder}/config.json names docker-credential-nope for the login to r.test, which is not on the PATH: docker does without that login (docker-configuration)
  help: install docker-credential-nope, or take \`nope\` out of \`credsStore\` and \`credHelpers\` there and log in again`;
    const quiet = await run(['up', '-q'], { DOCKER_CONFIG: folder });
    expect(quiet.stderr).toBe('');
    await manifest(
      'registries: { r: { server: r.test } }\nimages: { one: { registry: r, build: { dockerfile_inline: "FROM scratch" } } }\n',
    );
    const { stderr } = await run(['up', '-q'], { DOCKER_CONFIG: folder });
    expect(stderr).toBe(told);
  });
});
