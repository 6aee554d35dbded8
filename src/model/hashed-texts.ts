import type { ResolvedBuild } from './resolved.ts';

/**
 * The texts of which the inputs document of a build has only the hashes, and the document itself: Dockerfile and file
 * lists, by SHA-256.
 */
export function hashedTexts(build: ResolvedBuild): ReadonlyMap<string, string> {
  const { dockerfile } = JSON.parse(build.inputs) as { readonly dockerfile: string };
  const folders = [...build.additionalContexts.values()].flatMap((context) =>
    context.kind === 'folder' ? context.files : [],
  );
  return new Map([
    [build.hash, build.inputs],
    [dockerfile, new TextDecoder().decode(build.dockerfile.bytes)],
    ...[build.files, ...folders].map(({ list }): [string, string] => [list.hash, list.document]),
  ]);
}
