import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { stampDockerfile } from '../dockerfile/stamp.ts';
import type { ContextFiles } from '../model/file-list.ts';
import type { ResolvedBuild, ResolvedImage } from '../model/resolved.ts';
import type { StagedBuild, Staging, StagingFailure } from '../model/staging.ts';
import { HASH_LABEL, INPUTS_LABEL } from '../model/stamp.ts';
import { additionalContext, mainContext } from './build-files.ts';
import { claimStaging } from './claim.ts';
import { firstMoved } from './recheck.ts';
import { type SelectionRequest, selectFiles } from './select.ts';
import { stageFiles } from './staging.ts';

/** Lays out what a build may see in a folder below `root`. */
export async function stageBuild(
  root: string,
  resolved: ResolvedImage,
): Promise<Staging | StagingFailure> {
  const { image, build } = resolved;
  if (build === null || image.build === null) throw new Error(`${image.key} has no build`);
  const claim = await claimStaging(root, resolved.registryRef ?? image.name);
  const contexts = contextsOf(build);
  const folders = new Map<string, string>();
  for (const [index, [name, { directory, selected }]] of contexts.entries()) {
    const folder = join(claim.folder, String(index));
    await mkdir(folder, { recursive: true });
    const staged = await stageFiles({ folder, directory, files: selected });
    if (!staged.ok) {
      await claim.release();
      return { moved: staged.code === 'inputs-changed', message: staged.message };
    }
    folders.set(name, staged.context);
  }
  const staged: StagedBuild = {
    context: folders.get(MAIN) ?? claim.folder,
    dockerfile: await stageDockerfile(join(claim.folder, 'dockerfile'), build),
    additionalContexts: folders,
    idFile: join(claim.folder, 'image-id'),
  };
  return { staged, moved: () => whatMoved(resolved), release: () => claim.release() };
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
  const labels = new Map([
    [HASH_LABEL, build.hash],
    [INPUTS_LABEL, build.inputs],
  ]);
  await mkdir(folder, { recursive: true });
  await writeFile(path, stampDockerfile(build.dockerfile.bytes, build.target, labels));
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
