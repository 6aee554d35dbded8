import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createGit } from '../../src/git/git.ts';
import { completeManifest } from '../../src/inputs/find-parents.ts';
import { resolveImages } from '../../src/inputs/resolve.ts';
import { createTracking } from '../../src/inputs/tracked.ts';
import { loadManifest } from '../../src/manifest/load.ts';
import { complaint } from '../manifest/reading.ts';
import { temporaryFolder } from '../rig/temporary-tree.ts';

const IDENTITY = [
  ...['-c', 'user.name=x', '-c', 'user.email=x@localhost', '-c', 'init.defaultBranch=main'],
  ...['-c', 'protocol.file.allow=always', '-c', 'commit.gpgsign=false'],
];
const ENV = { PATH: process.env.PATH ?? '', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };

function git(folder: string, ...argv: string[]): void {
  execFileSync('git', [...IDENTITY, ...argv], { cwd: folder, env: ENV, stdio: 'pipe' });
}

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** A repository with these files committed. */
async function repository(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  git(folder, 'init', '--quiet');
  await commit(folder, files);
  return folder;
}

async function commit(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await write(folder, files);
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', 'x', '--allow-empty');
}

/** What the image `app` of the folder's manifest sees, or what is wrong; and the calls of git. */
async function seen(cwd: string, env: Readonly<Record<string, string>> = ENV) {
  const { manifest, diagnostics: wrong } = await loadManifest({
    ...{ cwd, file: null, envFiles: [], env: {} },
  });
  expect(wrong).toEqual([]);
  const calls: (readonly string[])[] = [];
  const { signal } = new AbortController();
  const tracking = createTracking(createGit({ env, signal, onCall: (argv) => calls.push(argv) }));
  const conditions = { now: 0, platform: 'linux/amd64', tracking };
  const complete = await completeManifest(manifest!, conditions);
  const keys = manifest!.images.keys();
  const resolution = await resolveImages(complete.manifest, complete.graph!, keys, conditions);
  const app = resolution.images.get('app');
  const contexts = [...(app?.build?.additionalContexts.values() ?? [])].flatMap((context) =>
    context.kind === 'folder' ? [...context.files.list.entries.keys()] : [],
  );
  return {
    files: [...(app?.build?.files.list.entries.keys() ?? [])],
    contexts,
    hash: app?.hash,
    wrong: resolution.diagnostics.map(complaint).map((text) => text.replaceAll(cwd, 'HERE')),
    calls: calls.map((argv) => argv.slice(5).join(' ')),
  };
}

const manifest = (files: string, more = '') =>
  `images:\n  app:\n    with_hash: true\n    build:\n      directory: app\n      files: ${files}\n${more}`;

const APP = {
  'app/Dockerfile': 'FROM scratch\nCOPY src *.md /\n',
  'app/src/a': 'a',
  'app/src/deep/b': 'b',
  'app/README.md': 'read',
  '.gitignore': '*.log\n',
};

describe('only what git tracks is seen', () => {
  test.each<[string, string[]]>([
    ['{ tracked: true }', ['README.md', 'src/a', 'src/deep/b']],
    ['{ tracked: true, only: [src] }', ['src/a', 'src/deep/b']],
    ['{ tracked: true, only: ["**/*.log", src/a] }', ['src/a']],
    ['{ tracked: true, all_but: [src/deep, Dockerfile] }', ['README.md', 'src/a']],
    ['copied', ['NOTES.md', 'README.md', 'src/a', 'src/deep/b', 'src/left', 'src/x.log']],
    [
      '{ tracked: false }',
      ['NOTES.md', 'README.md', 'src/a', 'src/deep/b', 'src/left', 'src/x.log'],
    ],
  ])('%s', async (policy, files) => {
    const folder = await repository({ ...APP, 'ensure.yaml': manifest(policy) });
    const before = await seen(folder);
    // What nobody has added, what git ignores, and a file in the place of a tracked folder's.
    await write(folder, { 'app/src/left': '', 'app/src/x.log': '', 'app/NOTES.md': '' });
    const after = await seen(folder);
    expect(after.files).toEqual(files);
    if (policy.includes('true')) expect(after.hash).toBe(before.hash);
  });

  test('staged or committed, but not once it is gone', async () => {
    const folder = await repository({ ...APP, 'ensure.yaml': manifest('{ tracked: true }') });
    await write(folder, { 'app/src/new': '', 'app/src/meant': '' });
    git(folder, 'add', 'app/src/new');
    git(folder, 'add', '--intent-to-add', 'app/src/meant');
    git(folder, 'rm', '--quiet', '--cached', 'app/src/deep/b');
    await rm(join(folder, 'app/src/a'));
    expect((await seen(folder)).files).toEqual(['README.md', 'src/meant', 'src/new']);
  });

  test('whatever it is called, and whatever kind of file it is', async () => {
    const odd = ['ü', 'new\nline', ' space', '-dash', '"quote"', '$HOME', '[x]'];
    const folder = await repository({ 'app/Dockerfile': 'FROM scratch\nCOPY src /\n' });
    await write(folder, Object.fromEntries(odd.map((name) => [`app/src/${name}`, name])));
    await symlink('ü', join(folder, 'app/src/link'));
    await commit(folder, { 'ensure.yaml': manifest('{ tracked: true }') });
    await symlink('ü', join(folder, 'app/src/other'));
    const names = [...odd, 'link'].map((name) => `src/${name}`);
    expect((await seen(folder)).files).toEqual(names.sort());
  });

  test('of what the ignore file lets in', async () => {
    const folder = await repository({
      ...APP,
      'app/.dockerignore': '*.md\n',
      'ensure.yaml': manifest('{ tracked: true }'),
    });
    expect((await seen(folder)).files).toEqual(['src/a', 'src/deep/b']);
  });

  test('of an additional context, in a repository of its own too', async () => {
    const folder = await repository({
      'app/Dockerfile': 'FROM scratch\nCOPY --from=conf . /\nCOPY --from=here x /\n',
      'here/x': '',
      'here/y': '',
      'ensure.yaml': manifest(
        'nothing',
        '      additional_contexts:\n        conf: { directory: ../conf, files: { tracked: true } }\n        here: { directory: here, files: { tracked: true } }\n'.replace(
          '../conf',
          'conf',
        ),
      ),
      '.gitignore': '/conf\n',
    });
    git(folder, 'init', '--quiet', 'conf');
    await commit(join(folder, 'conf'), { a: '', 'b/c': '' });
    await write(folder, { 'conf/left': '', 'here/left': '' });
    const { contexts, wrong } = await seen(folder);
    expect(wrong).toEqual([]);
    expect(contexts).toEqual(['a', 'b/c', 'x']);
  });

  test('in another worktree, in a clone, and in a folder that a link leads to', async () => {
    const folder = await repository({ ...APP, 'ensure.yaml': manifest('{ tracked: true }') });
    const { hash } = await seen(folder);
    const elsewhere = await temporaryFolder();
    git(folder, 'worktree', 'add', '--quiet', join(elsewhere, 'tree'));
    git(folder, 'clone', '--quiet', '--depth', '1', `file://${folder}`, join(elsewhere, 'clone'));
    await symlink(join(elsewhere, 'clone'), join(elsewhere, 'link'));
    for (const place of ['tree', 'clone', 'link']) {
      await write(join(elsewhere, place), { 'app/src/left': '' });
      expect((await seen(join(elsewhere, place))).hash, place).toBe(hash);
    }
  });

  test('though a git hook says that another repository is meant', async () => {
    const folder = await repository({ ...APP, 'ensure.yaml': manifest('{ tracked: true }') });
    const other = await repository({ x: '' });
    const { files } = await seen(folder, { ...ENV, GIT_DIR: join(other, '.git') });
    expect(files).toEqual(['README.md', 'src/a', 'src/deep/b']);
  });

  test('by one image, and by another one of the same folder not', async () => {
    const other = '  other: { build: { directory: app, files: copied } }\n';
    const folder = await repository({
      ...APP,
      'ensure.yaml': manifest('{ tracked: true }', other),
    });
    const app = (await seen(folder)).hash;
    await write(folder, {
      'app/src/left': '',
      'ensure.yaml': `${manifest('{ tracked: true }').replace('images:\n', `images:\n${other}`)}`,
    });
    const { hash, files } = await seen(folder);
    expect([hash, files]).toEqual([app, ['README.md', 'src/a', 'src/deep/b']]);
  });

  test('and git is asked once for all images', async () => {
    const folder = await repository({
      ...APP,
      'ensure.yaml': `defaults: { build: { files: { tracked: true } } }
images:
  app: { build: { directory: app } }
  deep: { build: { directory: app/src/deep, dockerfile: ../../Dockerfile, target: none } }
  all: { build: { dockerfile_inline: "FROM scratch\\nCOPY . /" } }
`,
    });
    expect((await seen(folder)).calls).toEqual([
      'rev-parse --show-toplevel',
      'ls-files -t --stage -z',
    ]);
  });
});

describe('a submodule', () => {
  const make = async (files = '{ tracked: true }', dockerfile = 'FROM scratch\nCOPY src /\n') => {
    const inner = await repository({ one: '1' });
    const module = await repository({ 'lib/c': 'c' });
    git(module, 'submodule', '--quiet', 'add', inner, 'inner');
    await commit(module, {});
    const folder = await repository({
      'app/Dockerfile': dockerfile,
      'app/src/a': 'a',
      'ensure.yaml': manifest(files),
    });
    git(folder, 'submodule', '--quiet', 'add', module, 'app/src/module');
    git(folder, 'submodule', '--quiet', 'update', '--init', '--recursive');
    await commit(folder, {});
    return folder;
  };

  test('is tracked with all that is in it', async () => {
    const folder = await make();
    await write(folder, { 'app/src/module/left': '', 'app/src/module/inner/left': '' });
    const { files, calls } = await seen(folder);
    expect(files).toEqual([
      'src/a',
      'src/module/.gitmodules',
      'src/module/inner/one',
      'src/module/lib/c',
    ]);
    expect(calls).toHaveLength(4);
  });

  test('may be where the build directory is', async () => {
    const folder = await make();
    await write(folder, {
      'ensure.yaml':
        'images:\n  app: { build: { directory: app/src/module, dockerfile_inline: "FROM scratch\\nCOPY . /", files: { tracked: true } } }\n',
    });
    expect((await seen(folder)).files).toEqual(['.gitmodules', 'inner/one', 'lib/c']);
  });

  const WRONG =
    '6:7 the submodule src/module is not checked out: elsewhere its files are tracked ones of the build (check it out: `git submodule update --init --recursive`)';

  test.each<[string, string, string[]]>([
    ['{ tracked: true }', 'COPY src /', [WRONG]],
    ['{ tracked: true }', 'COPY src/module/lib/c /', [WRONG]],
    ['{ tracked: true }', 'COPY src/m*/lib /', [WRONG]],
    ['{ tracked: true }', 'COPY src/a /', []],
    ['{ tracked: true, only: [src] }', 'COPY src /', [WRONG]],
    ['{ tracked: true, only: [src/a] }', 'COPY src /', []],
    ['{ tracked: true, all_but: [src/module, Dockerfile] }', 'COPY src /', []],
    ['{ tracked: true, all_but: [Dockerfile] }', 'COPY src/a /', [WRONG]],
  ])('that is not checked out is an error where it matters: %s, %s', async (files, copy, wrong) => {
    const folder = await make(files, `FROM scratch\n${copy}\n`);
    git(folder, 'submodule', '--quiet', 'deinit', '--all');
    const found = await seen(folder);
    expect(found.wrong).toEqual(wrong);
    if (wrong.length === 0) expect(found.files).toEqual(['src/a']);
  });
});

test('a submodule that the ignore file leaves out need not be there', async () => {
  const folder = await repository({
    'app/Dockerfile': 'FROM scratch\nCOPY src /\n',
    'app/src/a': 'a',
    'app/.dockerignore': 'src/module\n',
    'ensure.yaml': manifest('{ tracked: true }'),
  });
  git(folder, 'submodule', '--quiet', 'add', await repository({ x: '' }), 'app/src/module');
  git(folder, 'submodule', '--quiet', 'deinit', '--all', '--force');
  const { wrong, files } = await seen(folder);
  expect([wrong, files]).toEqual([[], ['src/a']]);
});

describe('a sparse checkout', () => {
  test.each<[string, boolean]>([
    ['COPY src /', true],
    ['COPY src/*/b /', true],
    ['COPY src/a /', false],
  ])('is an error where the build misses what it leaves out: %s', async (copy, isWrong) => {
    const folder = await repository({
      ...APP,
      'app/Dockerfile': `FROM scratch\n${copy}\n`,
      'ensure.yaml': manifest('{ tracked: true }'),
    });
    git(folder, 'sparse-checkout', 'set', '--no-cone', '/*', '!/app/src/deep');
    const { wrong, files } = await seen(folder);
    if (!isWrong) expect([wrong, files]).toEqual([[], ['src/a']]);
    else
      expect(wrong).toEqual([
        '6:7 src/deep/b is tracked by git, but this sparse checkout leaves it out: elsewhere it is one of the files of the build (check it out: `git sparse-checkout add FOLDER`, or `git sparse-checkout disable`)',
      ]);
  });
});

describe('what git tracks is not known', () => {
  const plain = { ...APP, 'ensure.yaml': manifest('{ tracked: true }') };

  test('in no repository', async () => {
    const folder = await temporaryFolder();
    await write(folder, plain);
    expect((await seen(folder)).wrong).toEqual([
      '6:25 it is not known which files git tracks: HERE/app is in no git repository (run it in a clone; what is copied without its `.git` folder is none)',
    ]);
  });

  test('without git', async () => {
    const folder = await repository(plain);
    expect((await seen(folder, { PATH: '/nowhere' })).wrong).toEqual([
      '6:25 it is not known which files git tracks: there is no `git` command (install git)',
    ]);
  });

  test('but nobody asks where nothing wants to know', async () => {
    const folder = await temporaryFolder();
    await write(folder, { ...APP, 'ensure.yaml': manifest('{ only: [src] }') });
    const { calls, wrong } = await seen(folder, { PATH: '/nowhere' });
    expect([calls, wrong]).toEqual([[], []]);
  });
});
