import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { fakeDocker } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';

const SCHEMA = new URL('../../schema/event.schema.json', import.meta.url);
const MANIFEST = `images:
  app: { name: team/app, build: { files: nothing, dockerfile_inline: FROM scratch } }
  my-web: { name: team/web, build: { files: nothing, dockerfile_inline: FROM scratch } }
`;
const GITHUB = { GITHUB_ACTIONS: 'true', CI: 'true' };

async function project(manifest = MANIFEST) {
  const docker = await fakeDocker();
  const env = { ...docker.env, DOCKER_DEFAULT_PLATFORM: 'linux/amd64' };
  const made = await makeProject({ 'repo/sub/ensure.yaml': manifest }, { env });
  const read = (name: string) => readFile(join(made.folder, name), 'utf8');
  const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    made.run(args, {
      cwd: join(made.folder, 'repo/sub'),
      env: {
        GITHUB_WORKSPACE: join(made.folder, 'repo'),
        GITHUB_OUTPUT: join(made.folder, 'outputs'),
        GITHUB_STEP_SUMMARY: join(made.folder, 'summary'),
        ...more,
      },
    });
  return { run, read };
}

describe('a GitHub job', () => {
  it('gets a summary, and the references as outputs', async () => {
    const { run, read } = await project();
    expect(await run(['up'], GITHUB)).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await read('outputs')).toBe('APP_REF=team/app\nMY_WEB_REF=team/web\n');
    expect(await read('summary')).toMatch(
      /^### docker-ensure\n\n\| image .*\n\|---.*\n\| app \| build \| done \| `team\/app` \| .*\n\| my-web .*\n\n$/,
    );
  });

  it('gets marks at the lines of mistakes, by their paths in the repository', async () => {
    const { run } = await project('images:\n  app: { bild: {} }\n');
    const { exitCode, stderr } = await run(['validate'], GITHUB);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toMatch(
      /\n::error file=sub\/ensure\.yaml,line=2,col=10,title=unknown-key::.*\n/,
    );
  });

  it('gets no outputs where two images have one name for them', async () => {
    const { run, read } = await project(MANIFEST.replace('app:', 'my.web:'));
    const { stderr } = await run(['up'], GITHUB);
    expect(stderr).toContain(
      'note: no outputs were set: my.web and my-web come to the same variable name\n',
    );
    await expect(read('outputs')).rejects.toThrow('ENOENT');
  });

  it('is left alone where it is told to be, and where events are wanted', async () => {
    const { run, read } = await project();
    await run(['--ci', 'none', 'up'], GITHUB);
    await run(['--progress', 'json', 'up'], GITHUB);
    await run(['up'], { GITLAB_CI: 'true', CI: 'true' });
    await expect(read('outputs')).rejects.toThrow('ENOENT');
    await expect(read('summary')).rejects.toThrow('ENOENT');
  });

  it('can be asked for', async () => {
    const { run, read } = await project();
    await run(['--ci', 'github', 'up']);
    expect(await read('outputs')).toContain('APP_REF=team/app\n');
  });
});

describe('--progress json', () => {
  async function events(args: readonly string[], manifest = MANIFEST) {
    const { run } = await project(manifest);
    const ran = await run(['--progress', 'json', ...args]);
    const validate = new Ajv({ allowUnionTypes: true }).compile(
      JSON.parse(await readFile(SCHEMA, 'utf8')),
    );
    const lines = ran.stderr.trim().split('\n').filter(Boolean);
    const found = lines.map((line) => JSON.parse(line));
    for (const event of found)
      expect(validate(event), `${JSON.stringify(event)} ${JSON.stringify(validate.errors)}`).toBe(
        true,
      );
    return { ...ran, events: found };
  }

  it('is a line an event on stderr', async () => {
    const { exitCode, stdout, events: found } = await events(['up', 'app']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    const types = found.map(({ type }) => type).filter((type) => type !== 'step-log');
    expect(types).toEqual(['run-started', 'step-started', 'step-done', 'run-done']);
    expect(found[0]).toEqual({
      format: 'docker-ensure/event/v1',
      type: 'run-started',
      images: ['app'],
    });
    expect(found.at(-1)).toMatchObject({
      images: [{ image: 'app', registry_ref: null, outcome: 'done' }],
      summary: { build: 1, failed: 0 },
    });
  });

  it('has docker commands with --debug', async () => {
    const { events: found } = await events(['--debug', 'up', 'app']);
    expect(found).toContainEqual(expect.objectContaining({ type: 'docker' }));
  });

  it('has mistakes in files, on the command line, and a docker that is not there', async () => {
    const wrong = await events(['up'], 'images:\n  app: { bild: {} }\n');
    expect(wrong.exitCode).toBe(2);
    expect(wrong.events).toEqual([
      expect.objectContaining({
        type: 'diagnostic',
        severity: 'error',
        code: 'unknown-key',
        at: { file: 'ensure.yaml', line: 2, column: 10 },
      }),
    ]);
    const unknown = await events(['up', 'apq']);
    expect(unknown.events).toEqual([
      {
        format: 'docker-ensure/event/v1',
        type: 'error',
        message: 'the manifest has no image `apq`',
        advice: 'did you mean `app`?',
      },
    ]);
  });

  it('stands beside no -q', async () => {
    const { run } = await project();
    expect(await run(['-q', '--progress', 'json', 'up'])).toMatchObject({ exitCode: 2 });
  });
});
