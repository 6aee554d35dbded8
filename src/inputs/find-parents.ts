import { isForeign } from '../dockerfile/frontend.ts';
import { stageCalled } from '../dockerfile/stages.ts';
import { takenStages } from '../dockerfile/taken-stages.ts';
import { lookupName } from '../dockerfile/uses.ts';
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
import { parentTriggers, usesByTriggers } from './triggers.ts';
import { readWritten, type WrittenBuild } from './written-build.ts';

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
 * Dockerfile names. A Dockerfile that cannot be read names none: who resolves the image says so.
 */
export async function completeManifest(
  manifest: Manifest,
  conditions: Conditions,
): Promise<CompleteManifest> {
  const written = await readAll(manifest, conditions);
  const named = new NamedImages(manifest.images.values());
  const images = new Map(
    [...manifest.images].map(([key, image]): [string, Image] => {
      const own = written.get(key);
      if (image.build === null || own === undefined || isForeign(own.dockerfile.syntax))
        return [key, image];
      const parents = parentsOf(image, image.build, own, { written, named });
      return [key, { ...image, build: { ...image.build, parents } }];
    }),
  );
  return { manifest: { ...manifest, images }, ...buildGraph(images) };
}

type Written = ReadonlyMap<string, WrittenBuild>;

async function readAll({ images }: Manifest, conditions: Conditions): Promise<Written> {
  const standIn = (text: Text) => resolveText(text, (key) => standInFor(images.get(key)));
  const written = new Map<string, WrittenBuild>();
  for (const image of images.values()) {
    if (image.build === null) continue;
    const { read } = await readDockerfileOf(image, image.build, image.folder);
    const own = readWritten(image, image.build, read, standIn, conditions);
    if (own !== null) written.set(image.key, own);
  }
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
      const parent = written.get(key);
      return parent === undefined
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
