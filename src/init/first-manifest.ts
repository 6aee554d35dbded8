import { candidatesOfBake } from './bake.ts';
import { candidatesOfCompose } from './compose.ts';
import { candidatesOfDockerfiles } from './dockerfiles.ts';
import type { FoundProject, Note } from './draft.ts';
import { withKeys } from './keys.ts';
import { withParents } from './parents.ts';
import { joinPaths } from './paths.ts';
import { manifestText } from './write.ts';

/** A first manifest for a project. */
export interface FirstManifest {
  readonly text: string;
  /** The keys of its images. */
  readonly keys: readonly string[];
  /** What it lacks, and why. */
  readonly notes: readonly Note[];
}

/**
 * Makes a manifest of what was found: bake's targets, then compose's services, then Dockerfiles that neither builds.
 * `leftOut`: why images of an earlier attempt cannot be in it, by their keys.
 */
export function firstManifest(
  project: FoundProject,
  leftOut: ReadonlyMap<string, string> = new Map(),
): FirstManifest {
  const bake = project.bakeFiles.map(candidatesOfBake);
  const compose = project.composeFiles.map((file) => candidatesOfCompose(file, project.has));
  const declared = [...bake, ...compose].flatMap(({ candidates }) => candidates);
  const built = declared.map(({ directory, dockerfile }) =>
    joinPaths(directory, dockerfile ?? 'Dockerfile'),
  );
  const others = candidatesOfDockerfiles(project, new Set(built));
  const keyed = withKeys([...declared, ...others.candidates]);
  const kept = keyed.images.filter(({ key }) => !leftOut.has(key));
  const { drafts, notes: ofParents } = withParents(kept, project);
  const all = [
    ...project.notes,
    ...[...bake, ...compose, others].flatMap(({ notes }) => notes),
    ...keyed.notes,
    ...ofParents,
    ...keyed.images.flatMap(({ key, origins }) => {
      const why = leftOut.get(key);
      return why === undefined ? [] : { where: `${key} (${origins.join(', ')})`, text: why };
    }),
  ];
  const text = manifestText(project.name, drafts, all);
  return { text, keys: drafts.map(({ key }) => key), notes: all };
}
