import type { Failure } from '../model/failure.ts';
import { adviceFor, unboundMessage } from '../model/meaning.ts';
import type { RegistryAnswer } from '../model/plan.ts';
import type { BoundParent, ResolvedBuild, ResolvedHome, ResolvedImage } from '../model/resolved.ts';
import { registryFailure, wrongPlatform } from '../plan/failures.ts';
import { homesToPull } from '../plan/run-policy.ts';
import type { ImageTask } from './image-task.ts';
import { CALLED_OFF } from './step-runner.ts';
import { nameLocally, pullImage } from './steps.ts';

/**
 * An image whose build gets the right parents: those that are not built here for the platform that it asks
 * them for, and all under the names that ONBUILDs use which only docker knows. A failure where one cannot
 * be had. Asks docker about images without a `build` only.
 */
export async function fitParents(
  task: ImageTask,
): Promise<ResolvedImage | Failure | typeof CALLED_OFF> {
  const { resolved } = task;
  const { build } = resolved;
  if (build === null) return resolved;
  const parents: BoundParent[] = [];
  for (const parent of build.parents) {
    const fit = await forPlatform(task, build, parent);
    if (fit === CALLED_OFF || 'code' in fit) return fit;
    parents.push(fit);
  }
  const bound = await withTriggers(task, build, parents);
  return 'code' in bound ? bound : { ...resolved, build: bound };
}

/**
 * The platform that an image without a `build` is pulled for: that of the children, where they agree. An
 * image with a hash is one for its own: the registry may hold others under that name.
 */
export function pulledPlatform(
  { image, build }: ResolvedImage,
  all: Iterable<ResolvedImage>,
): string | null {
  if (build !== null) return image.withHash ? build.platforms.join(',') : null;
  const asked = [...all].flatMap((child) => child.build?.names.platforms.get(image.key) ?? []);
  const [platform = null, ...others] = new Set(asked);
  return others.length === 0 ? platform : null;
}

async function forPlatform(
  task: ImageTask,
  build: ResolvedBuild,
  parent: BoundParent,
): Promise<BoundParent | Failure | typeof CALLED_OFF> {
  const { services, policy } = task;
  const resolved = task.parents.find(({ image }) => image.key === parent.key);
  const asked = build.names.platforms.get(parent.key) ?? [];
  if (resolved === undefined || resolved.build !== null || asked.length === 0) return parent;
  const here =
    (await services.slot(() => services.docker.inspect(parent.ref, null)))?.platform ?? null;
  const others = asked.filter((platform) => here !== null && platform !== here);
  if (here === null || others.length === 0) return parent;
  const severalHere = await services.slot(() => services.docker.keepsPlatforms());
  const lacking = severalHere ? await absent(task, parent.ref, others) : others;
  if (lacking.length === 0) return parent;
  const homes = homesToPull(resolved, policy);
  const [home] = homes;
  if (home === undefined) return wrongPlatform(resolved, task.resolved, { here, lacking }, policy);
  if (severalHere) return pullFor(task, resolved, parent, { homes, here, lacking });
  // The one tag is left to the platform that is here: BuildKit fetches the other one by itself.
  const login = await services.logins.ensure(home.registry);
  return login.ok ? { ...parent, ref: home.ref } : registryFailure(home.ref, login);
}

/** The platforms that a reference is not known to be here for. */
async function absent(
  { services }: ImageTask,
  ref: string,
  platforms: readonly string[],
): Promise<string[]> {
  const found = await Promise.all(
    platforms.map((platform) => services.slot(() => services.docker.inspect(ref, platform))),
  );
  return platforms.filter((_, index) => found[index] === null);
}

/** Pulls an image for further platforms beside the one that is here, each from the first registry that has it. */
async function pullFor(
  { services, control, policy, resolved: child }: ImageTask,
  image: ResolvedImage,
  parent: BoundParent,
  {
    homes,
    here,
    lacking,
  }: { homes: readonly ResolvedHome[]; here: string; lacking: readonly string[] },
): Promise<BoundParent | Failure | typeof CALLED_OFF> {
  for (const platform of lacking) {
    let unclear: Failure | null = null;
    let source: ResolvedHome | null = null;
    for (const home of homes) {
      const isLast = home === homes.at(-1);
      const isFatal = ({ is }: RegistryAnswer) => isLast && is !== 'present';
      const question = { resolved: image, home, platform, control, isFatal };
      const answer = await pullImage(services, question);
      if (answer === CALLED_OFF) return CALLED_OFF;
      if (answer.is === 'unknown')
        unclear ??= registryFailure(`${home.ref} for ${platform}`, answer);
      if (answer.is !== 'present') continue;
      source = home;
      break;
    }
    if (source === null) return unclear ?? wrongPlatform(image, child, { here, lacking }, policy);
    const { ref } = source;
    const problem = await services.slot(() => nameLocally(services, ref, parent.ref));
    if (problem !== null) return problem;
  }
  return parent;
}

/**
 * A build whose parents have the names by which ONBUILDs of images ask for them that are not built here. Of
 * an image that is not on this machine nobody has seen the ONBUILDs: then they may ask for any name of the
 * manifest's. A build looks up those only that it asks for.
 */
async function withTriggers(
  { resolved, onBuildOf }: ImageTask,
  build: ResolvedBuild,
  parents: readonly BoundParent[],
): Promise<ResolvedBuild | Failure> {
  const { names } = build;
  const bound = new Map(parents.map((parent) => [parent.key, parent]));
  let isUnseen = false;
  for (const { name: base, parent, askedBy } of names.bases) {
    const ref = parent === null ? base : (bound.get(parent)?.ref ?? base);
    const onBuild = await onBuildOf(ref);
    isUnseen ||= onBuild === null;
    for (const { instruction, name } of askedBy(onBuild ?? [])) {
      if (name === null) continue;
      const meaning = names.meaningOf(name);
      const advice = adviceFor(name, meaning);
      if (advice !== null) {
        const about = { instruction, name, of: resolved.image.key };
        const message = `${unboundMessage(about, meaning)}; it is ${ref} that says so`;
        return { code: 'unbound-name', message, advice };
      }
      const meant = meaning.is === 'parent' ? bound.get(meaning.key) : undefined;
      if (meant !== undefined) bound.set(meant.key, answeringTo(meant, name));
    }
  }
  const fit = { ...build, parents: [...bound.values()] };
  return isUnseen ? { ...fit, unseen: allNames(fit) } : fit;
}

function answeringTo(parent: BoundParent, name: string): BoundParent {
  return { ...parent, contexts: [...new Set([...parent.contexts, name])] };
}

/** All names of the manifest's that a build is not given as it is. */
function allNames({ names, parents }: ResolvedBuild): NonNullable<ResolvedBuild['unseen']> {
  const parentsByName = parents.flatMap((parent) => {
    const further = names.namesOf(parent.key).filter((name) => !parent.contexts.includes(name));
    return further.map((name) => [name, parent] as const);
  });
  return new Map([...names.others().map((name) => [name, null] as const), ...parentsByName]);
}
