import {
  type BigIntStats,
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { displayPath } from '../files/file-name.ts';
import type { SelectedFile } from '../files/selected-file.ts';
import { yielder } from '../files/yielder.ts';
import type { FileEntry } from '../model/file-list.ts';
import { type Copy, checkMode, copier, isTaken, settle, timeOf, type Wanted } from './copy.ts';
import type { StagedFile, StagedPart } from './staging-index.ts';

export interface StagingRequest {
  /** Where the files are laid out: a folder of our own. What else is in it is removed. */
  readonly folder: string;
  /** The build directory. It is only read. */
  readonly directory: string;
  readonly files: readonly SelectedFile[];
  /** The file list: what each of the files must be. */
  readonly entries: ReadonlyMap<string, FileEntry>;
  /** What was laid out in the folder before. */
  readonly before?: StagedPart;
  /** Nothing of it can have been lost since. */
  readonly sure?: boolean;
}

export type Staging =
  | { readonly ok: true; readonly part: StagedPart }
  | { readonly ok: false; readonly code: StagingProblem; readonly message: string };

type StagingProblem = 'inputs-changed' | 'staging-failed';

/**
 * Lays out exactly the files: copies with the mode 0644 or 0755, so that machines whose umasks differ
 * share BuildKit's cache, and with times that tell their contents apart. A file that is there already is
 * not copied again.
 *
 * Fails with `inputs-changed` where a file that must be copied is not what the file list says any more.
 */
export async function stageFiles(request: StagingRequest): Promise<Staging> {
  const { folder, directory, files, entries, before = new Map(), sure = true } = request;
  try {
    const there = makeFolders(folder, files);
    const lay = layer(sure);
    const yieldNow = yielder();
    const part = new Map<string, StagedFile>();
    for (const file of files) {
      const entry = entries.get(file.path);
      if (entry === undefined) throw new Error(`${file.path} is not in the file list`);
      const [from, to] = [`${directory}/${file.path}`, `${folder}/${file.path}`];
      const was = before.get(file.path);
      const laid = lay({ from, to, file, entry, was, there: there.has(file.path) });
      if (typeof laid === 'string') {
        const message = `${displayPath(file.path)} was ${laid}`;
        return { ok: false, code: 'inputs-changed', message };
      }
      part.set(file.path, laid);
      const pause = yieldNow();
      if (pause !== undefined) await pause;
    }
    return { ok: true, part };
  } catch (error) {
    return { ok: false, code: 'staging-failed', message: (error as Error).message };
  }
}

/**
 * The folders of the files, each with the mode 0755 whatever the umask, and nothing else in them. Gives
 * the files that are there already.
 */
function makeFolders(root: string, files: readonly SelectedFile[]): ReadonlySet<string> {
  const folders = new Set<string>(['']);
  for (const { path } of files) {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  const isRoot = lstatSync(root, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const there = { folders: new Set<string>(), files: new Set<string>() };
  if (isRoot) removeOthers(root, folders, new Set(files.map(({ path }) => path)), there);
  // Sorted, a folder comes before what is in it.
  for (const folder of [...folders].sort()) {
    const path = join(root, folder);
    if (!there.folders.has(folder))
      makeNew(folder, () => mkdirSync(path, { recursive: folder === '' }));
    if ((lstatSync(path).mode & 0o7777) === 0o755) continue;
    chmodSync(path, 0o755);
    checkMode(lstatSync(path).mode, 0o755);
  }
  return there.files;
}

/** Removes what is neither of these, and adds to `there` what is left. */
function removeOthers(
  root: string,
  folders: ReadonlySet<string>,
  files: ReadonlySet<string>,
  there: { readonly folders: Set<string>; readonly files: Set<string> },
): void {
  const open = [''];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    there.folders.add(folder);
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && folders.has(path)) open.push(path);
      else if (!entry.isDirectory() && files.has(path)) there.files.add(path);
      else rmSync(join(root, path), { recursive: true, force: true });
    }
  }
}

interface Laying {
  readonly from: string;
  readonly to: string;
  readonly file: SelectedFile;
  readonly entry: FileEntry;
  readonly was: StagedFile | undefined;
  /** Something of that name is there. */
  readonly there: boolean;
}

/** How the file changed since it was listed. */
type Change = 'changed' | 'removed';

function layer(sure: boolean): (laying: Laying) => StagedFile | Change {
  const copy = copier();
  const piece = Buffer.allocUnsafeSlow(256 * 1024);
  return (laying) => {
    const { entry, file } = laying;
    if (entry.kind === 'l') return layLink(laying, entry.target);
    const second = Math.floor(file.identity.mtimeMs / 1000);
    const mode = entry.kind === 'x' ? 0o755 : 0o644;
    const wanted = { sha256: entry.sha256, mode, second };
    const stat = keep(laying, wanted, sure, piece) ?? copyAnew(laying, wanted, copy);
    if (typeof stat === 'string' || 'signature' in stat) return stat;
    return stagedFile(`${entry.kind} ${entry.sha256}`, second, stat);
  };
}

/** A file that was laid down, as the index has it. */
export function stagedFile(content: string, second: number, stat: BigIntStats): StagedFile {
  return { content, second, signature: signatureOf(stat), look: `${stat.size} ${stat.mtimeNs}` };
}

function signatureOf({ ino, size, mode, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mode} ${mtimeNs} ${ctimeNs}`;
}

function layLink({ from, to, file, there }: Laying, target: string): StagedFile | Change {
  const now = lstatSync(from, { throwIfNoEntry: false });
  if (now === undefined) return 'removed';
  if (!now.isSymbolicLink() || readlinkSync(from) !== target) return 'changed';
  if (!there || !lstatSync(to).isSymbolicLink() || readlinkSync(to) !== target) {
    if (there) rmSync(to);
    makeNew(file.path, () => symlinkSync(target, to));
  }
  return { content: `l ${target}`, second: 0, signature: '', look: '' };
}

/**
 * What is there, where it is as it should be, its time excepted, which may have to be set: as it was laid down where
 * nothing has changed since. Else null.
 */
function keep(
  { to, was, there }: Laying,
  wanted: Wanted,
  sure: boolean,
  piece: Buffer,
): StagedFile | BigIntStats | null {
  if (!there || !was?.content.endsWith(wanted.sha256)) return null;
  const stat = lstatSync(to, { bigint: true });
  if (!stat.isFile()) return null;
  const untouched = sure && signatureOf(stat) === was.signature;
  // A file of this name with another mode may have been sent: it is laid down as if it were new.
  if (!untouched || (Number(stat.mode) & 0o7777) !== wanted.mode) return settle(to, wanted, piece);
  if (was.second === wanted.second) return was;
  const time = timeOf(wanted);
  utimesSync(to, time, time);
  return lstatSync(to, { bigint: true });
}

function copyAnew(
  { from, to, file, there }: Laying,
  wanted: Wanted,
  copy: Copy,
): BigIntStats | Change {
  if (there) rmSync(to);
  try {
    return makeNew(file.path, () => copy(from, to, wanted)) ?? 'changed';
  } catch (error) {
    const now = lstatSync(from, { throwIfNoEntry: false });
    if (now === undefined) return 'removed';
    if (!now.isFile()) return 'changed';
    throw error;
  }
}

/**
 * Makes something under a name that nothing has. Where something has it all the same, the file system takes two names
 * for one, and the image would lack one of the two.
 */
function makeNew<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!isTaken(error)) throw error;
    throw new Error(
      `the file system of the cache folder takes ${displayPath(path)} for the name of another file: names that differ only by case, or by how an accent is written, are one there`,
    );
  }
}
