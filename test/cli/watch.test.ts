import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeDocker } from '../rig/fake-docker.ts';
import { type Files, makeProject, type Project } from '../rig/project.ts';
import { commitAll, git } from '../rig/seen-tree.ts';

const MANIFEST = `images:
  base: { name: team/base, with_hash: true, build: { files: nothing, dockerfile: base.Dockerfile } }
  app: { name: team/app, with_hash: true, build: { directory: app, parents: [base] } }
  other: { name: team/other, with_hash: true, build: { directory: other } }
`;

const FILES = {
  'ensure.yaml': MANIFEST,
  'base.Dockerfile': 'FROM scratch\n',
  'app/Dockerfile': 'FROM team/base\nCOPY . /\n',
  'app/.dockerignore': 'ignored\n',
  'app/src/one.txt': '1',
  'app/ignored/file': '1',
  'other/Dockerfile': 'FROM scratch\n',
};

async function watching(args: readonly string[] = []) {
  return watchingProject(await projectOf(FILES), ['app', ...args]);
}

async function projectOf(files: Files): Promise<Project> {
  const { env } = await fakeDocker();
  return makeProject(files, { env: { ...env, DOCKER_DEFAULT_PLATFORM: 'linux/amd64' } });
}

async function watchingProject(project: Project, args: readonly string[], cwd = project.folder) {
  const running = project.start(['up', '--watch', ...args], { cwd });
  let waits = 0;
  /** Waits until the runs so far have ended, so many in all. */
  const idle = async () => {
    waits += 1;
    await running.saw('watching for changes');
    for (;;) {
      const seen = running.text().split('watching for changes').length - 1;
      if (seen >= waits) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const stop = async () => {
    running.kill('SIGINT');
    return running.ended;
  };
  return { ...project, idle, stop, text: running.text };
}

const builds = (text: string) => [...text.matchAll(/^(\w+) +building/gm)].map(([, key]) => key);

describe('up --watch', () => {
  it('ensures the images again when their inputs change: files, new ones, Dockerfiles, the manifest', async () => {
    const { idle, stop, write } = await watching();
    await idle();
    await write({ 'app/src/one.txt': '2' });
    await idle();
    await write({ 'app/src/new/two.txt': '2' });
    await idle();
    await write({ 'base.Dockerfile': 'FROM scratch\nENV A=1\n' });
    await idle();
    await write({ 'ensure.yaml': `${MANIFEST}# a comment\n` });
    await idle();
    const { exitCode, stderr } = await stop();
    expect(exitCode, stderr).toBe(0);
    const first = ['base', 'app'];
    // The fake docker has nothing, so that each run builds both.
    expect(builds(stderr)).toEqual([...first, ...first, ...first, ...first, ...first]);
  });

  it('looks at nothing that none of the images can take', async () => {
    const { idle, stop, write, text } = await watching();
    await idle();
    await write({ 'app/ignored/file': '2', 'other/Dockerfile': 'FROM scratch\nENV A=1\n' });
    await write({ 'app/src/one.txt': '2' });
    await idle();
    expect(builds(text())).toEqual(['base', 'app', 'base', 'app']);
    expect((await stop()).exitCode).toBe(0);
  });

  it('sees a new manifest that is included', async () => {
    const service = (name: string) => ({
      [`services/${name}/Dockerfile`]: 'FROM scratch\n',
      [`services/${name}/ensure.yaml`]: `images: { ${name}: { build: {} } }\n`,
    });
    const project = await projectOf({
      'ensure.yaml': 'include: [services/*/ensure.yaml]\n',
      ...service('one'),
    });
    const { idle, stop, write } = await watchingProject(project, []);
    await idle();
    await write(service('two'));
    await idle();
    const { exitCode, stderr } = await stop();
    expect(exitCode, stderr).toBe(0);
    expect(builds(stderr)).toEqual(['one', 'one', 'two']);
  });

  it('tells a mistake in the manifest, and goes on when it is mended', async () => {
    const { idle, stop, write } = await watching();
    await idle();
    await write({ 'ensure.yaml': 'images: { app: { bild: {} } }\n' });
    await idle();
    await write({ 'ensure.yaml': MANIFEST });
    await idle();
    const { exitCode, stderr } = await stop();
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('(unknown-key)');
    expect(builds(stderr)).toEqual(['base', 'app', 'base', 'app']);
  });

  it('starts a command anew after each success, and ends it in the end', async () => {
    const { idle, stop, write, folder } = await watching([
      '--exec',
      'trap "echo end >>log; exit" TERM; echo "start $APP_REF" >>log; while :; do sleep 0.1; done',
    ]);
    const logged = async () => {
      const text = await readFile(join(folder, 'log'), 'utf8').catch(() => '');
      return text.split('\n').slice(0, -1);
    };
    await idle();
    await expect.poll(logged, { timeout: 60_000 }).toHaveLength(1);
    await write({ 'app/src/one.txt': '2' });
    await idle();
    await expect.poll(logged, { timeout: 60_000 }).toHaveLength(3);
    await stop();
    const lines = await logged();
    expect(lines.map((line) => line.replace(/:[0-9a-f]{16}$/, ':HASH'))).toEqual([
      'start team/app:HASH',
      'end',
      'start team/app:HASH',
      'end',
    ]);
    expect(lines[0]).not.toBe(lines[2]);
  });

  it('sees what git says otherwise: a branch, a tag, a commit, a tracked file; in a worktree too', async () => {
    const project = await projectOf({
      'ensure.yaml': `images:
  app:
    name: team/app
    with_hash: true
    tags: ["\${git:branch}", "\${git:tag:-}", "\${git:short_sha}"]
    build: { directory: app, files: { tracked: true } }
`,
      'app/Dockerfile': 'FROM scratch\nCOPY . /\n',
    });
    await commitAll(project.folder);
    const worktree = join(project.folder, 'tree');
    const inTree = (...argv: string[]) => git(worktree, ...argv);
    await git(project.folder, 'worktree', 'add', '--quiet', '-b', 'feature/one', 'tree');
    const { idle, stop, write } = await watchingProject(project, [], worktree);
    await idle();
    await inTree('checkout', '--quiet', '-b', 'feature/two');
    await idle();
    await inTree('tag', 'v1');
    await idle();
    const names = ['-c', 'user.name=n', '-c', 'user.email=n@n'];
    await inTree(...names, 'commit', '--quiet', '--allow-empty', '-m', 'more');
    await idle();
    // Not tracked, it is no input.
    await write({ 'tree/app/new': 'new' });
    await inTree('add', '--all');
    await idle();
    const { exitCode, stderr } = await stop();
    expect(exitCode, stderr).toBe(0);
    expect(builds(stderr)).toHaveLength(5);
    const moved = [...stderr.matchAll(/(\d) tags moved/g)].map(([, count]) => count);
    expect(moved).toEqual(['2', '2', '3', '2', '2']);
  });

  it.each([
    [['--watch', '--json'], '--watch and --json contradict each other'],
    [['--watch', '--dry-run'], '--watch and --dry-run contradict each other'],
    [['--exec', 'true'], '--exec is for --watch'],
  ])('%j is refused', async (args, message) => {
    const { run } = await makeProject({ 'ensure.yaml': MANIFEST });
    const ran = await run(['up', ...args]);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toContain(`error: ${message}\n`);
  });

  it('ends at once where there is nothing to watch', async () => {
    const { run } = await makeProject({ 'ensure.yaml': 'images: {}\n' });
    expect(await run(['up', '--watch'])).toMatchObject({ exitCode: 2 });
  });
});
