import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildGraph } from '../../src/graph/build-graph.ts';
import { type LoadOptions, loadManifest } from '../../src/manifest/load.ts';
import { asNobody } from '../rig/as-nobody.ts';
import { makeFifo } from '../rig/temporary-tree.ts';
import { complaint } from './reading.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docker-ensure-load-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Loads with the temporary folder as the current one. */
function load(options: Partial<LoadOptions> = {}) {
  return loadManifest({ cwd: folder, file: null, envFiles: [], env: {}, ...options });
}

async function complaintsOf(options: Partial<LoadOptions> = {}): Promise<string[]> {
  return (await load(options)).diagnostics.map(complaint);
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), content);
}

describe('finding the manifest', () => {
  test.each(['ensure.yaml', 'ensure.yml'])('%s in the current folder', async (name) => {
    await write(name, 'images: { app: }');
    expect((await load()).manifest?.path).toBe(join(folder, name));
  });

  test('in the nearest folder above', async () => {
    await write('ensure.yaml', 'images: { far: }');
    await write('a/ensure.yml', 'images: { near: , x: 3 }');
    await mkdir(join(folder, 'a/b/c'), { recursive: true });
    const { manifest, diagnostics } = await load({ cwd: join(folder, 'a/b/c') });
    expect(manifest?.folder).toBe(join(folder, 'a'));
    expect(diagnostics.map(complaint)).toEqual([
      '../../ensure.yml:1:22 the image `x` must be a map of image keys, not `3`',
    ]);
  });

  test('two in one folder', async () => {
    await write('ensure.yaml', 'images: { app: }');
    await write('ensure.yml', 'images: { app: }');
    expect(await complaintsOf()).toEqual([
      'there are two manifests, ensure.yaml and ensure.yml (remove one, or name the other with --file)',
    ]);
  });

  test('none', async () => {
    expect(await complaintsOf()).toEqual([
      'there is no ensure.yaml or ensure.yml here, nor in any folder above (let `docker-ensure init` write a first one, or name another file with --file)',
    ]);
  });

  test('--file, from the current folder', async () => {
    await write('deploy/images.yaml', 'images: { app: { build: {} } }');
    const { manifest } = await load({ file: 'deploy/images.yaml' });
    expect(manifest?.images.get('app')?.build?.directory).toBe(join(folder, 'deploy'));
  });

  test('--file that cannot be used', async () => {
    await write('a/ensure.yaml', '');
    await write('large.yaml', ' '.repeat(1024 * 1024 + 1));
    expect(await complaintsOf({ file: 'nope.yaml' })).toEqual([
      'there is no file nope.yaml (check the path)',
    ]);
    expect(await complaintsOf({ file: 'a' })).toEqual(['a is a folder (name the file in it)']);
    expect(await complaintsOf({ file: '/dev/zero' })).toEqual([
      '/dev/zero is not a regular file (a pipe or a device may never end, so only files are read: write what it has into a file)',
    ]);
    expect(await complaintsOf({ file: 'large.yaml' })).toEqual([
      'large.yaml is larger than 1 MB (is it the right file?)',
    ]);
  });

  test('a folder of that name', async () => {
    await mkdir(join(folder, 'ensure.yaml'));
    expect(await complaintsOf()).toEqual(['ensure.yaml is a folder (name the file in it)']);
  });

  test('a file that may not be read', async () => {
    await write('ensure.yaml', 'images: { app: }');
    await chmod(join(folder, 'ensure.yaml'), 0);
    await chmod(folder, 0o755);
    expect(await asNobody(() => complaintsOf())).toEqual([
      expect.stringMatching(/^ensure\.yaml cannot be read: EACCES/),
    ]);
  });
});

describe('a file that is not UTF-8', () => {
  const bytes = (...parts: (string | number[])[]) =>
    Buffer.concat(
      parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))),
    );

  test.each([
    [
      'a byte of Latin-1',
      bytes('images:\n  caf', [0xe9], ': {}\n'),
      '2:6 the file is not UTF-8: byte 14 is 0xe9',
    ],
    [
      'after a real U+FFFD',
      bytes('# \ufffd é\nx: ', [0xff]),
      '2:4 the file is not UTF-8: byte 13 is 0xff',
    ],
    [
      'UTF-16',
      bytes([0xff, 0xfe], Buffer.from('images:', 'utf16le').toString('latin1')),
      '1:1 the file is not UTF-8: byte 1 is 0xff',
    ],
    [
      'a sequence cut short by the end',
      bytes('# a', [0xe2, 0x82]),
      '1:4 the file is not UTF-8: byte 4 is 0xe2',
    ],
    [
      'a sequence cut short by another character',
      bytes('# a', [0xe2, 0x82], 'b'),
      '1:4 the file is not UTF-8: byte 4 is 0xe2',
    ],
    ['an overlong form', bytes('# ', [0xc0, 0xaf]), '1:3 the file is not UTF-8: byte 3 is 0xc0'],
    [
      'after a byte order mark',
      bytes([0xef, 0xbb, 0xbf], '# ', [0x80]),
      '1:3 the file is not UTF-8: byte 6 is 0x80',
    ],
  ])('%s', async (_, content, message) => {
    await write('ensure.yaml', content);
    expect(await complaintsOf()).toEqual([`${message} (save it as UTF-8)`]);
  });

  test('a byte order mark is no mistake, nor is a real U+FFFD', async () => {
    await write('ensure.yaml', '\ufeffimages: { app: { build: { target: "\ufffd" } } }');
    expect((await load()).manifest?.images.get('app')?.build?.target).toEqual(['\ufffd']);
  });
});

describe('where variables come from', () => {
  const versionOf = async (options: Partial<LoadOptions>) =>
    (await load(options)).manifest?.images.get('app')?.version;

  beforeEach(async () => {
    await write('ensure.yaml', 'images: { app: { version: "${V}" } }');
    await write('one.env', 'V=one\nOTHER="with blanks"\n');
    await write('two.env', 'export V=two # comment\n');
  });

  test('the environment comes first, then the --env-files, the later before the earlier', async () => {
    await write('.env', 'V=dot');
    expect(await versionOf({})).toBe('dot');
    expect(await versionOf({ envFiles: ['one.env'] })).toBe('one');
    expect(await versionOf({ envFiles: ['one.env', 'two.env'] })).toBe('two');
    expect(await versionOf({ envFiles: ['one.env', 'two.env'], env: { V: 'env' } })).toBe('env');
  });

  test('the .env lies beside the manifest, --env-files are named from the current folder', async () => {
    await write('.env', 'V=dot');
    await write('inner/inner.env', 'V=inner');
    await write('inner/.env', 'V=wrong');
    const cwd = join(folder, 'inner');
    expect(await versionOf({ cwd })).toBe('dot');
    expect(await versionOf({ cwd, envFiles: ['inner.env'] })).toBe('inner');
  });

  test.each<readonly [string, (path: string) => void | Promise<void>, string]>([
    [
      'a pipe',
      makeFifo,
      '.env is not a regular file (a pipe or a device may never end, so only files are read: write what it has into a file)',
    ],
    [
      'a link to itself',
      (path) => symlink('.env', path),
      '.env cannot be read: ELOOP: too many symbolic links encountered, stat',
    ],
  ])('a .env that is %s is an error, not silence', async (_, make, complaint) => {
    await write('ensure.yaml', 'images: { a: {} }');
    await make(join(folder, '.env'));
    const complaints = await complaintsOf();
    expect(complaints).toEqual([expect.stringContaining(complaint)]);
  });

  test('the null device is an env file without variables', async () => {
    await symlink('/dev/null', join(folder, '.env'));
    await write('one.env', 'V=one');
    expect(await versionOf({ envFiles: ['/dev/null', 'one.env'] })).toBe('one');
  });

  test('a .env that is a folder is none', async () => {
    await mkdir(join(folder, '.env'));
    expect(await versionOf({ envFiles: ['one.env'] })).toBe('one');
  });

  test('an --env-file that cannot be used; what it might have set is not reported', async () => {
    expect(await complaintsOf({ envFiles: ['nope.env', '.'] })).toEqual([
      'there is no file nope.env (check the path)',
      '. is a folder (name the file in it)',
    ]);
  });

  test('an --env-file of many blank lines is read in good time', async () => {
    await write('gap.env', `A=a${'\n'.repeat(400_000)}V=far${' \r\n'.repeat(100_000)}`);
    expect(await versionOf({ envFiles: ['gap.env'] })).toBe('far');
  });

  test('a .env with a mistake is told of by its path; what it might have set is not reported', async () => {
    await write('.env', 'V=1\nW="x\n');
    await write('ensure.yaml', 'images: { app: { version: "${W}" } }');
    expect(await complaintsOf()).toEqual([
      '.env:2:3 this quote is not closed (close it, or put the whole value into quotes of the other kind)',
    ]);
    await mkdir(join(folder, 'inner'));
    expect(await complaintsOf({ cwd: join(folder, 'inner') })).toEqual([
      expect.stringMatching(/^\.\.\/\.env:2:3 this quote is not closed/),
    ]);
  });

  test('a warning about a .env hides nothing else', async () => {
    await write('.env', 'V=$W\n');
    await write('ensure.yaml', 'images: { app: { version: "${NONE}" } }');
    expect((await complaintsOf()).map((line) => line.split(' (')[0])).toEqual([
      '.env:1:3 warning: the variable that is named here is not set: nothing comes in its place',
      '1:28 the variable `NONE` is not set',
    ]);
  });

  test('bytes of an env file that are not UTF-8 are a mistake in a value only', async () => {
    await write('.env', Buffer.from('# caf\xe9\nV=1\n', 'latin1'));
    expect(await versionOf({})).toBe('1');
    await write('.env', Buffer.from('V=caf\xe9\n', 'latin1'));
    expect(await complaintsOf()).toEqual([
      '.env:1:6 the file is not UTF-8: byte 6 is 0xe9 (save it as UTF-8)',
    ]);
  });

  test('they are given back, for secrets', async () => {
    const { variables } = await load({
      envFiles: ['one.env'],
      env: { HOME: '/root', GONE: undefined },
    });
    expect(Object.fromEntries(variables)).toEqual({
      V: 'one',
      OTHER: 'with blanks',
      HOME: '/root',
    });
  });
});

test('all mistakes of a file are told in one go, in its order', async () => {
  const file = 'fixtures/manifest/everything-wrong/ensure.yaml';
  const { diagnostics } = await loadManifest({ cwd: process.cwd(), file, envFiles: [], env: {} });
  const lines = diagnostics.map((diagnostic) => {
    return `${
      complaint(diagnostic)
        .slice(file.length + 1)
        .split(' (')[0]
    } [${diagnostic.image}]`;
  });
  expect(lines).toEqual([
    '2:1 the manifest has no key `regisries` [undefined]',
    '4:19 `https://registry.example.com` is not a registry server [undefined]',
    '4:61 a registry with a username needs a `password` too [undefined]',
    '6:13 `hash_len` must be a whole number from 4 to 64, not `2` [undefined]',
    '9:5 the image `base` has no key `verison` [base]',
    '11:17 these images are built on each other in a circle: base → app → base [base]',
    '12:17 `1 day` is not a duration: it is not of the form `1d` or `P1D` [base]',
    '14:14 the variable `VERSION` is not set [app]',
    '15:16 `with_hash` must be true or false, not `yes` [app]',
    '16:15 no registry is called `taem` [app]',
    '18:23 no image is called `bsae` [app]',
    '19:19 `build_args` must be a map of strings, not a list [app]',
    '20:17 labels that begin with `dev.docker-ensure.` are set by docker-ensure itself [app]',
    '23:18 `$HOME` is not interpolated without braces [app]',
    '25:16 `with_hash` needs a `build`: there is nothing to hash [tool]',
    '26:11 `Tool` is not a repository name: it must be lower-case [tool]',
    '27:3 `tool` is given twice: first in line 24 [undefined]',
    '30:20 `test[0].command` must be a command word by word, such as `[pytest, -q]`, not `pytest -q` [tested]',
    '30:40 `5 minutes` is not a duration: it is not of the form `1d` or `P1D` [tested]',
    '31:37 `PATH` cannot be a variable of a test: docker itself reads the variable of that name [tested]',
    '31:60 `data` is no mount of a test [tested]',
    '34:11 `test` needs a `build`: what is pulled is not tested [pulled]',
    '35:22 the registry `team` is in the list already [pulled]',
  ]);
});

test('a large manifest is read in good time', async () => {
  const images = Array.from({ length: 1000 }, (_, i) => {
    const parents = [i - 1, i - 2].filter((j) => j >= 0).map((j) => `image-${j}`);
    return `  image-${i}: { version: 1.${i}, build: { parents: [${parents}], build_args: { A: "\${X}" } } }\n`;
  });
  await write('ensure.yaml', `images:\n${images.join('')}`);
  const { manifest, diagnostics } = await load({ env: { X: 'x' } });
  expect(diagnostics).toEqual([]);
  expect(buildGraph(manifest!.images).graph?.order).toHaveLength(1000);
});
