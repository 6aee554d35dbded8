import { createHash } from 'node:crypto';
import {
  access,
  chown,
  constants,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, type Options } from 'execa';
import { afterAll, expect, it } from 'vitest';
import { isMap, isSeq, parseDocument, visit } from 'yaml';
import { asNobody } from '../rig/as-nobody.ts';
import { outputOf } from '../rig/command.ts';
import { otherNode } from '../rig/other-node.ts';
import { type Random, randomFrom } from '../rig/random.ts';
import { temporaryFolder } from '../rig/temporary-tree.ts';
import { inProcess, type Prints, VECTORS, vectorRuns } from '../rig/vectors.ts';

/** What must have the hash that stands in `fixtures/vectors`, whatever is done to it. */
const SUBJECTS = {
  'every-key': ['app', 'base'],
  family: ['app', 'tools'],
  policies: ['absent', 'own-ignore-file', 'all', 'nothing', 'only', 'all-but', 'both'],
  names: ['app'],
  kinds: ['app'],
  arguments: ['app', 'none'],
  inline: ['app'],
  minimal: ['app'],
};
type Vector = keyof typeof SUBJECTS;

const ALL = Object.keys(SUBJECTS) as Vector[];
const runs = (await vectorRuns()).filter(({ name }) => name === 'default');
let compared = 0;

afterAll(() => console.log(`invariance: ${compared} hashes compared`));

/** The hashes of the vectors as they are in a folder, and as they must be. */
async function compare(
  folder: string,
  { vectors = ALL, prints = inProcess }: { vectors?: readonly Vector[]; prints?: Prints } = {},
): Promise<void> {
  for (const run of runs) {
    const vector = vectors.find((name) => name === run.vector);
    if (vector === undefined) continue;
    for (const image of SUBJECTS[vector]) {
      const inputs = await prints([...run.options, 'inputs', image], join(folder, vector));
      const hash = createHash('sha256').update(inputs).digest('hex');
      const golden = await readFile(join(run.expected, `${image}.hash`), 'utf8');
      expect(`${hash}\n`, `${vector} ${image}: ${inputs}`).toBe(golden);
      compared += 1;
    }
  }
}

/** A file or link of the vectors, by its path. */
interface Entry {
  readonly path: string;
  readonly executable: boolean;
  /** Its bytes, or where a link points. */
  readonly content: Buffer | string;
}

async function entriesOf(folder: string, path = ''): Promise<Entry[]> {
  const names = await readdir(join(folder, path));
  const entries = await Promise.all(
    names.map(async (name): Promise<Entry[]> => {
      const child = join(path, name);
      const place = join(folder, child);
      const stat = await lstat(place);
      if (stat.isDirectory()) return entriesOf(folder, child);
      const content = stat.isSymbolicLink() ? await readlink(place) : await readFile(place);
      return [{ path: child, executable: (stat.mode & 0o100) !== 0, content }];
    }),
  );
  return entries.flat();
}

/** Writes the entries as git does: modes are what the umask leaves of 0666 and 0777. */
async function checkOut(folder: string, entries: readonly Entry[]): Promise<void> {
  for (const { path, executable, content } of entries) {
    const place = join(folder, path);
    await mkdir(dirname(place), { recursive: true });
    if (typeof content === 'string') await symlink(content, place);
    else await writeFile(place, content, { mode: executable ? 0o777 : 0o666 });
  }
}

async function copyTo(folder: string): Promise<void> {
  for (const vector of ALL) {
    const to = join(folder, vector);
    await cp(join(VECTORS, vector), to, { recursive: true, verbatimSymlinks: true });
  }
}

it('as they are', () => compare(VECTORS));

it('in another folder, and by another way to it', async () => {
  const folder = await temporaryFolder();
  const deep = join(folder, 'a b', '日本 [x] #1', '.hidden', 'node_modules');
  await mkdir(deep, { recursive: true });
  await copyTo(deep);
  await compare(deep);
  await symlink(deep, join(folder, 'link'));
  await compare(join(folder, 'link'));
  // From elsewhere, by --file.
  await compare(deep, {
    prints: ([platform = '', name = '', ...args], cwd) =>
      outputOf([platform, name, '--file', join(cwd, 'ensure.yaml'), ...args], { cwd: '/' }),
  });
  // From below.
  await compare(deep, {
    vectors: ['kinds', 'names', 'policies'],
    prints: (args, cwd) => outputOf(args, { cwd: join(cwd, 'tree') }),
  });
});

it.each(['000', '002', '022', '027', '077'])('with the umask %s', async (octal) => {
  const umask = Number.parseInt(octal, 8);
  const folder = await temporaryFolder();
  const before = process.umask(umask);
  try {
    await checkOut(folder, await entriesOf(VECTORS));
    await compare(folder);
  } finally {
    process.umask(before);
  }
  const { mode } = await lstat(join(folder, 'kinds/tree/executable'));
  expect(mode & 0o777).toBe(0o777 & ~umask);
});

it('made in another order', async () => {
  const entries = await entriesOf(VECTORS);
  for (const seed of [1, 2, 3]) {
    const folder = await temporaryFolder();
    await checkOut(folder, shuffled(entries, randomFrom(seed)));
    await compare(folder);
  }
  const folder = await temporaryFolder();
  await checkOut(folder, entries.toReversed());
  await compare(folder);
});

it('touched, long ago and in the future', async () => {
  const folder = await temporaryFolder();
  await copyTo(folder);
  for (const time of [0, 1, Date.UTC(2040, 0) / 1000]) {
    for (const { path, content } of await entriesOf(folder)) {
      if (typeof content !== 'string') await utimes(join(folder, path), time, time);
      await utimes(dirname(join(folder, path)), time, time);
    }
    await compare(folder);
  }
});

it('by another user', async () => {
  const folder = await temporaryFolder();
  await copyTo(folder);
  await execa('chmod', ['-R', 'a+rX', folder]);
  await asNobody(() => compare(folder));
  const mayChown = process.getuid?.() === 0;
  for (const { path } of mayChown ? await entriesOf(folder) : []) {
    // A link's own owner cannot be told by Node.
    if (!(await lstat(join(folder, path))).isSymbolicLink()) await chown(join(folder, path), 1, 1);
  }
  await compare(folder);
});

it('by the program itself: as another user, in other locales and time zones', async () => {
  const folder = await temporaryFolder();
  await copyTo(folder);
  for (const part of ['bin', 'dist']) {
    const from = fileURLToPath(new URL(`../../${part}`, import.meta.url));
    await cp(from, join(folder, 'program', part), { recursive: true });
  }
  await writeFile(join(folder, 'program/package.json'), '{"type":"module"}');
  await execa('chmod', ['-R', 'a+rX', folder]);
  const binary = join(folder, 'program/bin/docker-ensure.js');
  const program =
    (env: Record<string, string>, options: Options = {}): Prints =>
    async (args, cwd) => {
      const own = { PATH: process.env.PATH ?? '', HOME: '/nonexistent', ...env };
      const how = { ...options, cwd, env: own, extendEnv: false, stripFinalNewline: false };
      return String((await execa(process.execPath, [binary, ...args], how)).stdout);
    };
  const vectors = ['every-key', 'names', 'kinds'] as const;
  const places: Record<string, string>[] = [
    { LANG: 'C', TZ: 'UTC' },
    { LC_ALL: 'tr_TR.UTF-8', LANGUAGE: 'tr', TZ: 'Asia/Kathmandu' },
    { LC_ALL: 'sv_SE.UTF-8', LC_COLLATE: 'de_DE', TZ: 'America/St_Johns' },
    { LANG: 'ja_JP.eucJP', TZ: ':/nonexistent', USER: 'someone', NODE_ENV: 'production' },
  ];
  for (const env of places) await compare(folder, { vectors, prints: program(env) });

  const nobody = { uid: 65_534, gid: 65_534 };
  const reachable = await asNobody(() =>
    access(process.execPath, constants.X_OK).then(
      () => true,
      () => false,
    ),
  );
  // A Node in root's home is root's alone: then `by another user` has shown it in this process.
  if (process.getuid?.() === 0 && reachable)
    await compare(folder, { vectors, prints: program({}, nobody) });
}, 60_000);

it('on a machine of another architecture, at another time, with other variables', async () => {
  const env = { DOCKER_DEFAULT_PLATFORM: 'linux/s390x', FOO: 'bar', DOCKER_HOST: 'tcp://x:1' };
  const surroundings = { architecture: 'arm64', now: Date.UTC(2040, 5), env };
  await compare(VECTORS, { prints: (args, cwd) => outputOf(args, { cwd, ...surroundings }) });
});

it('with the keys of the manifest in another order', async () => {
  const folder = await temporaryFolder();
  await copyTo(folder);
  for (let seed = 1; seed <= 12; seed++) {
    for (const vector of ALL) {
      const text = await readFile(join(VECTORS, vector, 'ensure.yaml'), 'utf8');
      await writeFile(join(folder, vector, 'ensure.yaml'), reordered(text, randomFrom(seed)));
    }
    await compare(folder);
  }
});

it('by a later Node', async () => {
  const node = await otherNode(24);
  expect((await execa(node, ['--version'])).stdout).toMatch(/^v24\./);
  const binary = fileURLToPath(new URL('../../bin/docker-ensure.js', import.meta.url));
  await compare(VECTORS, {
    prints: async (args, cwd) => {
      const options = { cwd, env: { HOME: '/nonexistent' }, stripFinalNewline: false };
      return (await execa(node, [binary, ...args], options)).stdout;
    },
  });
}, 300_000);

/** The same manifest with the keys of each map, and of lists without an order, in another order. */
function reordered(text: string, chance: Random): string {
  const document = parseDocument(text, { keepSourceTokens: true });
  visit(document, {
    Map: (_, map) => {
      map.items = shuffled(map.items, chance);
    },
    Pair: (_, { key, value }) => {
      const unordered = ['parents', 'secrets', 'ssh', 'cache_from', 'cache_to'];
      if (isSeq(value) && unordered.includes(String(key)))
        value.items = shuffled(value.items, chance);
    },
  });
  expect(isMap(document.contents)).toBe(true);
  return document.toString({ lineWidth: 0 });
}

function shuffled<T>(items: readonly T[], chance: Random): T[] {
  return items
    .map((item) => ({ item, at: chance.below(1_000_000) }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
