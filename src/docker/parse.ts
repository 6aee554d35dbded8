import { familiarReference, parseReference } from '../model/reference.ts';

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

/** The labels that `docker image inspect` printed; an image without any prints `null`. */
export function parseLabels(stdout: string): Record<string, string> {
  return (JSON.parse(stdout) as Record<string, string> | null) ?? {};
}

/** What `docker buildx build --metadata-file` wrote, in docker's words. */
interface BuildMetadata {
  readonly 'containerimage.digest'?: string;
}

/** The digest of what a build exported; null where docker did not say. */
export function parseExportedDigest(metadata: string): string | null {
  return (JSON.parse(metadata) as BuildMetadata)['containerimage.digest'] ?? null;
}
