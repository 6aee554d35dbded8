import { type DockerfileReading, lookupName } from '../dockerfile/read.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Build, Image } from '../model/manifest.ts';
import { dockerfileName } from '../model/naming.ts';
import type { BoundParent, ResolvedImage } from '../model/resolved.ts';

/**
 * The parents of one image as its build is given them: under `name:version`, and under the bare
 * `name` too where only one parent has it, as far as the Dockerfile asks for those names.
 */
export function bindParents(
  parents: readonly ResolvedImage[],
  dockerfile: DockerfileReading,
): BoundParent[] {
  const asked = new Set(dockerfile.uses.map(({ name }) => name));
  return parents.map(({ image, ref, hash }) => ({
    key: image.key,
    name: dockerfileName(image),
    contexts: namesOf(image, parents).filter(
      (name) => asked.has(null) || asked.has(lookupName(name)),
    ),
    ref,
    hash,
  }));
}

function namesOf(image: Image, parents: readonly ResolvedImage[]): string[] {
  const full = dockerfileName(image);
  const sharers = parents.filter((parent) => parent.image.name === image.name);
  return full !== image.name && sharers.length === 1 ? [full, image.name] : [full];
}

/** The parents as they are hashed: a parent by its own hash, one that is not built by its reference. */
export function hashedParents(parents: readonly BoundParent[]): Map<string, string> {
  return new Map(parents.map(({ name, hash, ref }) => [name, hash ?? ref]));
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

/** The images that a build uses and that nobody ensures, as far as their names are known. */
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
