import { readDockerfile } from '../dockerfile/read.ts';
import { takingsOf } from '../dockerfile/takings.ts';
import type { Candidate, FoundProject, Note, Taken } from './draft.ts';
import { fileNameOf, folderOf, joinPaths, relativePath } from './paths.ts';

type Found = FoundProject['dockerfiles'][number];

/** Folders that hold Dockerfiles and name no image. */
const GENERIC = new Set([
  ...['docker', 'dockerfiles', 'build', 'builds', 'images', 'containers', 'container', 'ci'],
  ...['deploy', 'deployment', '.docker', 'src', '.ci', '.github', '.gitlab'],
]);

/** The images of Dockerfiles that no compose file and no bake file builds. */
export function candidatesOfDockerfiles(project: FoundProject, taken: ReadonlySet<string>): Taken {
  const notes: Note[] = [];
  const candidates = project.dockerfiles.flatMap((found): Candidate[] => {
    const { path } = found;
    if (taken.has(path)) return [];
    const context = contextOf(found, project);
    if (context.doubt !== null) notes.push({ where: path, text: context.doubt });
    const dockerfile = relativePath(context.folder, path);
    return [
      {
        base: baseName(path, project.name),
        place: folderOf(path),
        origins: [path],
        directory: context.folder,
        dockerfile: dockerfile === 'Dockerfile' ? null : dockerfile,
        options: {},
        name: null,
        links: new Map(),
      },
    ];
  });
  return { candidates, notes };
}

/** What an image is called after: the folder of its Dockerfile, or what its Dockerfile's name adds. */
function baseName(path: string, project: string): string {
  const file = fileNameOf(path);
  const variant =
    /^(?:Dockerfile|Containerfile)\.(.+)$/i.exec(file)?.[1] ??
    /^(.+)\.Dockerfile$/i.exec(file)?.[1];
  const steps = folderOf(path) === '.' ? [] : folderOf(path).split('/');
  const telling = steps.findLast((step) => !GENERIC.has(step.toLowerCase()));
  if (variant === undefined) return telling ?? project;
  return telling === undefined ? variant : `${telling}-${variant}`;
}

interface Context {
  readonly folder: string;
  readonly doubt: string | null;
}

/** The build context is the Dockerfile's folder, or the nearest one above it that has all that it copies. */
function contextOf({ path, text }: Found, { has }: FoundProject): Context {
  const own = folderOf(path);
  const sources = copiedFiles(path, text);
  const hasAll = (folder: string) => sources.every((source) => has(joinPaths(folder, source)));
  for (let folder = own; ; folder = folderOf(folder)) {
    if (hasAll(folder)) return { folder, doubt: null };
    if (folder === '.') break;
  }
  const missing = sources.filter((source) => !has(joinPaths(own, source)));
  return {
    folder: own,
    doubt: `it copies ${missing.slice(0, 3).join(', ')}, which neither its folder nor one above it has: is \`directory\` right?`,
  };
}

/** The paths that a Dockerfile takes from its context; of a pattern the folder that it stands for. */
function copiedFiles(path: string, text: string): string[] {
  const { stages, globals } = readDockerfile({ path, text }, new Map());
  const none = new Map<string, string>();
  return takingsOf(stages, { buildArgs: none, unhashedBuildArgs: none, globals })
    .filter(({ from, keyword }) => from === null && keyword !== 'RUN --mount')
    .flatMap(({ sources }) => sources)
    .flatMap(({ text: source, isElsewhere }) => (source === null || isElsewhere ? [] : source))
    .map((source) => joinPaths(/[*?[\\]/.test(source) ? folderOf(beforePattern(source)) : source))
    .filter((source) => source !== '.' && !source.startsWith('..'));
}

function beforePattern(source: string): string {
  return /^[^*?[\\]*/.exec(source)?.[0] ?? '';
}
