import { movingReferencesOf } from '../model/naming.ts';
import type { ImageResult } from '../model/plan.ts';
import type { ResolvedHome, ResolvedImage } from '../model/resolved.ts';
import { homesToPush, pushableHomes } from '../plan/run-policy.ts';
import { allEnded } from './all-ended.ts';
import { askRegistry } from './ask.ts';
import { owesTags, tagNote } from './owed-tags.ts';
import type { RunRequest } from './run-state.ts';
import type { RunServices } from './step-runner.ts';

/** A further tag that is this run's to move, as far as it does not name its image yet. */
export interface Move {
  readonly resolved: ResolvedImage;
  /** The name of its note: see owed-tags.ts. */
  readonly note: string;
  /** The tag as this machine names it; null where the image is not here, or the tag is right. */
  readonly local: string | null;
  /** The tag in each registry that it may be pushed to now, where it is not right. */
  readonly remotes: readonly RemoteTag[];
  /** The image is here; else in the registry only. */
  readonly isHere: boolean;
  /** What the image here was built from; null where that is not known. */
  readonly hash: string | null;
  /** A registry's tag is left to a later run, which may push. */
  readonly isOpen: boolean;
}

/** A further tag in a registry. */
export interface RemoteTag {
  readonly home: ResolvedHome;
  /** As the registry names it. */
  readonly ref: string;
}

interface TaggedImage {
  readonly resolved: ResolvedImage;
  readonly result: ImageResult;
}

/** The tags that a run would move, or is to move once every image of it has succeeded. */
export async function movesOf(
  results: readonly ImageResult[],
  request: RunRequest,
  services: RunServices,
): Promise<Move[]> {
  if (!request.policy.test) return [];
  const tagged: TaggedImage[] = [];
  for (const result of results) {
    const resolved = request.images.get(result.image);
    if (resolved === undefined || resolved.image.tags.length === 0) continue;
    if (await isDue(resolved, result, request, services)) tagged.push({ result, resolved });
  }
  if (tagged.length === 0) return [];
  // What was built just now has no right tags yet.
  const unsure = tagged.filter(({ result }) => result.action !== 'build');
  const refs = unsure.flatMap(({ resolved }) => [
    resolved.ref,
    ...movingReferencesOf(resolved.image).map(({ ref }) => ref),
  ]);
  const here = refs.length === 0 ? new Map() : await services.docker.findLocal(refs);
  const moves = tagged.map(({ result, resolved }) =>
    movesOfImage({ resolved, result, here }, request, services),
  );
  return (await allEnded(moves)).flat();
}

/** Whether the tags of an image are this run's to move. */
async function isDue(
  { image }: ResolvedImage,
  result: ImageResult,
  { policy, local }: RunRequest,
  { pendingPushes }: RunServices,
): Promise<boolean> {
  if (policy.tagAll || isPublished(result)) return true;
  const builtFrom = local.get(image.key)?.builtFrom ?? null;
  return (
    result.action === 'none' && builtFrom !== null && owesTags(pendingPushes, image, builtFrom)
  );
}

function isPublished({ action, push }: ImageResult): boolean {
  return action === 'build' || push;
}

async function movesOfImage(
  { resolved, result, here }: TaggedImage & { readonly here: ReadonlyMap<string, string> },
  { policy, local }: RunRequest,
  services: RunServices,
): Promise<Move[]> {
  const isBuilt = result.action === 'build';
  const id = isBuilt ? null : (here.get(resolved.ref) ?? null);
  const isHere = isBuilt || id !== null;
  const hash = isBuilt ? resolved.hash : (local.get(resolved.image.key)?.builtFrom ?? null);
  // Built, but its push failed, which was let pass: the registry has nothing to name.
  const isOwedTo = async ({ ref }: ResolvedHome) =>
    isHere && hash !== null && services.pendingPushes.owes(ref, hash);
  const targets: ResolvedHome[] = [];
  for (const home of homesToPush(resolved, policy))
    if (isBroughtTo(result, home) || !(await isOwedTo(home))) targets.push(home);
  const tags = movingReferencesOf(resolved.image);
  const remotes = await allEnded(
    targets.map(async (home) => {
      const at = resolved.homes.indexOf(home);
      const named = tags.map(({ ref, registryRefs }) => registryRefs[at] ?? ref);
      const right = isPublished(result) ? [] : await rightAmong(named, home, services);
      return named.map((ref) => (right.includes(ref) ? null : { home, ref }));
    }),
  );
  // In a plan what is not here yet will be.
  const isNamed = isHere || result.action !== 'none';
  const isOpen = targets.length < pushableHomes(resolved).length;
  return tags.map(({ ref }, index) => ({
    resolved,
    note: tagNote(ref),
    local: !isNamed || (id !== null && here.get(ref) === id) ? null : ref,
    remotes: remotes.flatMap((each) => each[index] ?? []),
    isHere,
    hash,
    isOpen,
  }));
}

function isBroughtTo({ registries }: ImageResult, { ref }: ResolvedHome): boolean {
  return registries.some((each) => each.ref === ref && ['push', 'copy'].includes(each.action));
}

/** Those of the tags in a registry that name the image that it has. */
async function rightAmong(
  tags: readonly string[],
  { ref, registry }: ResolvedHome,
  services: RunServices,
): Promise<readonly string[]> {
  const ask = (name: string) =>
    services.registries.withRequest(registry, async () => {
      const login = await services.logins.ensure(registry);
      if (!login.ok) return null;
      const timeoutMs = services.registries.timeoutMs(registry);
      return askRegistry(services, registry, { ref: name, timeoutMs });
    });
  const own = await ask(ref);
  if (own?.is !== 'present') return [];
  const answers = await allEnded(tags.map(async (tag) => ({ tag, answer: await ask(tag) })));
  return answers.flatMap(({ tag, answer }) => {
    if (answer?.is !== 'present') return [];
    // An old buildx gives the same image another digest where it names it a second time.
    const isSame = own.digest === answer.digest || (own.hash !== null && own.hash === answer.hash);
    return isSame ? tag : [];
  });
}
