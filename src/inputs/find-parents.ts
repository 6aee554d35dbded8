import { isForeign } from '../dockerfile/frontend.ts';
import { stageCalled } from '../dockerfile/stages.ts';
import { takenStages } from '../dockerfile/taken-stages.ts';
import { lookupName } from '../dockerfile/uses.ts';
import { yielder } from '../files/yielder.ts';
import { buildGraph } from '../graph/build-graph.ts';
import type { ImageGraph } from '../graph/graph.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Build, Image, Manifest, ParentKey } from '../model/manifest.ts';
import { referenceOf } from '../model/naming.ts';
import { resolveText, type Text } from '../model/text.ts';
import { readDockerfileOf } from './build-files.ts';
import { reachedUses } from './build-names.ts';
import type { Conditions } from './conditions.ts';
import { NamedImages } from './named-images.ts';
import type { WrittenBuild } from './seen-dockerfile.ts';
import { parentTriggers, usesByTriggers } from './triggers.ts';
import { readWritten } from './written-build.ts';

/** A manifest whose images have all of their parents. */
export interface CompleteManifest {
  readonly manifest: Manifest;
  /** Null where the parents make no graph. */
  readonly graph: ImageGraph | null;
  /** What is wrong or doubtful with how the images belong together. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads the Dockerfiles of a manifest without errors, and adds to the parents of each image those that its
 * Dockerfile names. A Dockerfile that cannot be read names none: who resolves the image says so. `wanted`: only these
 * images and all that they are built on must have their parents; the others have those that the manifest lists.
 */
export async function completeManifest(
  manifest: Manifest,
  conditions: Conditions,
  wanted: Iterable<string> = manifest.images.keys(),
): Promise<CompleteManifest> {
  const written = readOnce(manifest, conditions);
  const named = new NamedImages(manifest.images.values());
  const images = new Map(manifest.images);
  const yieldNow = yielder();
  const reached = new Set(wanted);
  // A set that grows while it is walked is walked to its new end.
  for (const key of reached) {
    const image = images.get(key);
    if (image === undefined || image.build === null) continue;
    const own = written(key);
    if (own !== null && !isForeign(own.dockerfile.syntax)) {
      const parents = parentsOf(image, image.build, own, { written, named });
      images.set(key, { ...image, build: { ...image.build, parents } });
    }
    for (const parent of images.get(key)?.build?.parents ?? []) reached.add(parent.key);
    await yieldNow();
  }
  return { manifest: { ...manifest, images }, ...buildGraph(images) };
}

/** What the Dockerfile of an image says; null where there is none. */
type Written = (key: string) => WrittenBuild | null;

function readOnce({ images }: Manifest, conditions: Conditions): Written {
  const known = new Map<string, WrittenBuild | null>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const image = images.get(key);
    const own = image?.build ? readOne(image, image.build, images, conditions) : null;
    known.set(key, own);
    return own;
  };
}

function readOne(
  image: Image,
  build: Build,
  images: ReadonlyMap<string, Image>,
  conditions: Conditions,
): WrittenBuild | null {
  let isFinal = true;
  const standIn = (text: Text) =>
    resolveText(text, (key) => {
      isFinal = false;
      return standInFor(images.get(key));
    });
  const of = readDockerfileOf(image, build, image.folder);
  const written = readWritten(image, build, of.read, standIn, conditions);
  conditions.dockerfiles?.set(image.key, { ...of, written: isFinal ? written : null });
  return written;
}

/** A reference before its hash is known. No image is named by its hash. */
function standInFor(image: Image | undefined): string {
  return image === undefined ? '' : referenceOf(image, '0'.repeat(64));
}

interface Manifested {
  readonly written: Written;
  readonly named: NamedImages;
}

/** The parents of an image: those that are listed, then those that its Dockerfile names in addition. */
function parentsOf(
  self: Image,
  build: Build,
  { dockerfile, options: { target } }: WrittenBuild,
  { written, named }: Manifested,
): ParentKey[] {
  const listed = new Set(build.parents.map(({ key }) => key));
  const contexts = [...build.additionalContexts.keys()];
  const own = new Set(contexts.map(lookupName));
  const stageNames = new Set(dockerfile.stages.map(({ name }) => name?.toLowerCase()));
  const meantBy = (name: string) =>
    own.has(name) ? [] : named.meantBy(name, { self, listed, isStage: stageNames.has(name) });
  const triggers = parentTriggers(dockerfile, {
    keyOf: (name) => meantBy(name)[0]?.key ?? null,
    builtFrom(key) {
      const parent = written(key);
      return parent === null
        ? null
        : { dockerfile: parent.dockerfile, target: parent.options.target };
    },
  });
  const triggered = usesByTriggers(triggers, dockerfile);
  const stages = takenStages(dockerfile.stages, target, contexts);
  const parents = new Map(build.parents.map((parent) => [parent.key, parent]));
  for (const use of reachedUses({ dockerfile, triggered, isForeign: false }, stages)) {
    const { name, instruction, place } = use;
    if (name === null) continue;
    // Docker finds a later stage too, only to refuse it.
    if (instruction !== 'FROM' && stageCalled(dockerfile.stages, name) !== undefined) continue;
    for (const { key } of meantBy(name)) {
      if (!parents.has(key)) parents.set(key, { key, place, foundIn: instruction });
    }
  }
  return [...parents.values()];
}
