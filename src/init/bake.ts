import type { Candidate, FoundProject, Note, Taken } from './draft.ts';
import { linksAmong } from './links.ts';
import { takeOptions } from './options.ts';
import { folderOf, joinPaths, relativePath } from './paths.ts';
import { takeBakeSecrets } from './secrets.ts';
import { isAddress, isRecord, literal, nameOf, scalarText } from './values.ts';

/** The images that the targets of a bake file build, as `docker buildx bake --print` has them. */
export function candidatesOfBake({ path, content }: FoundProject['bakeFiles'][number]): Taken {
  const notes: Note[] = [];
  const targets = isRecord(content) && isRecord(content.target) ? content.target : {};
  const candidates = Object.entries(targets).flatMap(([target, given]) => {
    const where = `target ${target} of ${path}`;
    const note = (text: string) => notes.push({ where, text });
    return isRecord(given) ? candidateOf(given, { target, path, where }, note) : [];
  });
  return { candidates, notes };
}

function candidateOf(
  given: Readonly<Record<string, unknown>>,
  {
    target,
    path,
    where,
  }: { readonly target: string; readonly path: string; readonly where: string },
  note: (text: string) => void,
): Candidate | [] {
  const context = scalarText(given.context ?? '.');
  if (context === null || isAddress(context) || /^[/~]/.test(context)) {
    note(`its build context is no folder of this project: ${context}`);
    return [];
  }
  const { links, others } = linksAmong(isRecord(given.contexts) ? given.contexts : {}, 'target:');
  const secrets = takeBakeSecrets(given.secret);
  const plain = { ...given, contexts: others, ...(secrets === null ? {} : { secret: null }) };
  const { options, left } = takeOptions(plain, literal);
  for (const what of left) note(what);
  const inline = given['dockerfile-inline'];
  const text = typeof inline === 'string' ? literal(inline) : null;
  const directory = joinPaths(folderOf(path), context);
  const file = scalarText(given.dockerfile) ?? 'Dockerfile';
  const dockerfile = relativePath(directory, joinPaths(directory, file));
  const [tag] = Array.isArray(given.tags) ? given.tags : [];
  return {
    base: target,
    place: folderOf(path),
    origins: [where],
    directory,
    dockerfile: text !== null || dockerfile === 'Dockerfile' ? null : dockerfile,
    options: {
      ...(text === null ? {} : { dockerfile_inline: text }),
      ...options,
      ...(secrets === null || secrets.length === 0 ? {} : { secrets }),
    },
    name: typeof tag === 'string' ? nameOf(tag) : null,
    links,
  };
}
