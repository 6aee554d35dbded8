import { readDockerfile } from '../dockerfile/read.ts';
import { builtStages, targetStage } from '../dockerfile/stages.ts';
import type { Draft, DraftName, FoundProject, Note } from './draft.ts';
import { type Keyed, safe } from './keys.ts';
import { joinPaths } from './paths.ts';
import { isRecord, nameOf } from './values.ts';

/** An image that a Dockerfile uses. */
interface Use {
  readonly by: string;
  readonly name: DraftName;
}

/** Gives images the names by which others use them, and the parents that bake files say. */
export function withParents(
  keyed: readonly Keyed[],
  project: FoundProject,
): { drafts: Draft[]; notes: Note[] } {
  const uses = keyed.flatMap((image) => usesOf(image, project));
  const named = keyed.map((image) => ({ ...image, name: nameAmong(image, uses, project.name) }));
  const notes: Note[] = [];
  const drafts = named.map((image): Draft => {
    const { key, origins, directory, dockerfile, name } = image;
    const note = (text: string) => notes.push({ where: origins.join(', '), text });
    const used = uses.flatMap((use) => (use.by === key ? use.name : []));
    const linked = linksOf(image, named, note);
    noteOtherVersions(used, image, named, note);
    return { key, origins, directory, dockerfile, name, ...linked };
  });
  return { drafts, notes };
}

/** An image that a Dockerfile names is a parent without a list, unless it is named by another version. */
function noteOtherVersions(
  used: readonly DraftName[],
  { key }: Keyed,
  images: readonly Keyed[],
  note: (text: string) => void,
): void {
  for (const { server, repository, version } of used) {
    const owner = images.find((other) => isRepositoryOf(other, { server, repository }));
    const has = owner?.name?.version ?? null;
    if (owner === undefined || owner.key === key || version === null || version === has) continue;
    note(
      `it uses ${repository}:${version}, and ${owner.key} has ${has === null ? 'no version' : `version ${has}`}`,
    );
  }
}

/** What the links of a bake file come to: parents, or contexts where the link is not called like the image. */
function linksOf(
  { key, links, options }: Keyed,
  images: readonly Keyed[],
  note: (text: string) => void,
): Pick<Draft, 'parents' | 'options'> {
  const parents: string[] = [];
  const contexts: Record<string, string> = {};
  for (const [context, target] of links) {
    const parent = images.find((other) => other.base === target && other.key !== key);
    const bound = nameOf(context);
    if (parent === undefined) note(`its context ${context} is no image here`);
    else if (bound?.version === null && isRepositoryOf(parent, bound)) parents.push(parent.key);
    else contexts[context] = `docker-image://\${images.${parent.key}.ref}`;
  }
  if (Object.keys(contexts).length === 0) return { parents, options };
  const { additional_contexts: others } = options;
  const all = { ...(others as Readonly<Record<string, string>> | undefined), ...contexts };
  return { parents, options: { ...options, additional_contexts: all } };
}

/** The images that the stages of a build use. */
function usesOf({ key, directory, dockerfile, options }: Keyed, project: FoundProject): Use[] {
  const path = joinPaths(directory, dockerfile ?? 'Dockerfile');
  const { dockerfile_inline: inline, build_args: given, target } = options;
  const text =
    typeof inline === 'string'
      ? inline.replaceAll('$$', '$')
      : project.dockerfiles.find((found) => found.path === path)?.text;
  if (text === undefined) return [];
  const args = Object.entries(isRecord(given) ? given : {}).flatMap(
    ([name, value]): [string, string][] =>
      typeof value === 'string' && !value.includes('$') ? [[name, value]] : [],
  );
  const { stages, uses } = readDockerfile({ path, text }, new Map(args));
  const last = targetStage(stages, typeof target === 'string' ? target : null);
  const built = last === undefined ? stages : builtStages(stages, last, () => false);
  return uses.flatMap(({ name, stage }) => {
    const used = name === null || !built.includes(stage) ? null : nameOf(name);
    return used === null ? [] : { by: key, name: used };
  });
}

/**
 * The name of an image: the one that was found; else the one by which others use it, where they agree and it can
 * be no other image's; else a name of the project's where its key is the name of the image that it begins with.
 */
function nameAmong(image: Keyed, uses: readonly Use[], project: string): DraftName | null {
  const own = uses.filter(({ by }) => by === image.key);
  const others = uses.filter(({ by }) => by !== image.key).map(({ name }) => name);
  if (image.name !== null) {
    const versions = others
      .filter((name) => isRepositoryOf(image, name))
      .map(({ version }) => version);
    return { ...image.name, version: image.name.version ?? agreed(versions) };
  }
  const last = ({ repository }: DraftName) => repository.slice(repository.lastIndexOf('/') + 1);
  if (own.some(({ name }) => last(name) === image.key)) {
    const name = `${safe(project)}/${image.key}`;
    return { server: null, repository: name, version: null };
  }
  const called = others.filter((name) => last(name) === image.key);
  const places = new Set(called.map(({ server, repository }) => `${server}/${repository}`));
  const [first] = called;
  if (first === undefined || places.size > 1) return null;
  return { ...first, version: agreed(called.map(({ version }) => version)) };
}

/** What all that say something say; null where they differ. */
function agreed(values: readonly (string | null)[]): string | null {
  const known = new Set(values.flatMap((value) => value ?? []));
  const [only = null] = known;
  return known.size === 1 ? only : null;
}

function isRepositoryOf(
  { key, name }: Keyed,
  used: Pick<DraftName, 'server' | 'repository'>,
): boolean {
  const { server, repository } = name ?? { server: null, repository: key };
  return server === used.server && repository === used.repository;
}
