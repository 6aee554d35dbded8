import type { DockerfileReading } from '../dockerfile/read.ts';
import type { ImageGraph } from '../graph/graph.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { resolvedHomes } from '../model/homes.ts';
import type { Build, Image, Manifest } from '../model/manifest.ts';
import { referenceOf } from '../model/naming.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { readBuildFiles, readDockerfileOf } from './build-files.ts';
import type { Conditions } from './conditions.ts';
import { copiedOf, NOTHING_COPIED } from './copied.ts';
import { ownedNames } from './parent-names.ts';
import { type Resolved, type ResolvedInputs, readBuild, resolveBuild } from './resolve-build.ts';
import type { SeenDockerfile } from './seen-dockerfile.ts';
import { type ListFiles, sharedListing } from './shared-files.ts';

export interface Resolution {
  /** By key, parents first; without those that have errors. */
  readonly images: ReadonlyMap<string, ResolvedImage>;
  /** What the Dockerfiles of those say that are built here. */
  readonly dockerfiles: ReadonlyMap<string, DockerfileReading>;
  readonly diagnostics: readonly Diagnostic[];
}

/** The hashes and references of the given images and all their ancestors. Reads files, and asks no registry. */
export async function resolveImages(
  manifest: Manifest,
  graph: ImageGraph,
  keys: Iterable<string>,
  conditions: Conditions,
): Promise<Resolution> {
  const wanted = graph.withAncestors(keys).flatMap((key) => manifest.images.get(key) ?? []);
  const images = new Map<string, ResolvedImage>();
  const dockerfiles = new Map<string, DockerfileReading>();
  const before = { images, dockerfiles, owned: ownedNames(manifest.images.values()) };
  const list = sharedListing(conditions.hashes);
  const diagnostics: Diagnostic[] = [];
  for (const image of wanted) {
    const resolved = await resolveImage(image, { before, list }, conditions);
    diagnostics.push(...resolved.diagnostics);
    if (resolved.image === null) continue;
    images.set(image.key, resolved.image);
    if (resolved.dockerfile !== null) dockerfiles.set(image.key, resolved.dockerfile);
  }
  conditions.hashes?.save();
  diagnostics.push(...sameReferences([...images.values()]));
  return { images, dockerfiles, diagnostics };
}

async function resolveImage(
  image: Image,
  { before, list }: { readonly before: Resolved; readonly list: ListFiles },
  conditions: Conditions,
): Promise<Pick<ResolvedInputs, 'dockerfile' | 'diagnostics'> & { image: ResolvedImage | null }> {
  const { build, folder } = image;
  if (build === null) return { image: named(image, null, []), dockerfile: null, diagnostics: [] };
  const { read, diagnostics, written } = dockerfileOf(image, build, conditions);
  // A parent with errors of its own: they are reported, and this image cannot be known.
  const parents = parentsOf(build, before.images);
  const known =
    parents && readBuild({ image, build, read, written, parents, resolved: before, conditions });
  const selections = known === null ? () => NOTHING_COPIED : copiedOf(known);
  const own = await readBuildFiles({
    ...{ image, build, folder, selections, list },
    ...{ own: conditions.own, tracking: conditions.tracking },
  });
  const files = { ...own, diagnostics: [...diagnostics, ...own.diagnostics] };
  if (known === null) return { image: null, dockerfile: null, diagnostics: files.diagnostics };
  const resolved = resolveBuild(known, files, conditions);
  return {
    ...resolved,
    image: resolved.build === null ? null : named(image, resolved.build, known.parents),
  };
}

/** The Dockerfile that was read for its parents, or what it is now. */
function dockerfileOf(image: Image, build: Build, { dockerfiles }: Conditions): SeenDockerfile {
  const seen = dockerfiles?.get(image.key);
  dockerfiles?.delete(image.key);
  return seen ?? { ...readDockerfileOf(image, build, image.folder), written: null };
}

function parentsOf(
  build: Build,
  images: ReadonlyMap<string, ResolvedImage>,
): ResolvedImage[] | null {
  const parents = build.parents.flatMap(({ key }) => images.get(key) ?? []);
  return parents.length === build.parents.length ? parents : null;
}

function named(
  image: Image,
  build: ResolvedImage['build'],
  parents: readonly ResolvedImage[],
): ResolvedImage {
  const hash = build?.hash ?? null;
  return {
    image,
    ref: referenceOf(image, hash),
    homes: resolvedHomes(image, hash),
    hash,
    build,
    isTested: image.tests.length > 0 || parents.some(({ isTested }) => isTested),
  };
}

/** Images whose tags carry a hash may still meet in one reference: where they have the same inputs. */
function sameReferences(images: readonly ResolvedImage[]): Diagnostic[] {
  const first = new Map<string, ResolvedImage>();
  return images.flatMap((resolved): Diagnostic[] => {
    const other = first.get(resolved.ref);
    first.set(resolved.ref, other ?? resolved);
    if (other === undefined || !resolved.image.withHash) return [];
    return [
      {
        severity: 'error',
        code: 'duplicate-reference',
        image: resolved.image.key,
        message: `\`${other.image.key}\` and \`${resolved.image.key}\` have the same reference, ${resolved.ref}`,
        advice: 'give one of them another name or version',
        place: resolved.image.place,
      },
    ];
  });
}
