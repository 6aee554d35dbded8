import { join } from 'node:path';
import { hashFiles } from '../../src/files/file-list.ts';
import { findIgnoreFile } from '../../src/files/ignore/ignore-file.ts';
import { parseIgnoreFile } from '../../src/files/ignore/parse.ts';
import { selectFiles } from '../../src/files/select.ts';
import { hasErrors } from '../../src/model/diagnostic.ts';
import type { SelectionPolicy } from '../../src/model/manifest.ts';
import type { Source } from '../../src/model/source.ts';
import { stageFiles } from '../../src/staging/staging.ts';
import { emptyFile } from './planted.ts';

/** What a build got, or should get: by path, as the file list has it. */
export type Entries = ReadonlyMap<string, string>;

/** What docker should send of a folder by default; null where there are errors. */
export async function sentByDefault(
  directory: string,
  dockerfile: string | null,
): Promise<Entries | null> {
  const entries = await sentOf(directory, { kind: 'context' }, dockerfile);
  const ignoreFile = await findIgnoreFile(directory, dockerfile);
  if (entries === null || ignoreFile === null) return entries;
  const unopened = emptied(ignoreFile);
  return new Map(
    [...entries].map(([path, entry]) => [
      path,
      unopened(path) && !entry.startsWith('l') ? `${entry[0]} ${emptyFile}` : entry,
    ]),
  );
}

/** The file list's entries, staged where `stage` is given; null where there are errors. */
export async function sentOf(
  directory: string,
  policy: SelectionPolicy,
  dockerfile: string | null,
  stage?: string,
): Promise<Entries | null> {
  const image = 'app';
  const { files, diagnostics } = await selectFiles({ directory, policy, dockerfile, image });
  if (hasErrors(diagnostics)) return null;
  const { list } = await hashFiles(directory, files, image);
  if (stage !== undefined && list !== null) {
    const { entries } = list;
    const folder = join(stage, 'context');
    const staging = await stageFiles({ folder, directory, files, entries });
    if (!staging.ok) throw new Error(staging.message);
  }
  return list && new Map(Object.entries(JSON.parse(list.document) as Record<string, string>));
}

/**
 * Docker's own slip: it asks its rules in one way when it lists files and in another when it opens
 * them, and of a file that it may list but not open it sends an empty one, without a word. That
 * takes a pattern that is repeated after an exception (`d`, `!d/x`, `d`). We send the file as it is.
 */
function emptied(ignoreFile: Source): (path: string) => boolean {
  const { rules } = parseIgnoreFile(ignoreFile);
  return (path) => {
    const above = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
    let ignored = false;
    for (const { exception, pattern } of rules) {
      if (exception === ignored && above.some((each) => pattern?.matches(each)))
        ignored = !exception;
    }
    return ignored;
  };
}
