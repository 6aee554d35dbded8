import type { Docker } from '../docker/port.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { namesHere } from '../model/homes.ts';
import { HASH_LABEL } from '../model/image-labels.ts';
import type { Facts } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { pushableHomes } from '../plan/run-policy.ts';
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
  /** The registry's name that it is here by only, as after a `docker pull` by hand; null: it has its own. */
  readonly otherName: string | null;
  readonly builtFrom: string | null;
  /** The references of registries that a push of it is owed to. */
  readonly owedTo: ReadonlySet<string>;
  readonly untested: boolean;
}

const NOWHERE: LocalState = {
  id: null,
  otherName: null,
  builtFrom: null,
  owedTo: new Set(),
  untested: false,
};

/** Looks at images by all names that they may be here by: two docker calls at most, mostly one. */
export async function readLocalStates(
  images: readonly ResolvedImage[],
  reader: LocalStateReader,
): Promise<ReadonlyMap<string, LocalState>> {
  const local = await reader.docker.findLocal(images.flatMap(namesHere));
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
    const name = nameHere(resolved, local) ?? resolved.ref;
    const otherName = name === resolved.ref ? null : name;
    const builtFrom = hashes.get(id) ?? null;
    const owedTo =
      otherName === null ? await owedBy(resolved, builtFrom ?? id, reader) : new Set<string>();
    const untested =
      resolved.isTested &&
      (await reader.pendingPushes.owes(testNote(resolved.ref), builtFrom ?? id));
    return [key, { id, otherName, builtFrom, owedTo, untested }];
  });
  return new Map(await Promise.all(entries));
}

/** The same for one image. */
export async function look(resolved: ResolvedImage, reader: LocalStateReader): Promise<LocalState> {
  return (await readLocalStates([resolved], reader)).get(resolved.image.key) ?? NOWHERE;
}

/** The facts of an image that no registry was asked about yet. */
export function factsOf({ id, otherName, builtFrom, owedTo, untested }: LocalState): Facts {
  return {
    local: id !== null,
    otherName,
    builtFrom,
    owedTo,
    untested,
    meanwhile: false,
    answers: new Map(),
    neededFor: null,
  };
}

/** The first of its names that an image is here by. */
function nameHere(resolved: ResolvedImage, local: ReadonlyMap<string, string>): string | undefined {
  return namesHere(resolved).find((name) => local.has(name));
}

function idOf(resolved: ResolvedImage, local: ReadonlyMap<string, string>): string | null {
  return local.get(nameHere(resolved, local) ?? resolved.ref) ?? null;
}

async function owedBy(
  resolved: ResolvedImage,
  mark: string,
  { pendingPushes }: LocalStateReader,
): Promise<ReadonlySet<string>> {
  const owed = new Set<string>();
  for (const { ref } of pushableHomes(resolved))
    if (await pendingPushes.owes(ref, mark)) owed.add(ref);
  return owed;
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
