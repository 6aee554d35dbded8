import { describe, expect, it } from 'vitest';
import { type Answer, fakeDocker, having } from '../rig/fake-docker.ts';
import { makeProject, type RunOptions } from '../rig/project.ts';

const BUILT = 'build: { files: nothing, dockerfile_inline: FROM scratch }';
const MANIFEST = `registries: { team: { server: registry.test } }
images:
  app: { with_hash: true, ${BUILT} }
  far-off: { registry: team, require: registry, ${BUILT} }
  3d: { version: "2" }
`;

async function project(answer?: Answer) {
  const docker = await fakeDocker(answer);
  const made = await makeProject({ 'ensure.yaml': MANIFEST }, { env: docker.env });
  const app = (await made.run(['ref', 'app'])).stdout.trim();
  return {
    ...made,
    app,
    docker,
    run: (args: string, options?: RunOptions) => made.run(args.split(' '), options),
  };
}

const verbs = (commands: readonly string[]) =>
  commands.map((command) => command.split(' ').slice(0, 2).join(' '));

describe('exec', () => {
  it('runs a command with all references, ensures the named images, and ends with its code', async () => {
    const { start, app, docker } = await project();
    const script = 'echo "$APP_REF $FAR_OFF_REF $_3D_REF"; read line; echo "$line"; exit 7';
    const args = ['exec', 'app', '--', 'sh', '-c', script];
    const ran = await start(args, { stdin: 'from stdin\n' }).ended;
    expect(ran).toMatchObject({
      exitCode: 7,
      stdout: `${app} far-off 3d:2\nfrom stdin\n`,
      stderr: expect.stringMatching(
        /^app +building .*\napp +built .*\n1 image ready: 1 built .*\n$/,
      ),
    });
    expect(verbs(docker.commands())).toEqual(['image ls', 'buildx bake']);
  });

  it('says nothing of its own where everything is here', async () => {
    const { start } = await project(having('far-off:latest', '3d:2'));
    const args = [
      'exec',
      'far-off',
      '3d',
      '--require',
      'local',
      '--',
      'sh',
      '-c',
      'echo out; echo err >&2',
    ];
    expect(await start(args).ended).toEqual({ exitCode: 0, stdout: 'out\n', stderr: 'err\n' });
  });

  it('does not run the command where an image cannot be had', async () => {
    const { run } = await project();
    const ran = await run('exec app --no-build -- echo ran');
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' });
    expect(ran.stderr).toContain('error: app: ');
  });

  it('hands on the options of the command, and `--` itself', async () => {
    const { run } = await project();
    expect((await run('exec app -q -- echo -q -- --help')).stdout).toBe('-q -- --help\n');
  });

  it.each([
    [
      'exec',
      2,
      'error: there is no command to run\n  help: write it after `--`: docker-ensure exec app -- make test\n',
    ],
    [
      'exec app --',
      2,
      'error: there is no command to run\n  help: write it after `--`: docker-ensure exec app -- make test\n',
    ],
    ['exec ap -- true', 2, 'error: the manifest has no image `ap`\n  help: did you mean `app`?\n'],
    [
      '-q exec app -- no-such-command',
      127,
      'error: no-such-command could not be started: there is no such command\n',
    ],
    [
      '-q exec app -- ./ensure.yaml',
      126,
      'error: ./ensure.yaml could not be started: spawn ./ensure.yaml EACCES\n',
    ],
  ])('ends clearly: %s', async (args, exitCode, stderr) => {
    expect(await (await project()).run(args)).toEqual({ exitCode, stdout: '', stderr });
  });

  it('ends clearly where the command is an empty word', async () => {
    const { start } = await project();
    expect(await start(['-q', 'exec', 'app', '--', '']).ended).toEqual({
      exitCode: 127,
      stdout: '',
      stderr: 'error: an empty word could not be started: there is no such command\n',
    });
  });

  it('hands signals on, and ends as the command does', async () => {
    const { start } = await project();
    const script =
      'trap "echo stopped; exit 5" TERM; echo listening >&2; while :; do sleep 0.05; done';
    const running = start(['exec', 'app', '--', 'sh', '-c', script]);
    await running.saw('listening');
    running.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ exitCode: 5, stdout: 'stopped\n' });
    expect((await start(['exec', 'app', '--', 'sh', '-c', 'kill -9 $$']).ended).exitCode).toBe(137);
  });
});

describe('run', () => {
  it('ensures an image, then runs a container of it with what the command line says', async () => {
    const { run, app, docker } = await project(({ argv }) =>
      argv[0] === 'run' ? { stdout: 'from the container\n', exitCode: 4 } : undefined,
    );
    const ran = await run('-q run --jobs 2 app -v /a:/b --name x -- cmd --flag -- y', {
      stdin: 'text',
    });
    expect(ran).toEqual({ exitCode: 4, stdout: 'from the container\n', stderr: '' });
    const call = docker.calls.at(-1);
    expect(call?.argv).toEqual([
      ...['run', '--rm', '-i', '--pull=never', '-v', '/a:/b', '--name', 'x', app],
      ...['cmd', '--flag', '--', 'y'],
    ]);
    expect(call?.stdin).toBe('text');
  });

  it('has an image here that otherwise must be in the registry only', async () => {
    const { run, docker } = await project();
    await run('run far-off');
    expect(verbs(docker.commands())).toContain('pull --quiet');
    expect(docker.calls.at(-1)?.argv).toEqual(['run', '--rm', '-i', '--pull=never', 'far-off']);
  });

  it('leaves --pull to who gives it', async () => {
    const { run, app, docker } = await project();
    await run('run app --pull always');
    expect(docker.calls.at(-1)?.argv).toEqual(['run', '--rm', '-i', '--pull', 'always', app]);
  });

  it.each([
    [
      'run',
      "error: missing required argument 'image'\n(options of docker run stand after the image)\n",
    ],
    ['run -it app', "error: unknown option '-it'\n(options of docker run stand after the image)\n"],
    [
      'run app sh',
      "error: `sh` is no option of docker run\n  help: write the container's command after `--`\n",
    ],
    ['run ap -- sh', 'error: the manifest has no image `ap`\n  help: did you mean `app`?\n'],
  ])('refuses what it cannot read: %s', async (args, stderr) => {
    const { run, docker } = await project();
    expect(await run(args)).toEqual({ exitCode: 2, stdout: '', stderr });
    expect(docker.calls).toEqual([]);
  });
});
