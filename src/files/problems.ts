import type { Diagnostic } from '../model/diagnostic.ts';
import type { SelectionPolicy } from '../model/manifest.ts';
import type { Place } from '../model/source.ts';
import { displayPath } from './file-name.ts';
import type { Unreadable } from './scan.ts';
import type { SelectedFile } from './selected-file.ts';

const LEAVE_OUT = 'leave it out with `files`, or with the ignore file where that is read';

/** The error for a file or folder that is there to be read, and cannot be. */
export function unreadableFile({ path, error }: Unreadable): Diagnostic {
  const name = path === '' ? 'the build directory' : displayPath(path);
  const gone = error.code === 'ENOENT';
  return {
    severity: 'error',
    code: 'unreadable-file',
    message: gone
      ? `${name} is gone since it was listed`
      : `${name} cannot be read: ${error.message}`,
    advice: gone
      ? 'Something changes the build directory: wait until it is done.'
      : `Make it readable, or ${LEAVE_OUT}.`,
  };
}

/** The warning for what is no file and was not asked for. */
export function skippedSpecial(path: string): Diagnostic {
  return {
    severity: 'warning',
    code: 'special-file',
    message: `${displayPath(path)} is a socket, a fifo or a device: it is left out`,
  };
}

/** The error for a name that cannot be written down, as `decode` gives it. */
export function badName(path: string): Diagnostic {
  return {
    severity: 'error',
    code: 'name-not-utf8',
    message: `the file name ${displayPath(path)} is not valid UTF-8`,
    advice: `Rename it, or ${LEAVE_OUT}.`,
  };
}

/** The same for where a link points. */
export function badTarget(path: string, target: string): Diagnostic {
  return {
    severity: 'error',
    code: 'name-not-utf8',
    message: `the target of the symbolic link ${displayPath(path)}, ${displayPath(target)}, is not valid UTF-8`,
    advice: `Renew the link, or ${LEAVE_OUT}.`,
  };
}

/** The warning for a build that sees a repository's own files. */
export function gitSeen(
  files: readonly SelectedFile[],
  policy: SelectionPolicy,
  place: Place | undefined,
): Diagnostic[] {
  const found = files.find(({ path }) => /(?:^|\/)\.git(?:\/|$)/.test(path));
  if (!found) return [];
  const parts = found.path.split('/');
  const at = parts.indexOf('.git');
  // In a submodule or a worktree it is a file, which says where the repository is.
  const isFile = at === parts.length - 1;
  const named = parts.slice(0, at + 1).join('/');
  return [
    {
      severity: 'warning',
      code: 'git-in-files',
      message: isFile
        ? `the build sees ${displayPath(found.path)}, a file of a submodule or worktree that says where its repository is: that differs between checkouts, and makes other images`
        : `the build sees ${displayPath(found.path)}: every commit makes another image`,
      advice: hasIgnoreFile(policy)
        ? `Add \`${at === 0 ? '.git' : '**/.git'}\` to the ignore file, or \`${displayPath(named)}\` to \`all_but\`.`
        : `Add \`${displayPath(named)}\` to \`all_but\`: with these \`files\` no ignore file is read.`,
      ...(place && { place }),
    },
  ];
}

/** Does the policy heed an ignore file? */
function hasIgnoreFile({ kind }: SelectionPolicy): boolean {
  return kind === 'copied' || kind === 'context';
}

/** The warning for a file that a run writes its own output to, and leaves out. */
export function outputSeen(path: string, place: Place | undefined): Diagnostic {
  return {
    severity: 'warning',
    code: 'output-in-files',
    message: `the output of this run goes to ${displayPath(path)}: it is left out, but a run whose output goes elsewhere takes it for one of the files`,
    advice: 'Write it outside the build directory, or add it to the ignore file or to `all_but`.',
    ...(place && { place }),
  };
}

/** The error for a file that did not hold still while it was hashed. */
export function changedFile(path: string): Diagnostic {
  return {
    severity: 'error',
    code: 'unreadable-file',
    message: `${displayPath(path)} changed while it was read`,
    advice: 'Something changes the build directory: wait until it is done.',
  };
}
