import {
  appendFileSync,
  chmodSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { hashFiles } from '../../src/files/file-list.ts';
import { createKnownHashes, type KnownHashes } from '../../src/files/known-hashes.ts';
import { selectFiles } from '../../src/files/select.ts';
import { randomFrom } from '../rig/random.ts';
import { temporaryTree } from '../rig/temporary-tree.ts';

const HOUR = 60 * 60 * 1000;

/** Kept bytes in memory. */
function keptInMemory() {
  const kept: { bytes: Uint8Array | null } = { bytes: null };
  return {
    kept,
    read: () => kept.bytes,
    write(bytes: Uint8Array) {
      kept.bytes = bytes;
    },
  };
}

/** Lists and hashes all files of a folder; gives the hash and how many files and bytes were read. */
async function listed(directory: string, known?: KnownHashes) {
  const policy = { kind: 'all' } as const;
  const { files } = await selectFiles({ directory, policy, dockerfile: null, image: 'app' });
  const read = { files: 0, bytes: 0 };
  const counting: KnownHashes | undefined = known && {
    ...known,
    remember(...seen) {
      read.files += 1;
      read.bytes += seen[1].identity.size;
      known.remember(...seen);
    },
  };
  const { list } = await hashFiles(directory, files, 'app', counting);
  known?.save();
  return { hash: list?.hash, read };
}

const later = (ms: number) => () => Date.now() + ms;

const TREE = { a: 'one', b: 'two', 'sub/c': 'three', 'sub/d': 'three', empty: '' };

describe('files that a later run finds as they were', () => {
  it('are not read again', async () => {
    const folder = await temporaryTree(TREE);
    const memory = keptInMemory();
    const first = await listed(folder, createKnownHashes(memory, later(HOUR)));
    const again = await listed(folder, createKnownHashes(memory, later(HOUR)));
    expect(first.read).toEqual({ files: 5, bytes: 16 });
    expect(again).toEqual({ hash: first.hash, read: { files: 0, bytes: 0 } });
    appendFileSync(join(folder, 'a'), '!');
    const edited = await listed(folder, createKnownHashes(memory, later(2 * HOUR)));
    expect(edited.read).toEqual({ files: 1, bytes: 4 });
    expect(edited.hash).toBe((await listed(folder)).hash);
  });

  it('are read once somebody says that they are not what they were said to be', async () => {
    const folder = await temporaryTree(TREE);
    const memory = keptInMemory();
    await listed(folder, createKnownHashes(memory, later(HOUR)));
    const known = createKnownHashes(memory, later(HOUR));
    known.distrust();
    expect((await listed(folder, known)).read.files).toBe(5);
  });

  it('are read while they may still be written to within the same tick', async () => {
    const folder = await temporaryTree(TREE);
    const memory = keptInMemory();
    for (const content of ['uno', 'due', 'tre', 'dos', 'duo']) {
      const { atime, mtime } = statSync(join(folder, 'a'));
      writeFileSync(join(folder, 'a'), content);
      utimesSync(join(folder, 'a'), atime, mtime);
      const { hash } = await listed(folder, createKnownHashes(memory, Date.now));
      expect(hash).toBe((await listed(folder)).hash);
    }
    expect(memory.kept.bytes).toBe(null);
  });

  it('are read where they seem to be of the future', async () => {
    const folder = await temporaryTree(TREE);
    const memory = keptInMemory();
    await listed(folder, createKnownHashes(memory, later(-HOUR)));
    expect(memory.kept.bytes).toBe(null);
  });
});

/** Ways to change a file, some of them so that size and time stay. */
const EDITS: readonly ((path: string, content: string) => void)[] = [
  (path, content) => writeFileSync(path, content),
  (path, content) => {
    const { atime, mtime } = statSync(path);
    writeFileSync(path, content);
    utimesSync(path, atime, mtime);
  },
  (path, content) => {
    const { atime, mtime } = statSync(path);
    writeFileSync(`${path}.new`, content);
    utimesSync(`${path}.new`, atime, mtime);
    renameSync(`${path}.new`, path);
  },
  (path, content) => {
    const { atime, mtime } = statSync(path);
    rmSync(path);
    writeFileSync(path, content);
    utimesSync(path, atime, mtime);
  },
  (path) => chmodSync(path, (statSync(path).mode & 0o777) === 0o644 ? 0o755 : 0o644),
  (path) => utimesSync(path, 1, 2_000_000_000),
  (path, content) => appendFileSync(path, content),
];

it('no edit, replacement, rename or jump of the clock makes another hash than reading all does', async () => {
  const random = randomFrom(11);
  const folder = await temporaryTree(TREE);
  const memory = keptInMemory();
  const paths = ['a', 'b', 'sub/c', 'sub/d', 'empty'].map((path) => join(folder, path));
  for (let step = 0; step < 150; step += 1) {
    const jump = random.pick([-HOUR, 0, HOUR, 24 * HOUR]);
    const { hash } = await listed(folder, createKnownHashes(memory, later(jump)));
    expect(hash).toBe((await listed(folder)).hash);
    // The kernel's clock of files ticks every few milliseconds.
    await sleep(12);
    const content = `${random.below(10)}${random.below(10)}${random.below(10)}`;
    if (random.chance(20)) {
      const [one, other] = [random.pick(paths), random.pick(paths)];
      if (one === other) continue;
      renameSync(one, `${one}.aside`);
      renameSync(other, one);
      renameSync(`${one}.aside`, other);
    } else random.pick(EDITS)(random.pick(paths), content);
  }
});

it('spoiled bytes, cut ones and those of another version are as good as none', async () => {
  const folder = await temporaryTree(TREE);
  const memory = keptInMemory();
  const { hash } = await listed(folder, createKnownHashes(memory, later(HOUR)));
  const whole = memory.kept.bytes;
  if (whole === null) throw new Error('nothing was kept');
  const broken = [...whole.keys()]
    .filter((at) => at % 7 === 0)
    .map((at) => whole.map((byte, place) => (place === at ? byte ^ 1 : byte)));
  const cut = [0, 1, 8, 40, 47, 48, whole.length - 1].map((length) => whole.subarray(0, length));
  for (const bytes of [...broken, ...cut, Buffer.from('ENSURE2\n')]) {
    memory.kept.bytes = bytes;
    const again = await listed(folder, createKnownHashes(memory, later(HOUR)));
    expect(again).toEqual({ hash, read: { files: 5, bytes: 16 } });
  }
});

it('two runs at once each keep a whole table', async () => {
  const folder = await temporaryTree(TREE);
  const memory = keptInMemory();
  const [one, other] = [later(HOUR), later(HOUR)].map((now) => createKnownHashes(memory, now));
  const hashes = await Promise.all([listed(folder, one), listed(folder, other)]);
  expect(new Set(hashes.map(({ hash }) => hash)).size).toBe(1);
  expect((await listed(folder, createKnownHashes(memory, later(HOUR)))).read.files).toBe(0);
  expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('one');
});
