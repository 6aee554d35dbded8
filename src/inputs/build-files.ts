import { readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { takenDockerfile } from '../files/dockerfile-name.ts';
import { NO_OWN_FILES, type OwnFiles } from '../files/own-files.ts';
import type { SelectionRequest } from '../files/select.ts';
import { isRemoteContext, isUnpinnedLayout } from '../model/contexts.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { ContextFiles } from '../model/file-list.ts';
import type { Build, Image, SelectionPolicy } from '../model/manifest.ts';
import { resolveText, type Text } from '../model/text.ts';
import type { ContextSelection } from './copied.ts';
import { listContext } from './list-context.ts';
import type { DockerfileOf } from './seen-dockerfile.ts';
import type { ListFiles } from './shared-files.ts';
import type { Tracking } from './tracked.ts';

/** The contexts of one build. */
export interface BuildFiles {
  /** The files of the build context; null where they have errors. */
  readonly files: ContextFiles | null;
  /** Additional contexts that are folders, by name. */
  readonly additional: ReadonlyMap<string, ContextFiles>;
  readonly diagnostics: readonly Diagnostic[];
}

/** The contexts of which only what is copied is selected, by name; null: the build's own. */
export function copiedContexts({ files, additional }: BuildFiles): (string | null)[] {
  const all: [string | null, ContextFiles | null][] = [[null, files], ...additional];
  return all.flatMap(([name, context]) => (context?.policy?.kind === 'copied' ? [name] : []));
}

/** What of a context is selected, by its name; null: the build's own. */
type Selections = (context: string | null) => ContextSelection;

interface BuildFilesRequest {
  readonly image: Image;
  readonly build: Build;
  /** The manifest's: additional contexts are relative to it. */
  readonly folder: string;
  readonly selections: Selections;
  readonly list: ListFiles;
  /** What is docker-ensure's own. */
  readonly own?: OwnFiles | undefined;
  readonly tracking?: Tracking | undefined;
}

/** Reads and hashes what a build can see; what is wrong with it is a diagnostic. */
export async function readBuildFiles(request: BuildFilesRequest): Promise<BuildFiles> {
  const { image, build, selections, list, tracking, own = NO_OWN_FILES } = request;
  const [main, additional] = await Promise.all([
    listContext({
      policy: build.files,
      copied: () => selections(null),
      tracking,
      list,
      requestOf: (policy) => mainContext(image, build, policy, own),
    }),
    readAdditional(request),
  ]);
  return {
    files: main.files,
    additional: additional.folders,
    diagnostics: [
      ...main.diagnostics.map((each) => ({ place: image.place, ...each })),
      ...additional.diagnostics,
    ],
  };
}

/** The build context of an image as a selection. */
export function mainContext(
  image: Image,
  build: Build,
  policy: SelectionPolicy,
  own: OwnFiles,
): SelectionRequest {
  return {
    directory: build.directory,
    policy,
    dockerfile: build.dockerfile.kind === 'file' ? build.dockerfile.path : null,
    image: image.key,
    own,
    places: build.places,
  };
}

/** An additional context as a selection: less what the folder's own ignore file excludes. */
export function additionalContext(
  image: Image,
  directory: string,
  policy: SelectionPolicy,
  own: OwnFiles,
): SelectionRequest {
  return { directory, policy, dockerfile: null, image: image.key, own };
}

/** Reads the Dockerfile of a build. */
export function readDockerfileOf(image: Image, build: Build, folder: string): DockerfileOf {
  if (build.dockerfile.kind === 'inline') return { read: null, diagnostics: [] };
  const path = takenDockerfile(build.dockerfile.path);
  // As the manifest's own path is shown: from where the user stands.
  const shown = join(dirname(image.place.source.path), relative(folder, path));
  try {
    return { read: { path, shown, bytes: readWhole(path) }, diagnostics: [] };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = { ENOENT: 'does not exist', EISDIR: 'is a folder' }[code ?? ''];
    const diagnostic: Diagnostic = {
      severity: 'error',
      code: 'missing-dockerfile',
      image: image.key,
      message: `the Dockerfile ${shown} ${why ?? `cannot be read: ${message}`}`,
      advice:
        'name it with `dockerfile`, relative to `directory`, or write it into `dockerfile_inline`',
      place: build.places.get('dockerfile') ?? image.place,
    };
    return { read: null, diagnostics: [diagnostic] };
  }
}

/** Throws what the system says, or that it is a pipe or a device: these may never end. */
function readWhole(path: string): Buffer {
  const stat = statSync(path);
  if (!stat.isFile() && !stat.isDirectory()) throw new Error('it is no regular file');
  return readFileSync(path);
}

async function readAdditional({
  image,
  build,
  folder,
  selections,
  list,
  tracking,
  own = NO_OWN_FILES,
}: BuildFilesRequest): Promise<{ folders: Map<string, ContextFiles>; diagnostics: Diagnostic[] }> {
  const folders = new Map<string, ContextFiles>();
  const diagnostics: Diagnostic[] = [];
  const place = build.places.get('additional_contexts') ?? image.place;
  for (const [name, text] of build.additionalContexts) {
    const source = sourceOf(text);
    if (isUnpinnedLayout(source)) diagnostics.push({ ...unpinned(name), image: image.key, place });
    if (isRemoteContext(source)) continue;
    const directory = resolve(folder, source);
    const { files, diagnostics: found } = await listContext({
      policy: build.contextFiles.get(name) ?? { kind: 'copied' },
      copied: () => selections(name),
      tracking,
      list,
      requestOf: (policy) => additionalContext(image, directory, policy, own),
    });
    if (files !== null) folders.set(name, files);
    diagnostics.push(...found.map((each) => ({ place, ...each })));
  }
  return { folders, diagnostics };
}

/** The text with references left open: enough to see whether it names a folder. */
function sourceOf(text: Text): string {
  return resolveText(text, (key) => key);
}

function unpinned(name: string): Diagnostic {
  return {
    severity: 'error',
    code: 'unpinned-context',
    message: `the additional context \`${name}\` is an OCI layout whose content no hash covers`,
    advice: 'add its digest: oci-layout://FOLDER@sha256:…',
  };
}
