import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ContextFiles } from '../model/file-list.ts';
import type { ResolvedBuild, ResolvedImage } from '../model/resolved.ts';
import type { StagedBuild, Staging, StagingFailure } from '../model/staging.ts';
import { additionalContext, mainContext } from './build-files.ts';
import { claimStaging } from './claim.ts';
import { firstMoved } from './recheck.ts';
import { type SelectionRequest, selectFiles } from './select.ts';
import { stageFiles } from './staging.ts';

/**
 * Lays out what a build may see in a folder below `root`: the same one for the same `id`, so that
 * BuildKit knows what it was sent before.
 */
export async function stageBuild(
  root: string,
  id: string,
  resolved: ResolvedImage,
): Promise<Staging | StagingFailure> {
  try {
    const claim = await claimStaging(root, id);
    const staged = await layOut(claim.folder, resolved).catch(failure);
    if (!('message' in staged)) {
      return { staged, moved: () => whatMoved(resolved), release: () => claim.release() };
    }
    await claim.release();
    return staged;
  } catch (error) {
    return failure(error as Error);
  }
}

function failure({ message }: Error): StagingFailure {
  return { moved: false, message };
}

async function layOut(
  root: string,
  { image, build }: ResolvedImage,
): Promise<StagedBuild | StagingFailure> {
  if (build === null) throw new Error(`${image.key} has no build`);
  const folders = new Map<string, string>();
  for (const [index, [name, { directory, selected }]] of contextsOf(build).entries()) {
    const folder = join(root, String(index));
    await mkdir(folder, { recursive: true });
    const staged = await stageFiles({ folder, directory, files: selected });
    if (!staged.ok) return { moved: staged.code === 'inputs-changed', message: staged.message };
    folders.set(name, staged.context);
  }
  return {
    context: folders.get(MAIN) ?? root,
    dockerfile: await stageDockerfile(join(root, 'dockerfile'), build),
    additionalContexts: folders,
    metadataFile: join(root, 'metadata.json'),
  };
}

/** No additional context has this name: it would be no name for docker. */
const MAIN = '';

function contextsOf(build: ResolvedBuild): [string, ContextFiles][] {
  const folders = [...build.additionalContexts].flatMap(
    ([name, context]): [string, ContextFiles][] =>
      context.kind === 'folder' ? [[name, context.files]] : [],
  );
  return [[MAIN, build.files], ...folders];
}

/**
 * The Dockerfile under its own name, so that docker's messages show it. The empty ignore file beside
 * it keeps docker from applying one that is among the staged files.
 */
async function stageDockerfile(folder: string, build: ResolvedBuild): Promise<string> {
  const path = join(
    folder,
    build.dockerfile.path === null ? 'Dockerfile' : basename(build.dockerfile.path),
  );
  await mkdir(folder, { recursive: true });
  await writeFile(path, build.dockerfile.bytes);
  await writeFile(`${path}.dockerignore`, '');
  return path;
}

/** Looks at everything again that was read for the hash. */
async function whatMoved({ image, build }: ResolvedImage): Promise<string | null> {
  if (build === null || image.build === null) return null;
  const { path, bytes } = build.dockerfile;
  if (path !== null) {
    const now = await readFile(path).catch(() => null);
    if (now === null) return `${basename(path)} was removed`;
    if (!now.equals(bytes)) return `${basename(path)} was changed`;
  }
  const main = await movedIn(mainContext(image, image.build), build.files);
  if (main !== null) return main;
  for (const context of build.additionalContexts.values()) {
    if (context.kind === 'remote') continue;
    const moved = await movedIn(additionalContext(image, context.files.directory), context.files);
    if (moved !== null) return moved;
  }
  return null;
}

async function movedIn(request: SelectionRequest, before: ContextFiles): Promise<string | null> {
  const { files, diagnostics } = await selectFiles(request);
  const error = diagnostics.find(({ severity }) => severity === 'error');
  return error === undefined ? firstMoved(before.selected, files) : error.message;
}
