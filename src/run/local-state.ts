import type { Docker } from '../docker/port.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { HASH_LABEL } from '../model/image-labels.ts';
import type { Facts } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { pushableReference } from '../plan/run-policy.ts';
import { testNote } from './owed-tests.ts';
import type { LabelMemory, PendingPushes } from './ports.ts';

/** What it takes to look at what is on this machine. */
export interface LocalStateReader {
  readonly docker: Docker;
  readonly labels: LabelMemory;
  readonly pendingPushes: PendingPushes;
}

/** What is on this machine of an image. */
export interface LocalState {
  /** The ID by its own name, else by its registry's name; null where it is not here. */
  readonly id: string | null;
  /** Only its registry's name is here, as after a `docker pull` by hand. */
  readonly unnamed: boolean;
  readonly builtFrom: string | null;
  readonly owed: boolean;
  readonly untested: boolean;
}

const NOWHERE: LocalState = {
  id: null,
  unnamed: false,
  builtFrom: null,
  owed: false,
  untested: false,
};

/** Looks at images by all names that they may be here by: two docker calls at most, mostly one. */
export async function readLocalStates(
  images: readonly ResolvedImage[],
  reader: LocalStateReader,
): Promise<ReadonlyMap<string, LocalState>> {
  const local = await reader.docker.findLocal(images.flatMap(namesOf));
  const ids = new Map(
    images.map((resolved) => [resolved.image.key, idOf(resolved, local)] as const),
  );
  const built = images.filter(({ build }) => build !== null);
  const labelled = built.flatMap(({ image }) => ids.get(image.key) ?? []);
  const hashes = await hashesOf(labelled, reader);
  const entries = images.map(async (resolved): Promise<[string, LocalState]> => {
    const { key } = resolved.image;
    const id = ids.get(key) ?? null;
    if (id === null) return [key, NOWHERE];
    const unnamed = !local.has(resolved.ref);
    const target = pushableReference(resolved);
    const builtFrom = hashes.get(id) ?? null;
    const mayBeOwed = !unnamed && target !== null;
    const owed = mayBeOwed && (await reader.pendingPushes.owes(target, builtFrom ?? id));
    const untested =
      resolved.isTested &&
      (await reader.pendingPushes.owes(testNote(resolved.ref), builtFrom ?? id));
    return [key, { id, unnamed, builtFrom, owed, untested }];
  });
  return new Map(await Promise.all(entries));
}

/** The same for one image. */
export async function look(resolved: ResolvedImage, reader: LocalStateReader): Promise<LocalState> {
  return (await readLocalStates([resolved], reader)).get(resolved.image.key) ?? NOWHERE;
}

/** The facts of an image that no registry was asked about yet. */
export function factsOf({ id, unnamed, builtFrom, owed, untested }: LocalState): Facts {
  return {
    local: id !== null,
    unnamed,
    builtFrom,
    owed,
    untested,
    meanwhile: false,
    registry: { is: 'unasked' },
    loggedIn: false,
    neededFor: null,
  };
}

/** Every name that an image may be here by. */
function namesOf({ ref, registryRef }: ResolvedImage): string[] {
  return registryRef === null || registryRef === ref ? [ref] : [ref, registryRef];
}

function idOf(
  { ref, registryRef }: ResolvedImage,
  local: ReadonlyMap<string, string>,
): string | null {
  return local.get(ref) ?? (registryRef === null ? null : (local.get(registryRef) ?? null));
}

/**
 * The input hashes that images on this machine say they were built from, by ID; null where one says
 * nothing. Docker is asked only for IDs that were never seen before.
 */
async function hashesOf(
  ids: readonly string[],
  { docker, labels }: LocalStateReader,
): Promise<ReadonlyMap<string, string | null>> {
  const hashes = new Map<string, string | null>();
  const unknown: string[] = [];
  for (const id of new Set(ids)) {
    const known = await labels.recall(id);
    if (known === undefined) unknown.push(id);
    else hashes.set(id, known);
  }
  const asked = unknown.length === 0 ? new Map<string, never>() : await docker.labels(unknown);
  for (const [id, found] of asked) {
    const hash = found[HASH_LABEL] ?? null;
    hashes.set(id, hash);
    await labels.remember(id, hash);
  }
  return hashes;
}

/** An image without a hash in its tag stays as it is; that it is not up to date is worth a warning. */
export function staleWarning({ image, ref }: ResolvedImage): Diagnostic {
  return {
    severity: 'warning',
    code: 'stale-image',
    image: image.key,
    message: `${ref} is here, but it was built from other inputs than today's`,
    advice: `\`docker-ensure up --force ${image.key}\` builds it anew; \`with_hash: true\` keeps it up to date`,
  };
}

/** An image that has a tag with a hash, and does not say what it was built from. */
export function unlabelledWarning({ image }: ResolvedImage, ref: string): Diagnostic {
  return {
    severity: 'warning',
    code: 'unlabelled-image',
    image: image.key,
    message: `${ref} does not say what it was built from, so its tag cannot be checked`,
    advice: `docker-ensure did not build it; \`docker-ensure up --force ${image.key}\` does`,
  };
}
