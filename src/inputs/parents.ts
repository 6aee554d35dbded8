import type { DockerfileReading } from '../dockerfile/read.ts';
import { type ImageUse, lookupName } from '../dockerfile/uses.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Build, Image } from '../model/manifest.ts';
import { dockerfileName } from '../model/naming.ts';
import { parseReference } from '../model/reference.ts';
import type { BoundParent, ParentUse, ResolvedImage } from '../model/resolved.ts';
import type { ParentNames } from './parent-names.ts';

/** What a build asks for by name. */
export interface Uses {
  readonly dockerfile: DockerfileReading;
  /** The triggers of the images that its stages begin with, as far as the manifest builds those. */
  readonly triggered: readonly ImageUse[];
  /** True where it is not known how the Dockerfile is read: then it may ask for any name. */
  readonly isForeign: boolean;
}

/**
 * The parents of one image as its build is given them: under each name of theirs by which the Dockerfile
 * asks, or may ask where a variable hides the name.
 */
export function bindParents(
  parents: readonly ResolvedImage[],
  names: ParentNames,
  { dockerfile, triggered, isForeign }: Uses,
): BoundParent[] {
  const uses = [...dockerfile.uses, ...triggered];
  const asked = new Set(uses.map(({ name }) => name));
  return parents.map(({ image, ref, hash }) => {
    const all = names.namesOf(image.key);
    const contexts = isForeign || asked.has(null) ? all : all.filter((name) => asked.has(name));
    return { key: image.key, name: dockerfileName(image), contexts, ref, hash };
  });
}

/** The parents without the names of additional contexts, unless the manifest lists them: then it contradicts itself. */
export function giveWay(
  parents: readonly BoundParent[],
  { parents: keys, additionalContexts }: Build,
): BoundParent[] {
  const found = new Set(keys.flatMap(({ key, foundIn }) => (foundIn === undefined ? [] : key)));
  const own = new Set([...additionalContexts.keys()].map(lookupName));
  return parents.map((parent) =>
    found.has(parent.key)
      ? { ...parent, contexts: parent.contexts.filter((name) => !own.has(lookupName(name))) }
      : parent,
  );
}

/** Which of the uses take a parent. `contexts`: the names of the additional contexts. */
export function parentUsesOf(
  uses: readonly ImageUse[],
  names: ParentNames,
  contexts: Iterable<string>,
): ParentUse[] {
  const own = new Set([...contexts].map(lookupName));
  return uses.flatMap(({ name, instruction, place }) => {
    const key = name === null || own.has(name) ? null : names.parentCalled(name);
    return key === null ? [] : { parent: key, instruction, place };
  });
}

/**
 * The parents as they are hashed: a parent by its own hash, one that is not built by its reference. Where
 * two are versions of one repository, only their `tags` say which one a further tag in the Dockerfile
 * means: so that name is hashed too.
 */
export function hashedParents(parents: readonly BoundParent[]): Map<string, string> {
  const repositories = parents.map(({ name }) => untagged(name));
  const hashed = parents.flatMap((parent): [string, string][] => {
    const { name, contexts, ref, hash } = parent;
    const isShared =
      repositories.indexOf(untagged(name)) !== repositories.lastIndexOf(untagged(name));
    const further = contexts.filter(
      (context) => ![tagIn(name), tagIn(ref)].includes(tagIn(context)),
    );
    const names = [name, ...(isShared ? further : [])];
    return names.map((each) => [each, hash ?? ref]);
  });
  return new Map(hashed);
}

/**
 * Stages that bear the name by which the Dockerfile asks for a parent. BuildKit would put the parent
 * in the place of the whole stage, its instructions left out (measured with buildx 0.13).
 */
export function hiddenParents(
  image: Image,
  parents: readonly BoundParent[],
  dockerfile: DockerfileReading,
): Diagnostic[] {
  return dockerfile.stages.flatMap(({ name, from: { place } }): Diagnostic[] => {
    const hidden = parents.find(({ contexts }) =>
      contexts.some((context) => lookupName(context) === name?.toLowerCase()),
    );
    if (name === null || hidden === undefined) return [];
    return [
      {
        severity: 'error',
        code: 'stage-hides-parent',
        image: image.key,
        message: `the stage \`${name}\` has the name of the parent \`${hidden.key}\`: the build would take the parent for the stage`,
        advice: `give the stage another name than \`${name}\``,
        place,
      },
    ];
  });
}

/** Additional contexts that bear the name of a parent: a build can have one of the two only. */
export function contextsForParents(
  image: Image,
  build: Build,
  parents: readonly BoundParent[],
): Diagnostic[] {
  return [...build.additionalContexts.keys()].flatMap((name): Diagnostic[] => {
    const parent = parents.find(({ contexts }) =>
      contexts.some((context) => lookupName(context) === lookupName(name)),
    );
    if (parent === undefined) return [];
    return [
      {
        severity: 'error',
        code: 'context-hides-parent',
        image: image.key,
        message: `the additional context \`${name}\` has the name of the parent \`${parent.key}\``,
        advice: `give the context another name than \`${name}\``,
        place: build.places.get(`additional_contexts.${name}`) ?? image.place,
      },
    ];
  });
}

/** The images that a build uses and that no run ensures, as far as their names are known. */
export function baseImagesOf(
  dockerfile: DockerfileReading,
  parents: readonly BoundParent[],
  contexts: Iterable<string>,
): string[] {
  const ensured = parents.flatMap(({ contexts, ref }) => [...contexts, ref]);
  const own = new Set([...ensured, ...contexts].map(lookupName));
  const names = dockerfile.uses.flatMap(({ name }) => (name === null || own.has(name) ? [] : name));
  return [...new Set(names)];
}

function untagged(name: string): string {
  const reference = parseReference(name);
  return reference === null ? name : `${reference.server}/${reference.repository}`;
}

function tagIn(name: string): string | null {
  return parseReference(name)?.tag ?? null;
}
