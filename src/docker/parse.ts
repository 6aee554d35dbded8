import { HASH_LABEL, type Labels } from '../model/image-labels.ts';
import { familiarReference, parseReference } from '../model/reference.ts';
import type { LocalImage, StoredImage } from './port.ts';

/** A line of `docker image ls --format '{{json .}}'`, in docker's words. */
interface ImageLine {
  readonly ID: string;
  readonly Repository: string;
  readonly Tag: string;
}

/** The image IDs that `docker image ls` printed, by familiar reference. */
export function parseImageList(stdout: string): Map<string, string> {
  const images = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    if (line.trim() === '') continue;
    const { ID, Repository, Tag } = JSON.parse(line) as ImageLine;
    if (Repository === '<none>' || Tag === '<none>') continue;
    const reference = parseReference(`${Repository}:${Tag}`);
    if (reference !== null) images.set(familiarReference(reference), ID);
  }
  return images;
}

/** The labels that `docker image inspect` printed, an ID and its labels a line, by image ID. */
export function parseLabels(stdout: string): Map<string, Labels> {
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  return new Map(
    lines.map((line): [string, Labels] => {
      const [id = '', labels = ''] = line.split(/ (.*)/s);
      // An image without any prints `null`.
      return [id, (JSON.parse(labels) as Labels | null) ?? {}];
    }),
  );
}

/** What `docker image inspect` printed of images and their tags, which are given by ID. */
export function parseStoredImages(
  stdout: string,
  refs: ReadonlyMap<string, readonly string[]>,
): StoredImage[] {
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [id = '', ...rest] = line.split(/ (\S+) (\S+) (\d+) (.*)/s);
    const [created = '', named = '', size = '', labels = ''] = rest;
    const times = [created, named].map((time) => Date.parse((JSON.parse(time) ?? '') as string));
    // Docker's zero time is long before any image.
    const latest = Math.max(...times.filter((time) => time > 0));
    return {
      id,
      refs: refs.get(id) ?? [],
      createdMs: Number.isFinite(latest) ? latest : null,
      size: Number(size),
      labels: (JSON.parse(labels) as Labels | null) ?? {},
    };
  });
}

/** What `docker buildx imagetools inspect` printed of an image in a registry, in docker's words. */
interface RemoteImage {
  readonly manifest: { readonly digest: string };
  /** The image's configuration; for an index of several, one for each platform. */
  readonly image: RemoteConfig | Readonly<Record<string, RemoteConfig>> | null;
}

/** https://github.com/opencontainers/image-spec/blob/main/config.md */
interface RemoteConfig {
  readonly config?: { readonly Labels?: Labels | null };
}

/** The digest of an image in a registry, and the input hash in its labels; null where it is neither. */
export function parseProbe(stdout: string): { digest: string; hash: string | null } | null {
  const { manifest } = remoteImage(stdout);
  if (typeof manifest?.digest !== 'string') return null;
  return { digest: manifest.digest, hash: parseRemoteLabels(stdout)[HASH_LABEL] ?? null };
}

/** The labels of an image in a registry, of several platforms the first one's; none where it has none of ours. */
export function parseRemoteLabels(stdout: string): Labels {
  const { image } = remoteImage(stdout);
  const configs = image == null ? [] : [image, ...Object.values(image)];
  const all = configs.map((config) => (config as RemoteConfig | null)?.config?.Labels ?? {});
  return all.find((labels) => HASH_LABEL in labels) ?? {};
}

function remoteImage(stdout: string): Partial<RemoteImage> {
  try {
    return JSON.parse(stdout) as RemoteImage;
  } catch {
    return {};
  }
}

/** What `--metadata-file` has of a build, in docker's words; bake has it by target. */
interface BuildMetadata {
  readonly 'containerimage.digest'?: string;
  readonly 'containerimage.config.digest'?: string;
}

/**
 * The digests of what was exported, by target: the image's or its index's, and its configuration's. One of
 * them is the ID by which the engine knows the image. `only`: the target of a build that has no others.
 */
export function parseExportedDigests(metadata: string, only: string): Map<string, string[]> {
  const document = JSON.parse(metadata) as BuildMetadata & Readonly<Record<string, BuildMetadata>>;
  const targets: [string, BuildMetadata][] =
    'containerimage.digest' in document ? [[only, document]] : Object.entries(document);
  return new Map(
    targets.map(([target, own]) => {
      const digests = [own['containerimage.digest'], own['containerimage.config.digest']];
      return [target, [...new Set(digests)].filter((digest) => digest !== undefined)];
    }),
  );
}

/** What `inspectImageArgv` printed, in docker's words. */
interface InspectedImage {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | null;
  readonly onBuild: readonly string[] | null;
}

/** The platform of an image, null where it does not say, and its ONBUILDs; null: that was no answer. */
export function parseInspectedImage(stdout: string): LocalImage | null {
  try {
    const { os, architecture, variant, onBuild } = JSON.parse(stdout) as InspectedImage;
    // Docker leaves out what goes without saying.
    const normal = architecture === 'arm64' && variant === 'v8' ? null : variant;
    const platform = [os, architecture, ...(normal ? [normal] : [])].join('/');
    return { platform: os && architecture ? platform : null, onBuild: onBuild ?? [] };
  } catch {
    return null;
  }
}
