import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatPlace } from '../../src/model/source.ts';
import {
  emptyFolder,
  fileOf,
  linkTo,
  temporaryFolder,
  temporaryTree,
} from '../rig/temporary-tree.ts';
import { all, docker, patterns, select } from './selecting.ts';

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
  it('read no ignore file where nothing is copied, as docker reads none', async () => {
    const tree = await temporaryTree({ '.dockerignore': '[', a: '' });
    expect(await select(tree, { kind: 'copied', sources: [] })).toMatchObject({
      paths: [],
      diagnostics: [],
    });
    const sources = [{ path: 'a', reads: 'path' as const }];
    const { diagnostics } = await select(tree, { kind: 'copied', sources });
    expect(diagnostics).toMatchObject([{ severity: 'error', code: 'bad-ignore-pattern' }]);
  });

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
