import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutableFile } from './project.ts';

export const LAYOUTS = fileURLToPath(new URL('../../fixtures/layouts', import.meta.url));

/** What the names of a layout's images begin with. */
const PREFIXES = { 'root-context': 'grain', 'version-matrix': 'tongue', monorepo: 'shop' } as const;

export type Layout = keyof typeof PREFIXES;

/** The files of a layout, by path; the names of its images begin with `scope`. */
export async function layoutFiles(
  layout: Layout,
  scope: string,
): Promise<Record<string, ExecutableFile>> {
  const folder = join(LAYOUTS, layout);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );
  const read = await Promise.all(
    files.map(async (file): Promise<[string, ExecutableFile]> => {
      const text = await readFile(file, 'utf8');
      const named = text.replaceAll(new RegExp(`\\b${PREFIXES[layout]}/`, 'g'), `${scope}/`);
      return [file.slice(folder.length + 1), { text: named, mode: (await stat(file)).mode }];
    }),
  );
  return Object.fromEntries(read);
}
