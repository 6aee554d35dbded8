import {
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { breather } from './breather.ts';
import { shown } from './names.ts';
import { identityOf, permissions, type SelectedFile, sameIdentity } from './selected-file.ts';

export interface StagingRequest {
  /** A folder of our own, as `claimStaging` gives it. */
  readonly folder: string;
  /** The build directory. It is only read. */
  readonly directory: string;
  readonly files: readonly SelectedFile[];
}

export type Staging =
  | { readonly ok: true /** The build context: exactly the files. */; readonly context: string }
  | { readonly ok: false; readonly code: StagingProblem; readonly message: string };

type StagingProblem = 'inputs-changed' | 'staging-failed';

/**
 * Makes a build context of exactly the files: hard links where the mode is as it should be and the
 * file system allows, else copies with the mode 0644 or 0755, so that machines whose umasks differ
 * share BuildKit's cache. What was staged in the folder before is removed.
 *
 * Fails with `inputs-changed` where a file is not the one that was selected any more.
 */
export async function stageFiles(request: StagingRequest): Promise<Staging> {
  const { folder, directory, files } = request;
  const context = join(folder, 'context');
  try {
    rmSync(context, { recursive: true, force: true });
    makeFolders(context, files);
    const breathe = breather();
    for (const file of files) {
      const changed = stageOne(join(directory, file.path), join(context, file.path), file);
      if (changed !== null) return { ok: false, code: 'inputs-changed', message: changed };
      await breathe();
    }
    return { ok: true, context };
  } catch (error) {
    return { ok: false, code: 'staging-failed', message: (error as Error).message };
  }
}

/** The folders of the files, each with the mode 0755 whatever the umask. */
function makeFolders(context: string, files: readonly SelectedFile[]): void {
  const folders = new Set<string>();
  for (const { path } of files) {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  }
  // Sorted, a folder comes before what is in it.
  for (const folder of ['', ...[...folders].sort()]) {
    const path = join(context, folder);
    mkdirSync(path);
    chmodSync(path, 0o755);
  }
}

/** Null, or how the file changed since it was selected. */
function stageOne(from: string, to: string, file: SelectedFile): string | null {
  try {
    return changeOf(lay(from, to, file), file);
  } catch (error) {
    const change = changeOf(from, file);
    if (change === null) throw error;
    return change;
  }
}

function changeOf(path: string, file: SelectedFile): string | null {
  const now = lstatSync(path, { throwIfNoEntry: false });
  if (now === undefined) return `${shown(file.path)} was removed`;
  const same = sameIdentity(identityOf(now), file.identity) && permissions(now) === file.mode;
  return same ? null : `${shown(file.path)} was changed`;
}

/** Gives the path to look at for what was laid down: the hard link, or what was copied. */
function lay(from: string, to: string, file: SelectedFile): string {
  if (file.kind === 'l') {
    symlinkSync(file.target, to);
    return from;
  }
  const mode = file.kind === 'x' ? 0o755 : 0o644;
  if (file.mode === mode && tryLink(from, to)) return to;
  copy(from, to, file, mode);
  return from;
}

/** Not on another device, not where links are forbidden: what else is wrong, the copy will tell. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function copy(from: string, to: string, file: SelectedFile, mode: number): void {
  copyFileSync(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  chmodSync(to, mode);
  // BuildKit sends a file anew whose time differs.
  const time = file.identity.mtimeMs / 1000;
  utimesSync(to, time, time);
}
