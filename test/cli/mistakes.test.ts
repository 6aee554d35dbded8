import { describe, expect, it } from 'vitest';
import { makeProjectHere } from '../rig/command.ts';
import { fakeDocker } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';

const BUILT = '{ files: nothing, dockerfile_inline: "FROM scratch" }';
const FILES = {
  'ensure.yaml': `images:\n  api: { build: ${BUILT} }\n  app: { build: ${BUILT} }\n`,
};

async function run(args: readonly string[], files: Record<string, string> = FILES, env = {}) {
  return (await makeProjectHere(files)).run(args, { env: { PATH: '/nowhere', ...env } });
}

async function up(args: readonly string[] = [], env = {}) {
  return (await makeProject(FILES)).run(['up', ...args], { env: { PATH: '/nowhere', ...env } });
}

describe('a mistake on the command line', () => {
  it.each([
    [['ref', 'ap'], 'error: the manifest has no image `ap`\n  help: did you mean `api`?\n'],
    [['up', 'nowhere'], 'error: the manifest has no image `nowhere`\n  help: it has: api, app\n'],
    [['upp'], "error: unknown command 'upp'\n(Did you mean up?)\n(add --help for what there is)\n"],
    [
      ['up', '--forse'],
      "error: unknown option '--forse'\n(Did you mean --force?)\n(add --help for what there is)\n",
    ],
    [['ref'], "error: missing required argument 'image'\n(add --help for what there is)\n"],
    [
      ['up', '--force', '--no-build'],
      'error: --force and --no-build contradict each other\n  help: leave one of them out\n',
    ],
    [
      ['up', '--offline', '--require', 'registry'],
      'error: --offline and --require registry contradict each other\n  help: leave one of them out\n',
    ],
    [
      ['up', '--require=both', '--offline', 'app'],
      'error: --offline and --require both contradict each other\n  help: leave one of them out\n',
    ],
    [
      ['up', '--require', 'everywhere'],
      "error: option '--require <where>' argument 'everywhere' is invalid. Allowed choices are local, registry, both.\n(add --help for what there is)\n",
    ],
  ])('%j exits with 2 and says so', async (args, stderr) => {
    expect(await run(args)).toEqual({ exitCode: 2, stdout: '', stderr });
  });

  it.each([
    ['--at', 'yesterday'],
    ['--at', '2026-01-31T12:00'],
    ['--platform', 'linux/'],
    ['--color', 'pink'],
    ['--progress', 'loud'],
  ])('%s %s exits with 2 and names the option', async (option, value) => {
    const { exitCode, stderr } = await run([option, value, 'ref', 'app']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      new RegExp(`^error: option '.*${option} .*' argument '${value}' is invalid`),
    );
    expect(stderr).not.toContain('    at ');
  });

  it.each(['0', '-1', 'many', '1.5'])('--jobs %s exits with 2', async (jobs) => {
    expect((await run(['up', `--jobs=${jobs}`])).exitCode).toBe(2);
  });

  it.each(['many', '-1', '21', '1.5', ''])('--retries %j exits with 2', async (retries) => {
    expect(await run(['up', `--retries=${retries}`])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `error: option '--retries <n>' argument '${retries}' is invalid. write a whole number from 0 to 20\n(add --help for what there is)\n`,
    });
  });

  it.each(['DOCKER_ENSURE_AT', 'DOCKER_DEFAULT_PLATFORM'])(
    'nonsense in %s exits with 2',
    async (name) => {
      const { exitCode, stderr } = await run(['ref', 'app'], FILES, { [name]: '???' });
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`error: ${name} is not a`);
    },
  );
});

describe('a manifest that', () => {
  it('is nowhere to be found exits with 2', async () => {
    const { exitCode, stderr } = await run(['up'], {});
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      'error: there is no ensure.yaml or ensure.yml here, nor in any folder above',
    );
  });

  it('has mistakes is reported whole, and docker is not asked', async () => {
    const docker = await fakeDocker();
    const project = await makeProject(
      { 'ensure.yaml': 'images:\n  app: { verison: 2 }\n  api: { parents: [x] }\n' },
      { env: docker.env },
    );
    const { exitCode, stdout, stderr } = await project.run(['up']);
    expect({ exitCode, stdout, calls: docker.calls }).toEqual({
      exitCode: 2,
      stdout: '',
      calls: [],
    });
    expect(stderr).toContain(
      '  at ensure.yaml:2:10\n  2 |   app: { verison: 2 }\n    |          ^^^^^^^\n',
    );
    expect(stderr).toContain('  help: did you mean `version`?\n');
    expect(stderr).toContain('  at ensure.yaml:3:10\n');
  });

  it('names a Dockerfile that is not there is a mistake for validate', async () => {
    const { exitCode, stderr } = await run(['validate'], {
      'ensure.yaml': 'images: { app: { build: {} } }',
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      'error: the Dockerfile Dockerfile does not exist (missing-dockerfile)',
    );
  });

  it('is good is good for validate', async () => {
    const { exitCode, stdout, stderr } = await run(['validate']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toMatch(/ensure\.yaml: 2 images, all well\n$/);
  });
});

describe('docker that cannot be used', () => {
  it('exits with 3 and one line of advice where there is none', async () => {
    expect(await up()).toEqual({
      exitCode: 3,
      stdout: '',
      stderr:
        'error: the docker command was not found\n  help: install the Docker CLI, or put it on the PATH\n',
    });
  });

  it('exits with 3 where the daemon is down', async () => {
    const docker = await fakeDocker(() => ({
      stderr:
        'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n',
      exitCode: 1,
    }));
    const { exitCode, stderr } = await up([], docker.env);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      /^error: docker does not answer.*\n {2}help: start the Docker engine, or set DOCKER_HOST.*\n$/,
    );
  });

  it('exits with 3 where buildx is missing, said once for all images', async () => {
    const docker = await fakeDocker(({ argv }) =>
      argv[0] === 'buildx'
        ? { stderr: "docker: 'buildx' is not a docker command.\n", exitCode: 1 }
        : undefined,
    );
    const { exitCode, stderr } = await up(['-q'], docker.env);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 3,
      stderr:
        'error: docker has no buildx plugin, which builds need\n' +
        '  help: install the docker-buildx plugin (`docker buildx version` shows whether it is there)\n',
    });
  });
});

it.each([
  ['a name', 'name: "bob:hush-hush@r.test/app"'],
  ['an address for a name', 'name: "https://bob:hush-hush@r.test/app"'],
  ['a cache', 'build: { cache: { ref: "bob:hush-hush@r.test/app:c" } }'],
  ['a cache to write', 'build: { cache_to: ["type=registry,ref=bob:hush-hush@r.test/app:c"] }'],
  ['a builder', 'build: { builder: "tcp://bob:hush-hush@r.test" }'],
  [
    'an inline Dockerfile',
    'build: { files: nothing, dockerfile_inline: "FROM https://bob:hush-hush@r.test/app" }',
  ],
])('a password in %s is not shown, wherever the line is cut', async (_, keys) => {
  for (let blanks = 0; blanks < 120; blanks += 30) {
    const files = {
      'ensure.yaml': `images:\n  app: {${' '.repeat(blanks)}${keys}, wrong: key }\n`,
    };
    const { exitCode, stdout, stderr } = await run(['validate'], files);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain('***@r.test');
    expect(stderr).not.toMatch(/hush/);
  }
});
