import type { Candidate, FoundProject, Note, Taken } from './draft.ts';
import { extendedService } from './extends.ts';
import { linksAmong } from './links.ts';
import { takeOptions } from './options.ts';
import { folderOf, joinPaths, relativePath } from './paths.ts';
import { takeComposeSecrets } from './secrets.ts';
import { composeText, isAddress, isRecord, nameOf, scalarText } from './values.ts';

/** The images that the services of a compose file build. */
export function candidatesOfCompose(
  { path, content }: FoundProject['composeFiles'][number],
  has: FoundProject['has'],
): Taken {
  const candidates: Candidate[] = [];
  const notes: Note[] = [];
  const services = isRecord(content) && isRecord(content.services) ? content.services : {};
  const declared = isRecord(content) ? content.secrets : null;
  for (const service of Object.keys(services)) {
    const where = `service ${service} of ${path}`;
    const note = (text: string) => notes.push({ where, text });
    const { service: given, problem } = extendedService(service, services);
    if (problem !== null) note(`\`extends\`: ${problem}`);
    if (given.build === undefined || given.build === null) continue;
    const build = isRecord(given.build) ? given.build : { context: given.build };
    const taken = takeComposeSecrets({ given: build.secrets, declared, path, has });
    for (const what of taken.left) note(what);
    const about = { service, path, image: given.image, secrets: taken.secrets };
    const candidate = candidateOf(build, about, note);
    if (candidate !== null) candidates.push(candidate);
  }
  return { candidates, notes };
}

interface Service {
  readonly service: string;
  readonly path: string;
  readonly image: unknown;
  /** In docker's spelling. */
  readonly secrets: readonly string[];
}

function candidateOf(
  build: Readonly<Record<string, unknown>>,
  { service, path, image, secrets }: Service,
  note: (text: string) => void,
): Candidate | null {
  const context = scalarText(build.context ?? '.');
  const dockerfile = scalarText(build.dockerfile ?? 'Dockerfile');
  if (context === null || dockerfile === null || isAddress(context)) {
    note(`its build context is no folder of this project: ${context ?? 'not a text'}`);
    return null;
  }
  if (/\$|^[/~]/.test(`${context}${dockerfile}`) || dockerfile.startsWith('/')) {
    note(`where it is built depends on a variable or on this machine: ${context}, ${dockerfile}`);
    return null;
  }
  const directory = joinPaths(folderOf(path), context);
  const inline = build.dockerfile_inline;
  const text = typeof inline === 'string' ? composeText(inline) : null;
  if (inline !== undefined && text === null) {
    note('its `dockerfile_inline` has variables that cannot be taken over');
    return null;
  }
  const given = build.additional_contexts;
  const { links, others } = linksAmong(isRecord(given) ? given : {}, 'service:');
  const contexts = isRecord(given) ? { additional_contexts: others } : {};
  const { options, left } = takeOptions({ ...build, ...contexts }, composeText);
  for (const what of left) note(what);
  const file = relativePath(directory, joinPaths(directory, dockerfile));
  return {
    base: service,
    place: folderOf(path),
    origins: [`service ${service} of ${path}`],
    directory,
    dockerfile: text !== null || file === 'Dockerfile' ? null : file,
    options: {
      ...(text === null ? {} : { dockerfile_inline: text }),
      ...withFolders(options, path),
      ...(secrets.length === 0 ? {} : { secrets }),
    },
    name: nameOfService(image, note),
    links,
  };
}

function nameOfService(image: unknown, note: (text: string) => void): Candidate['name'] {
  const reference = scalarText(image);
  if (reference === null) return null;
  // A tag often is a variable, and a repository hardly ever.
  const [, repository = reference, tag] = /^([^$]*[^$/]):([^/]*\$.*)$/s.exec(reference) ?? [];
  const version = tag === undefined ? null : composeText(tag.replace(/(?<=:?-)latest(?=\}$)/, ''));
  const found = nameOf(repository);
  const name =
    found === null || tag === undefined ? found : version === null ? null : { ...found, version };
  if (name === null)
    note(`its name was not taken over: \`${reference}\` has variables, or is none`);
  return name;
}

/** Compose has the folders of further contexts from its own file on. */
function withFolders(options: Candidate['options'], path: string): Candidate['options'] {
  const { additional_contexts: contexts } = options;
  if (!isRecord(contexts)) return options;
  const moved = Object.entries(contexts).map(([name, value]) => {
    const isFolder = typeof value === 'string' && !isAddress(value) && !/^[/~$]/.test(value);
    return [name, isFolder ? joinPaths(folderOf(path), value) : value];
  });
  return { ...options, additional_contexts: Object.fromEntries(moved) };
}
