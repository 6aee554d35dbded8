import { mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { holderName, isAlive } from '../machine/holder.ts';
import { sha256 } from './canonical.ts';

/** A folder that nobody else uses until it is released. */
export interface Claim {
  readonly folder: string;
  /** Removes the folder and what is in it. */
  release(): Promise<void>;
}

/**
 * Claims the staging folder of an image: the same path every time, so that BuildKit recognises what
 * it was sent before; or a fresh one where another run has claimed that. Removes what runs that are
 * gone have left in `root`. Throws what the system says.
 *
 * A claim is a file named after its holder. Whoever sees no other living claim after making his own
 * has the folder; of two who come at the same moment both may see the other and go elsewhere, but
 * never do both stay.
 */
export async function claimStaging(root: string, imageId: string): Promise<Claim> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const holder = await holderName();
  // What cannot be removed is in nobody's way.
  await sweep(root, holder).catch(() => {});
  const id = sha256(imageId).slice(0, ID_LENGTH);
  return (await claimStable(root, id, holder)) ?? claimFresh(root, id, holder);
}

const ID_LENGTH = 16;
const CLAIM = 'claim';

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
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return {
    folder,
    async release() {
      await remove(folder);
      await rm(claim, { force: true });
    },
  };
}

async function claimFresh(root: string, id: string, holder: string): Promise<Claim> {
  const folder = await mkdtemp(join(root, `${id}.${holder}.`));
  return { folder, release: () => remove(folder) };
}

/** Removes what holders that are gone have left. */
async function sweep(root: string, holder: string): Promise<void> {
  for (const left of await listOwned(root)) {
    if (left.holder === holder || (await isAlive(left.holder, left.path))) continue;
    // The folder may be touched only by who has claimed it.
    if (left.isClaim) await (await claimStable(root, left.id, holder))?.release();
    await remove(left.path);
  }
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
