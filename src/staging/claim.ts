import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../files/canonical.ts';
import { makeFolder } from '../machine/make-folder.ts';
import { holderName, isAlive } from '../machine/process-identity.ts';

/** A folder that nobody else uses until it is released. */
export interface Claim {
  readonly folder: string;
  /** A name of the image among the folders. */
  readonly id: string;
  /** Ends the claim. What is in the folder stays for the next one, where `keep` says how many bytes. */
  release(keep: number | null): Promise<void>;
}

/** What is kept of staging folders: those used last, not too much, and not for ever. */
const KEPT = { days: 14, bytes: 10 * 1024 ** 3 };

const DAY = 24 * 60 * 60 * 1000;

/**
 * Claims the staging folder of an image: the same path every time, with what was left in it; or a fresh
 * one where another run has claimed that. Throws what the system says.
 *
 * A claim is a file named after the process that holds it. A run has the folder when, after creating its own
 * claim, it sees no claim of another live process. Of two runs that come at the same moment both may see the
 * other's claim and take fresh folders; they never both take the stable one.
 */
export async function claimStaging(root: string, imageId: string): Promise<Claim> {
  makeFolder(root);
  const holder = await holderName();
  const id = sha256(imageId).slice(0, ID_LENGTH);
  return (await claimStable(root, id, holder)) ?? claimFresh(root, id, holder);
}

/** Removes what runs that are gone have left in `root`. What cannot be removed stays: it is in nobody's way. */
export async function sweepStaging(root: string): Promise<void> {
  await sweep(root, await holderName()).catch(() => undefined);
}

/** Removes folders that are too old, or too much; not those that another run has claimed. */
export async function boundStaging(root: string, kept = KEPT): Promise<void> {
  await removeOldest(root, await holderName(), kept).catch(() => undefined);
}

const ID_LENGTH = 16;
const CLAIM = 'claim';
/** Holds the bytes of a folder, and by its own time says when that was used. */
const SIZE = 'size';

async function claimStable(root: string, id: string, holder: string): Promise<Claim | null> {
  const claim = join(root, `${id}.${holder}.${CLAIM}`);
  if (!(await create(claim))) return null;
  const rivals = (await listOwned(root)).filter(
    (other) => other.id === id && other.isClaim && other.holder !== holder,
  );
  const living = await Promise.all(rivals.map((rival) => isAlive(rival.holder, rival.path)));
  if (living.includes(true)) {
    await rm(claim, { force: true });
    return null;
  }
  const folder = join(root, id);
  makeFolder(folder);
  return {
    folder,
    id,
    async release(keep) {
      try {
        if (keep === null) await remove(folder);
        else await writeFile(join(folder, SIZE), String(keep), { mode: 0o600 });
      } finally {
        await rm(claim, { force: true });
      }
    },
  };
}

async function claimFresh(root: string, id: string, holder: string): Promise<Claim> {
  const folder = await mkdtemp(join(root, `${id}.${holder}.`));
  return { folder, id, release: () => remove(folder) };
}

/** Ends the claims of holders that are gone, and removes the fresh folders that they have left. */
async function sweep(root: string, holder: string): Promise<void> {
  for (const left of await listOwned(root)) {
    if (left.holder === holder || (await isAlive(left.holder, left.path))) continue;
    await remove(left.path);
  }
}

/** Removes kept folders that nobody has claimed: what is too old, then what is too much. */
async function removeOldest(root: string, holder: string, kept: typeof KEPT): Promise<void> {
  const ids = (await readdir(root)).filter((name) => IS_ID.test(name));
  const folders = await Promise.all(ids.map((id) => useOf(root, id)));
  let bytes = 0;
  for (const folder of folders.sort((one, other) => other.usedMs - one.usedMs)) {
    bytes += folder.bytes;
    if (bytes <= kept.bytes && Date.now() - folder.usedMs < kept.days * DAY) continue;
    bytes -= folder.bytes;
    await (await claimStable(root, folder.id, holder))?.release(null);
  }
}

const IS_ID = /^[0-9a-f]{16}$/;

async function useOf(root: string, id: string) {
  const file = join(root, id, SIZE);
  // One without it was never finished: what is in it is soon used, or old.
  const stats = await stat(file).catch(() => stat(join(root, id)).catch(() => null));
  const bytes = Number(await readFile(file, 'utf8').catch(() => '0')) || 0;
  return { id, bytes, usedMs: stats?.mtimeMs ?? 0 };
}

/** A claim, or a fresh folder. */
interface Owned {
  readonly path: string;
  readonly id: string;
  readonly holder: string;
  readonly isClaim: boolean;
}

async function listOwned(root: string): Promise<Owned[]> {
  const names = await readdir(root);
  return names.flatMap((name): Owned[] => {
    const [id, holder, last] = name.split('.');
    if (id === undefined || holder === undefined || last === undefined) return [];
    return [{ path: join(root, name), id, holder, isClaim: last === CLAIM }];
  });
}

/** False where it is there already: this process has the claim. */
async function create(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
