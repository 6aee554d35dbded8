import { spawnSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashFiles } from '../../src/inputs/file-list.ts';
import { type SelectionRequest, selectFiles } from '../../src/inputs/select.ts';
import type { FilePattern, FilePolicy } from '../../src/model/manifest.ts';
import { formatPlace } from '../../src/model/source.ts';
import { asNobody } from '../rig/as-nobody.ts';
import {
  emptyFolder,
  fileOf,
  linkTo,
  temporaryFolder,
  temporaryTree,
} from '../rig/temporary-tree.ts';

const docker: FilePolicy = { kind: 'docker' };
const all: FilePolicy = { kind: 'all' };

function patterns(
  only: readonly string[] | null,
  allBut: readonly string[] | null = null,
): FilePolicy {
  const text = [...(only ?? []), ...(allBut ?? [])].join('\n');
  const source = { path: 'ensure.yaml', text };
  const written = (line: string): FilePattern => {
    const start = text.indexOf(line);
    return { text: line, place: { source, start, end: start + line.length } };
  };
  return {
    kind: 'patterns',
    only: only?.map(written) ?? null,
    allBut: allBut?.map(written) ?? null,
  };
}

async function select(directory: string, policy: FilePolicy, more: Partial<SelectionRequest> = {}) {
  const request = { directory, policy, dockerfile: null, image: 'app', ...more };
  const { files, diagnostics } = await selectFiles(request);
  return { paths: files.map(({ kind, path }) => `${kind} ${path}`), files, diagnostics };
}

describe('files', () => {
  it('are sorted by code unit, and links are not followed', async () => {
    const tree = await temporaryTree({
      b: '',
      B: '',
      'a/z': '',
      'a.b': '',
      '\u{1F600}': '',
      '\uFFFD': '',
      run: fileOf('', 0o755),
      empty: emptyFolder,
      'to-file': linkTo('b'),
      'to-folder': linkTo('a'),
      'to-nowhere': linkTo('nowhere'),
      'to-outside': linkTo('../..'),
    });
    const { paths, diagnostics } = await select(tree, all);
    expect(diagnostics).toEqual([]);
    expect(paths).toEqual([
      ...['f B', 'f a.b', 'f a/z', 'f b', 'x run'],
      ...['l to-file', 'l to-folder', 'l to-nowhere', 'l to-outside'],
      ...['f \u{1F600}', 'f \uFFFD'],
    ]);
  });

  it('have any name', async () => {
    const names = [
      ...[' a', 'a ', "'", '"', '#a', '!a', '*', '[a]', 'a\nb', 'a\tb', 'a\\b', '-a', '...', '~'],
      ...[
        '\u00e9',
        'e\u0301',
        '日本',
        '__proto__',
        'constructor',
        '\u0001',
        '\uFEFFa',
        'x'.repeat(255),
      ],
    ];
    const tree = await temporaryFolder();
    for (const name of names) {
      await mkdir(join(tree, `d${name}`.slice(0, 255)), { recursive: true });
      await writeFile(join(tree, `d${name}`.slice(0, 255), name), '');
    }
    const { files, diagnostics } = await select(tree, all);
    expect(diagnostics).toEqual([]);
    expect(files.map(({ path }) => path)).toEqual(
      names.map((name) => `${`d${name}`.slice(0, 255)}/${name}`).sort(),
    );
  });

  it.each([
    [0o644, 'f'],
    [0o755, 'x'],
    [0o744, 'x'],
    [0o655, 'f'],
    [0o100, 'x'],
    [0o011, 'f'],
    [0o4755, 'x'],
  ])('of the mode %o are of the kind %s', async (mode, kind) => {
    const tree = await temporaryTree({ a: fileOf('', mode) });
    const { files } = await select(tree, all);
    expect(files).toMatchObject([{ path: 'a', kind, mode }]);
  });
});

describe('the directory', () => {
  it.each([
    ['missing', 'does not exist'],
    ['file', 'is not a directory'],
    ['file/beneath', 'cannot be opened'],
  ])('%s: %s', async (name, problem) => {
    const tree = await temporaryTree({ file: '' });
    const place = { source: { path: 'ensure.yaml', text: 'x' }, start: 0, end: 1 };
    const { diagnostics } = await select(join(tree, name), all, {
      places: new Map([['directory', place]]),
    });
    expect(diagnostics).toMatchObject([
      { severity: 'error', code: 'missing-directory', image: 'app', place },
    ]);
    expect(diagnostics[0]?.message).toContain(problem);
  });

  it('may be a link to one', async () => {
    const tree = await temporaryTree({ 'real/a': '', link: linkTo('real') });
    expect((await select(join(tree, 'link'), all)).paths).toEqual(['f a']);
  });
});

describe('by default', () => {
  it('all files are taken, `.dockerignore` and the Dockerfile too', async () => {
    const tree = await temporaryTree({ Dockerfile: '', '.dockerignore': '', 'a/b': '' });
    const { paths } = await select(tree, docker, { dockerfile: join(tree, 'Dockerfile') });
    expect(paths).toEqual(['f .dockerignore', 'f Dockerfile', 'f a/b']);
  });

  it("the Dockerfile's own ignore file comes first, even an empty one", async () => {
    const tree = await temporaryTree({
      '.dockerignore': 'a',
      'own.dockerignore': 'b',
      'empty.dockerignore': '',
      a: '',
      b: '',
    });
    const taken = async (dockerfile: string | null) => {
      const { paths } = await select(tree, docker, {
        dockerfile: dockerfile && join(tree, dockerfile),
      });
      return paths.filter((path) => path.length === 3);
    };
    expect(await taken('own')).toEqual(['f a']);
    expect(await taken('empty')).toEqual(['f a', 'f b']);
    expect(await taken('other')).toEqual(['f b']);
    expect(await taken(null)).toEqual(['f b']);
  });

  it('an ignore file beside a Dockerfile elsewhere counts too', async () => {
    const tree = await temporaryTree({ 'x/D': '', 'x/D.dockerignore': 'a', 'c/a': '', 'c/b': '' });
    const { paths } = await select(join(tree, 'c'), docker, { dockerfile: join(tree, 'x', 'D') });
    expect(paths).toEqual(['f b']);
  });

  it.each([
    ['rules', true],
    ['./rules', true],
    ['/rules', true],
    ['../../rules', true],
    ['deep/er/../../rules', true],
    ['chain', true],
    ['nowhere', false],
    ['.dockerignore', false],
  ])('an ignore file may be a link, to %s, seen from the directory', async (target, counts) => {
    const tree = await temporaryTree({
      '.dockerignore': linkTo(target),
      chain: linkTo('deep/link'),
      'deep/link': linkTo('../rules'),
      'deep/er/x': '',
      rules: 'a',
      a: '',
    });
    const { files } = await select(tree, docker);
    expect(files.some(({ path }) => path === 'a')).toBe(!counts);
  });

  it('a folder of that name is no ignore file', async () => {
    const tree = await temporaryTree({ '.dockerignore/a': '' });
    expect((await select(tree, docker)).paths).toEqual(['f .dockerignore/a']);
  });

  it('the mistakes in it are shown in their places', async () => {
    const tree = await temporaryTree({ '.dockerignore': 'a\n  [b\nx*[' });
    const { diagnostics } = await select(tree, docker);
    expect(diagnostics.map(({ place }) => place && formatPlace(place))).toEqual([
      `${tree}/.dockerignore:2:3`,
    ]);
    await writeFile(join(tree, '.dockerignore'), 'x*[');
    expect((await select(tree, docker)).diagnostics).toMatchObject([
      { severity: 'error', code: 'bad-ignore-pattern', image: 'app' },
    ]);
  });
});

describe('other policies', () => {
  it('heed no ignore file', async () => {
    const tree = await temporaryTree({ '.dockerignore': '*', a: '' });
    expect((await select(tree, all)).paths).toEqual(['f .dockerignore', 'f a']);
    expect((await select(tree, { kind: 'nothing' })).paths).toEqual([]);
    expect((await select(tree, patterns(['a']))).paths).toEqual(['f a']);
    expect((await select(tree, patterns(null, ['a']))).paths).toEqual(['f .dockerignore']);
    expect((await select(tree, patterns(['*'], ['.*']))).paths).toEqual(['f a']);
  });

  it('take a path that is there for itself, whatever its characters', async () => {
    const tree = await temporaryTree({
      'app/[id]/(group)/page.tsx': '',
      'app/i/group/page.tsx': '',
      '{a,b}': '',
      a: '',
    });
    expect((await select(tree, patterns(['app/[id]', '{a,b}']))).paths).toEqual([
      'f app/[id]/(group)/page.tsx',
      'f {a,b}',
    ]);
    expect((await select(tree, patterns(null, ['app/[id]', '{a,b}']))).paths).toEqual([
      'f a',
      'f app/i/group/page.tsx',
    ]);
    expect((await select(tree, patterns(['{a,c}']))).paths).toEqual(['f a']);
  });

  it('take a link for itself', async () => {
    const tree = await temporaryTree({ link: linkTo('folder'), 'folder/a': '' });
    expect((await select(tree, patterns(['link']))).paths).toEqual(['l link']);
  });
});

describe('patterns that find nothing', () => {
  const code = async (directory: string, policy: FilePolicy) => {
    const { diagnostics } = await select(directory, policy);
    return diagnostics.map((each) => `${each.severity} ${each.code}: ${each.message}`);
  };

  it('are errors if they name a path, warnings if they are globs', async () => {
    const tree = await temporaryTree({ a: '', 'd/b': '' });
    const policy = patterns(['a', 'nope', '*.py', 'd/*', 'd/nope', 'a/b']);
    expect(await code(tree, policy)).toEqual([
      'error missing-file: nope does not exist',
      'error missing-file: d/nope does not exist',
      'error missing-file: a/b does not exist',
    ]);
    expect(await code(tree, patterns(['a', '*.py', 'd/*']))).toEqual([
      'warning unmatched-pattern: *.py matches nothing',
    ]);
  });

  it('are shown in their places', async () => {
    const tree = await temporaryTree({ a: '' });
    const { diagnostics } = await select(tree, patterns(['a', 'nope', '../x']));
    expect(diagnostics).toMatchObject([
      { code: 'missing-file', image: 'app' },
      { code: 'outside-directory', image: 'app' },
    ]);
    expect(diagnostics.map(({ place }) => place && formatPlace(place))).toEqual([
      'ensure.yaml:2:1',
      'ensure.yaml:3:1',
    ]);
  });

  it('may be there to take away', async () => {
    const tree = await temporaryTree({ a: '' });
    expect(await code(tree, patterns(['a', '!nope', '!*.py'], ['nope', '*.py', '!x']))).toEqual([]);
  });

  it('lie beyond a link, which is not followed', async () => {
    const tree = await temporaryTree({ 'd/a': '', link: linkTo('d') });
    expect(await code(tree, patterns(['link/a']))).toEqual([
      'error missing-file: link/a lies beyond the symbolic link link',
    ]);
  });

  it('may be an empty folder', async () => {
    const tree = await temporaryTree({ a: emptyFolder });
    expect(await code(tree, patterns(['a', 'a*']))).toEqual([]);
  });
});

describe('what cannot be hashed', () => {
  it('is left out with a warning if it is no file, and an error if it is named', async () => {
    const tree = await temporaryTree({ a: '' });
    spawnSync('mkfifo', [join(tree, 'fifo')]);
    const server = createServer().listen(join(tree, 'socket'));
    try {
      const { paths, diagnostics } = await select(tree, all);
      expect(paths).toEqual(['f a']);
      expect(diagnostics.map(({ message }) => message)).toEqual([
        'fifo is a socket, a fifo or a device: it is left out',
        'socket is a socket, a fifo or a device: it is left out',
      ]);
      expect((await select(tree, patterns(['fifo', 'a']))).diagnostics).toMatchObject([
        { severity: 'error', code: 'special-file' },
      ]);
      expect((await select(tree, patterns(['a*', 'f*']))).diagnostics).toMatchObject([
        { severity: 'warning', code: 'special-file' },
      ]);
    } finally {
      server.close();
    }
  });

  it('is an error if its name is not UTF-8, unless it is left out', async () => {
    const tree = await temporaryFolder();
    const name = Buffer.concat([Buffer.from(`${tree}/caf`), Buffer.from([0xe9])]);
    await writeFile(name, '');
    expect((await select(tree, all)).diagnostics).toMatchObject([
      {
        severity: 'error',
        code: 'name-not-utf8',
        message: 'the file name caf\\xe9 is not valid UTF-8',
      },
    ]);
    expect((await select(tree, patterns(null, ['caf*']))).diagnostics).toEqual([]);
    await writeFile(join(tree, '.dockerignore'), 'caf?');
    expect((await select(tree, docker)).diagnostics).toEqual([]);
  });

  it('is an error within a folder whose name is not UTF-8, but not if that has no file', async () => {
    const tree = await temporaryFolder();
    const folder = Buffer.concat([Buffer.from(`${tree}/d`), Buffer.from([0xff])]);
    await mkdir(folder);
    expect((await select(tree, all)).diagnostics).toEqual([]);
    await writeFile(Buffer.concat([folder, Buffer.from('/a.py')]), '');
    expect((await select(tree, patterns(['**/*.md']))).diagnostics).toMatchObject([
      { code: 'unmatched-pattern' },
    ]);
    expect((await select(tree, all)).diagnostics).toMatchObject([
      { code: 'name-not-utf8', message: 'the file name d\\xff/a.py is not valid UTF-8' },
    ]);
  });

  it('is an error if a link points to what is not UTF-8', async () => {
    const tree = await temporaryFolder();
    await symlink(Buffer.from([0x61, 0xff]), join(tree, 'link'));
    expect((await select(tree, all)).diagnostics).toMatchObject([
      { severity: 'error', code: 'name-not-utf8' },
    ]);
  });
});

describe('.git', () => {
  it.each(['.git/HEAD', '.git', 'sub/.git'])('%s among the files is a warning', async (path) => {
    const tree = await temporaryTree({ [path]: '', a: '' });
    expect((await select(tree, all)).diagnostics).toMatchObject([
      { severity: 'warning', code: 'git-in-files', image: 'app' },
    ]);
    expect((await select(tree, patterns(null, ['**/.git']))).diagnostics).toEqual([]);
  });

  it.each(['.gitignore', 'a.git/b', '.github/x'])('%s is not', async (path) => {
    const tree = await temporaryTree({ [path]: '' });
    expect((await select(tree, all)).diagnostics).toEqual([]);
  });
});

describe('what may not be read', () => {
  const unreadable = async () => {
    const tree = await temporaryTree({ 'secret/a': '', 'open/b': '', 'open/c': fileOf('', 0o000) });
    await chmod(join(tree, 'secret'), 0o000);
    await chmod(tree, 0o755);
    return tree;
  };

  const selectAsNobody = (directory: string, policy: FilePolicy) =>
    asNobody(async () => {
      const { paths, files, diagnostics } = await select(directory, policy);
      const hashing = await hashFiles(directory, files, 'app');
      const problems = [...diagnostics, ...hashing.diagnostics];
      return { paths, problems: problems.map(({ code, message }) => `${code}: ${message}`) };
    });

  it('costs nothing where it is ignored', async () => {
    const tree = await unreadable();
    await writeFile(join(tree, '.dockerignore'), 'secret\n!secret/a\nopen/c\n.*');
    const expected = { paths: ['f open/b'], problems: [] };
    expect(await selectAsNobody(tree, docker)).toEqual(expected);
    expect(await selectAsNobody(tree, patterns(['open/b']))).toEqual(expected);
    expect(await selectAsNobody(tree, patterns(null, ['secret', 'open/c', '.*']))).toEqual(
      expected,
    );
  });

  it('is an error if it is the ignore file', async () => {
    const tree = await temporaryTree({ '.dockerignore': fileOf('', 0o000), a: '' });
    await chmod(tree, 0o755);
    const { problems } = await selectAsNobody(tree, docker);
    expect(problems).toEqual([
      expect.stringMatching(/^unreadable-file: .*\/\.dockerignore cannot be read: EACCES/),
    ]);
  });

  it('is an error that names it where it is not', async () => {
    const tree = await unreadable();
    const { problems } = await selectAsNobody(tree, all);
    expect(problems).toEqual([
      expect.stringMatching(/^unreadable-file: secret cannot be read: EACCES/),
      expect.stringMatching(/^unreadable-file: open\/c cannot be read: EACCES/),
    ]);
    const named = await selectAsNobody(tree, patterns(['secret/a']));
    expect(named.problems).toEqual([
      expect.stringMatching(/^unreadable-file: secret\/a cannot be read: EACCES/),
    ]);
  });
});
