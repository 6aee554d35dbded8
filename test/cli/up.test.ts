import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { fakeDocker, having, optionOf } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';

const BUILT = 'build: { files: nothing, dockerfile_inline: "FROM scratch" }';

async function project(
  images: string,
  docker: { env: Readonly<Record<string, string>> },
  more = {},
) {
  return makeProject({ 'ensure.yaml': images, ...more }, { env: docker.env });
}

describe('up', () => {
  it('asks once what is here, and does nothing more where everything is', async () => {
    const docker = await fakeDocker(having('one:latest', 'two:1'));
    const { run } = await project(`images: { one: { ${BUILT} }, two: { version: 1 } }`, docker);
    const first = await run(['up']);
    expect(first).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringMatching(/^2 images ready: nothing to do/),
    });
    const second = await run(['up']);
    expect(second.exitCode).toBe(0);
    // The first run looks what the image was built from; the second one knows.
    expect(docker.commands().map((command) => command.split(' ').slice(0, 2).join(' '))).toEqual([
      'image ls',
      'image inspect',
      'image ls',
    ]);
  });

  it('hands a file that another frontend reads over as it is, and has no word about it', async () => {
    const sent: string[] = [];
    const docker = await fakeDocker(async ({ argv, stdin }) => {
      if (argv[1] !== 'bake') return undefined;
      for (const [, path = ''] of stdin.matchAll(/ dockerfile = "(.*)"/g))
        sent.push(await readFile(path, 'utf8'));
      return undefined;
    });
    const files = {
      'shell.nix': '# syntax=team/nix:1\n{ pkgs }: pkgs.hello.override { fetch = "curl x"; }\n',
      'pack.toml': '[build]\r\nfrom = "FROM"\n',
    };
    const manifest = `defaults: { with_hash: true }
images:
  nix: { build: { files: nothing, dockerfile: shell.nix, target: any, labels: { a: b } } }
  pack: { build: { files: nothing, dockerfile: pack.toml, build_args: { BUILDKIT_SYNTAX: team/pack } } }`;
    const { run } = await project(manifest, docker, files);
    expect((await run(['validate'])).stderr).toMatch(/2 images, all well\n$/);
    const { exitCode, stderr } = await run(['up', '-q']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(sent).toEqual(Object.values(files));
  });

  it("follows Docker Hub's naming where a registry has no server", async () => {
    const docker = await fakeDocker();
    const manifest = `registries: { hub: {} }\nimages: { web: { name: team/web, version: 2, registry: hub, ${BUILT} } }`;
    const { run } = await project(manifest, docker);
    expect((await run(['up'])).exitCode).toBe(0);
    expect(docker.commands().filter((command) => /^(pull|push|tag)/.test(command))).toEqual([
      'pull --quiet team/web:2',
      'push --quiet team/web:2',
    ]);
  });

  it('logs in once, on stdin, to a configuration of its own that is gone afterwards', async () => {
    const docker = await fakeDocker();
    const manifest = `registries: { team: { server: "registry.test:5000", username: ann, password: "\${PASSWORD}" } }
defaults: { registry: team }
images: { one: { ${BUILT} }, two: { ${BUILT} } }`;
    const { run } = await project(manifest, docker);
    const { exitCode, stderr } = await run(['up', '--debug'], { env: { PASSWORD: 'sesame-open' } });
    expect(exitCode).toBe(0);
    const logins = docker.calls.filter(({ argv }) => argv[0] === 'login');
    expect(logins.map(({ argv, stdin }) => ({ argv, stdin }))).toEqual([
      {
        argv: ['login', '--username', 'ann', '--password-stdin', 'registry.test:5000'],
        stdin: 'sesame-open',
      },
    ]);
    const folders = new Set(docker.calls.map(({ env }) => env.DOCKER_CONFIG));
    expect(folders.size).toBe(1);
    const [folder = ''] = folders;
    await expect(execa('ls', [folder])).rejects.toThrow();
    expect(docker.commands().join('\n')).not.toContain('sesame-open');
    expect(stderr).not.toContain('sesame-open');
  });

  it('does not log in where nothing must be asked of the registry', async () => {
    const docker = await fakeDocker(having('one:latest'));
    const manifest = `registries: { team: { server: r.test, username: ann, password: pass } }
images: { one: { registry: team, ${BUILT} } }`;
    const { run } = await project(manifest, docker);
    expect((await run(['up'])).exitCode).toBe(0);
    expect(docker.commands().filter((command) => command.startsWith('login'))).toEqual([]);
  });

  it('hands build arguments over by the environment, hashed or not, and shows neither', async () => {
    const docker = await fakeDocker();
    const manifest = `images:
  app:
    with_hash: true
    build:
      files: nothing
      dockerfile_inline: "FROM scratch\\nARG PLAIN\\nARG HIDDEN\\n"
      build_args: { PLAIN: the-plain-value }
      unhashed_build_args: { HIDDEN: "\${HIDDEN_VALUE}" }
`;
    const { run } = await project(manifest, docker);
    const ran = await run(['up', '--debug'], { env: { HIDDEN_VALUE: 'the-hidden-value' } });
    expect(ran.exitCode).toBe(0);
    const build = docker.calls.find(({ argv }) => argv[1] === 'bake');
    expect(build?.stdin).toContain(
      'args = { "PLAIN" = "the-plain-value", "HIDDEN" = "the-hidden-value" }',
    );
    expect(ran.stderr).toContain('  args = { "PLAIN" = "the-plain-value", "HIDDEN" = "***" }\n');
    expect(docker.commands().join('\n')).not.toMatch(/the-(plain|hidden)-value/);
    expect(ran.stderr).not.toContain('the-hidden-value');
    const again = await run(['ref', 'app'], { env: { HIDDEN_VALUE: 'another' } });
    expect(again.stdout).toBe(
      (await run(['ref', 'app'], { env: { HIDDEN_VALUE: 'the-hidden-value' } })).stdout,
    );
  });

  it('masks a secret that a build prints', async () => {
    const docker = await fakeDocker(({ argv }) =>
      argv[1] === 'bake'
        ? {
            stderr:
              '#5 [2/2] RUN curl\n#5 0.1 using token-1234567\n#5 ERROR: process "/bin/sh -c curl token-1234567" did not complete successfully: exit code: 7\n',
            exitCode: 1,
          }
        : undefined,
    );
    const manifest = `images: { app: { build: { files: nothing, dockerfile_inline: "FROM scratch\\nARG T", unhashed_build_args: { T: token-1234567 } } } }`;
    const { run } = await project(manifest, docker);
    const { exitCode, stdout, stderr } = await run(['up', '--json', '--debug']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('using ***');
    expect(stdout + stderr).not.toContain('token-1234567');
  });

  it('is quiet with -q, and prints a result document alone on stdout with --json', async () => {
    const docker = await fakeDocker();
    const { run } = await project(`images: { one: { ${BUILT} } }`, docker);
    expect(await run(['up', '-q'])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const { stdout, stderr } = await run(['up', '-q', '--json']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      images: [{ image: 'one', ref: 'one', action: 'build', outcome: 'done', error: null }],
      summary: { build: 1, failed: 0 },
    });
  });

  it('colours as it is told', async () => {
    const docker = await fakeDocker(having('one:latest'));
    const { run } = await project(`images: { one: { ${BUILT} } }`, docker);
    const colored = async (args: string[], env = {}) =>
      (await run([...args, 'up'], { env })).stderr.includes('\u001b[');
    expect(await colored([])).toBe(false);
    expect(await colored([], { FORCE_COLOR: '1' })).toBe(true);
    expect(await colored([], { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
    expect(await colored(['--color', 'always'], { NO_COLOR: '1' })).toBe(true);
    expect(await colored(['--color', 'never'], { FORCE_COLOR: '1' })).toBe(false);
  });

  it('works in a folder whose name is odd', async () => {
    const docker = await fakeDocker();
    const { run, folder } = await project('', docker, {
      'an odd – folder/ensure.yaml': 'images: { one: { build: { directory: "sub dir" } } }',
      'an odd – folder/sub dir/Dockerfile': 'FROM scratch\n',
    });
    expect(await run(['up', '-q'], { cwd: `${folder}/an odd – folder` })).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
  });

  it('does not mind a reader that has seen enough', async () => {
    const docker = await fakeDocker(having('one:latest'));
    const { folder, env } = {
      ...(await project(`images: { one: { ${BUILT} } }`, docker)),
      env: docker.env,
    };
    const binary = new URL('../../bin/docker-ensure.js', import.meta.url).pathname;
    const { exitCode, stderr } = await execa({
      cwd: folder,
      env,
      shell: '/bin/bash',
      reject: false,
    })`set -o pipefail; ${process.execPath} ${binary} schema | true`;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});

describe.each([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s', (signal, exitCode) => {
  it(`ends docker, gives no image a name, and exits with ${exitCode}`, async () => {
    const docker = await fakeDocker(({ argv }) =>
      // Never answers: the build goes on until it is ended.
      argv[1] === 'bake' ? new Promise(() => undefined) : undefined,
    );
    const { start } = await project(`images: { one: { ${BUILT} } }`, docker);
    const running = start(['up']);
    await running.saw('building');
    while (!docker.calls.some(({ argv }) => argv[1] === 'bake')) await new Promise(setImmediate);
    running.kill(signal);
    const ended = await running.ended;
    expect(ended).toMatchObject({ exitCode, stdout: '' });
    expect(ended.stderr).toMatch(new RegExp(`stopped by ${signal}\\n$`));
    expect(docker.commands().filter((command) => command.startsWith('tag'))).toEqual([]);
    const build = docker.calls.find(({ argv }) => argv[1] === 'bake');
    await expect(execa('ls', [optionOf(build?.argv ?? [], '--file')])).rejects.toThrow();
  });
});
