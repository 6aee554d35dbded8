import { createHash } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A tree to be made, by path. Folders on the way to an entry need no entry of their own. */
export type Tree = ReadonlyMap<string, TreeEntry>;

export type TreeEntry =
  | { readonly kind: 'file'; readonly bytes: string; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder' };

/** Makes the tree in a folder, which is made too. */
export async function plant(folder: string, tree: Tree): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [path, entry] of tree) {
    const place = join(folder, path);
    await mkdir(dirname(place), { recursive: true });
    if (entry.kind === 'folder') await mkdir(place, { recursive: true });
    else if (entry.kind === 'link') await symlink(entry.target, place);
    else {
      await writeFile(place, entry.bytes);
      await chmod(place, entry.mode);
    }
  }
}

/** A file or link as it lies on the disk. */
export interface Found {
  /** As the file list has it: `f <sha256>`, `x <sha256>` or `l <target>`. */
  readonly entry: string;
  readonly mode: number;
}

/** All files and links beneath a folder, by path; read with nothing of the product's. */
export async function readTree(folder: string, path = ''): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  for (const name of await readdir(join(folder, path))) {
    const child = path === '' ? name : `${path}/${name}`;
    const place = join(folder, child);
    const stat = await lstat(place);
    const mode = stat.mode & 0o7777;
    if (stat.isDirectory()) {
      for (const [deeper, entry] of await readTree(folder, child)) found.set(deeper, entry);
    } else if (stat.isSymbolicLink()) {
      found.set(child, { entry: `l ${await readlink(place)}`, mode });
    } else {
      const digest = createHash('sha256')
        .update(await readFile(place))
        .digest('hex');
      found.set(child, { entry: `${mode & 0o100 ? 'x' : 'f'} ${digest}`, mode });
    }
  }
  return found;
}

/** The SHA-256 of no bytes. */
export const emptyFile = createHash('sha256').digest('hex');
