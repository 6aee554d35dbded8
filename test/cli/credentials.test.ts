import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { fakeDocker, optionOf } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';

const BUILD = 'build: { files: nothing, dockerfile_inline: "FROM scratch" }';

describe('credentials whose variable has no value', () => {
  const files = {
    'ensure.yaml': `registries:
  team: { server: r.test, username: ann, password: "\${TEAM_PW:?ask ann}" }
  open: { server: open.test }
images:
  app: { registry: team, ${BUILD} }
  free: { registry: open, ${BUILD} }
`,
  };

  it('are no matter to who need not log in', async () => {
    const docker = await fakeDocker();
    const { run } = await makeProject(files, { env: docker.env });
    expect(await run(['ref', '--registry', 'app'])).toMatchObject({
      exitCode: 0,
      stdout: 'r.test/app\n',
      stderr: '',
    });
    expect(await run(['inputs', 'app'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await run(['validate'])).toMatchObject({ exitCode: 0 });
    expect(docker.calls).toEqual([]);
    expect(await run(['up', '-q', 'free'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await run(['up', '-q', '--offline'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(docker.commands().filter((command) => command.startsWith('login'))).toEqual([]);
  });

  it('fail the image that needs a login, and say which variable, registry and place', async () => {
    const docker = await fakeDocker(({ argv }) =>
      argv[0] === 'pull' ? { exitCode: 1, stderr: 'manifest unknown' } : undefined,
    );
    const { run } = await makeProject(files, { env: docker.env });
    const ran = await run(['up', '--json', '--keep-going']);
    expect(ran.exitCode).toBe(1);
    const message =
      'the registry could not say whether it has r.test/app: the login to the registry team (r.test) failed: the variable `TEAM_PW` is not set: ask ann (ensure.yaml:2:53)';
    expect(JSON.parse(ran.stdout).images).toMatchObject([
      { image: 'app', outcome: 'failed', error: { code: 'registry-unauthorized', message } },
      { image: 'free', action: 'build', outcome: 'done' },
    ]);
    expect(ran.stderr).toContain(
      'give it a value in the environment, an --env-file or the `.env` beside the manifest',
    );
    const dry = await run(['up', '--dry-run', 'app']);
    expect([dry.exitCode, dry.stderr.includes(message)]).toEqual([1, true]);
    const there = await run(['up', '-q', 'app'], { env: { TEAM_PW: 'hunter22' } });
    expect(there).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('a login to Docker Hub', () => {
  it.each([
    ...['docker.io', 'index.docker.io', 'registry-1.docker.io', 'https://index.docker.io/v1/', '~'],
  ])("never reaches the user's own credential store: server: %s", async (server) => {
    const helpers: unknown[] = [];
    const docker = await fakeDocker(({ argv, env }) => {
      if (argv[0] !== 'login') return undefined;
      const config = readFileSync(join(env.DOCKER_CONFIG ?? '', 'config.json'), 'utf8');
      helpers.push(JSON.parse(config).credHelpers);
      return undefined;
    });
    const { run, folder: project } = await makeProject(
      {
        'ensure.yaml': `registries: { hub: { server: ${server}, username: ann, password: hunter22 } }
images:
  app: { build: { files: nothing, dockerfile_inline: "FROM ann/private:1" } }
`,
      },
      { env: docker.env },
    );
    const folder = join(project, '..', 'docker-config');
    await mkdir(folder);
    const own = { credsStore: 'keychain', credHelpers: { 'docker.io': 'keychain' } };
    await writeFile(join(folder, 'config.json'), JSON.stringify(own));
    const { exitCode } = await run(['up'], { env: { DOCKER_CONFIG: folder } });
    expect(exitCode).toBe(0);
    const logins = docker.calls.filter(({ argv }) => argv[0] === 'login');
    expect(logins.map(({ argv, stdin }) => [argv.at(-1), stdin])).toEqual([
      ['--password-stdin', 'hunter22'],
    ]);
    expect(optionOf(logins[0]?.argv ?? [], '--username')).toBe('ann');
    expect(helpers).toEqual([{ 'docker.io': 'keychain', 'https://index.docker.io/v1/': '' }]);
    expect(readFileSync(join(folder, 'config.json'), 'utf8')).toBe(JSON.stringify(own));
  });
});

test('a login that a docker with a /tmp of its own keeps is ended, and the image fails', async () => {
  const docker = await fakeDocker(({ argv }) => {
    if (argv[0] === 'login') return {};
    if (argv[0] === 'logout') return { stdout: 'Removing login credentials for r.test\n' };
    return undefined;
  });
  const { run } = await makeProject(
    {
      'ensure.yaml': `registries: { team: { server: r.test, username: ann, password: hunter22 } }
images: { app: { registry: team, name: app } }
`,
    },
    { env: docker.env },
  );
  const { exitCode, stderr } = await run(['up']);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /the login to the registry team \(r\.test\) failed: docker does not see \S+\/docker-ensure-config-\S+, where the login has to be/,
  );
  expect(stderr).toContain('let TMPDIR name a folder that docker sees');
  expect(docker.commands().filter((command) => /^(pull|logout)/.test(command))).toEqual([
    'logout r.test',
  ]);
});
