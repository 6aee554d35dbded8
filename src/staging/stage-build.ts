import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sha256 } from '../files/canonical.ts';
import { NO_OWN_FILES, type OwnFiles } from '../files/own-files.ts';
import { firstMoved } from '../files/recheck.ts';
import { type SelectionRequest, selectFiles } from '../files/select.ts';
import { additionalContext, mainContext } from '../inputs/build-files.ts';
import type { ContextFiles } from '../model/file-list.ts';
import type { SelectionPolicy } from '../model/manifest.ts';
import type { ResolvedBuild, ResolvedImage } from '../model/resolved.ts';
import type { StagedBuild, Staging, StagingFailure } from '../model/staging.ts';
import { type Claim, claimStaging } from './claim.ts';
import { settle } from './copy.ts';
import { stagedFile, stageFiles } from './staging.ts';
import {
  nextIndex,
  readIndex,
  type StagedFile,
  type StagedPart,
  writeIndex,
} from './staging-index.ts';

/**
 * Lays out what a build may see in a folder below `root`: the same one for the same `id`, where what was
 * laid out before is brought up to date.
 */
export async function stageBuild(
  root: string,
  id: string,
  resolved: ResolvedImage,
): Promise<Staging | StagingFailure> {
  try {
    const claim = await claimStaging(root, id);
    const laid = await layOut(claim, resolved).catch(failure);
    if ('message' in laid) {
      // A full disk is not to stay full; what is laid out halfway is brought up to date by the next run.
      await claim.release(laid.moved ? bytesOf(resolved.build) : null);
      return laid;
    }
    return {
      staged: laid.staged,
      async release() {
        await rm(join(claim.folder, BUSY), { force: true });
        await claim.release(bytesOf(resolved.build));
      },
    };
  } catch (error) {
    return failure(error as Error);
  }
}

function failure({ message }: Error): StagingFailure {
  return { moved: false, message };
}

const INDEX = 'index.json';
const DOCKERFILE = 'dockerfile';
/**
 * There while a build may read the folder. One that a run left which was killed says that its docker may
 * still be reading, and send old times with new contents: what it sends is not to be relied on.
 */
const BUSY = 'busy';

/**
 * A folder for each context and one for the Dockerfile. BuildKit knows what it was sent before by the base
 * name of the main one, for all of them; the index says when that may not be the same any more.
 */
async function layOut(
  { folder: root, id }: Claim,
  { image, build }: ResolvedImage,
): Promise<{ staged: StagedBuild } | StagingFailure> {
  if (build === null) throw new Error(`${image.key} has no build`);
  const index = join(root, INDEX);
  const before = readIndex(index, id);
  const contexts = contextsOf(build);
  await removeOthers(root, [
    INDEX,
    BUSY,
    before.base,
    DOCKERFILE,
    ...contexts.map(([name]) => partOf(name)),
  ]);

  const parts = new Map<string, StagedPart>();
  for (const [name, { directory, selected, list }] of contexts) {
    const folder = join(root, name === MAIN ? before.base : partOf(name));
    const { entries } = list;
    const was = before.parts.get(partOf(name)) ?? new Map();
    const { sure } = before;
    const staged = await stageFiles({
      folder,
      directory,
      files: selected,
      entries,
      before: was,
      sure,
    });
    if (!staged.ok) return { moved: staged.code === 'inputs-changed', message: staged.message };
    parts.set(partOf(name), staged.part);
  }
  const dockerfile = await stageDockerfile(join(root, DOCKERFILE), id, build);
  parts.set(DOCKERFILE, await settleFiles(join(root, DOCKERFILE)));

  const abandoned = await writeFile(join(root, BUSY), '', { flag: 'wx' }).then(
    () => false,
    () => true,
  );
  const after = nextIndex(before, parts, { id, afresh: abandoned });
  await rename(join(root, before.base), join(root, after.base));
  writeIndex(index, after);
  const context = join(root, after.base);
  const folders = contexts.map(([name]): [string, string] => [
    name,
    name === MAIN ? context : join(root, partOf(name)),
  ]);
  return {
    staged: {
      context,
      dockerfile,
      additionalContexts: new Map(folders),
      metadataFile: join(root, 'metadata.json'),
    },
  };
}

async function removeOthers(folder: string, names: readonly string[]): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!names.includes(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** The files of a context take up whole blocks; the index has a line for each. */
const BYTES_A_FILE = 4096;

function bytesOf(build: ResolvedBuild | null): number {
  const files = (build === null ? [] : contextsOf(build)).flatMap(([, { selected }]) => selected);
  return files.reduce((sum, { identity }) => sum + identity.size + BYTES_A_FILE, 0);
}

/** The folder of a context, and its name in the index. */
function partOf(name: string): string {
  return name === MAIN ? 'main' : `context-${sha256(name).slice(0, 16)}`;
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
 * The Dockerfile under a name that no other image's has, so that docker's messages tell whose it is. The
 * empty ignore file beside it keeps docker from applying one that is among the staged files.
 */
async function stageDockerfile(folder: string, id: string, build: ResolvedBuild): Promise<string> {
  const path = join(folder, `${id}.Dockerfile`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(path, build.dockerfile.bytes);
  await writeFile(`${path}.dockerignore`, '');
  return path;
}

/** Gives the files of a folder modes, and times by their content: whose time they had, no build sees. */
async function settleFiles(folder: string): Promise<StagedPart> {
  const part = new Map<string, StagedFile>();
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const digest = sha256(await readFile(path));
    const stat = settle(path, { sha256: digest, mode: 0o644, second: 0 }, Buffer.alloc(1024));
    if (stat === null) throw new Error(`${path} was changed`);
    part.set(name, stagedFile(`f ${digest}`, 0, stat));
  }
  return part;
}

/**
 * What is no longer as it was hashed, in a few words that name the file; null if all is. It looks at files
 * without reading them.
 */
export async function whatMoved(
  { image, build }: ResolvedImage,
  own: OwnFiles = NO_OWN_FILES,
): Promise<string | null> {
  if (build === null || image.build === null) return null;
  const { path, bytes } = build.dockerfile;
  if (path !== null) {
    const now = await readFile(path).catch(() => null);
    if (now === null) return `${basename(path)} was removed`;
    if (!now.equals(bytes)) return `${basename(path)} was changed`;
  }
  const main = await movedIn(
    mainContext(image, image.build, policyOf(build.files), own),
    build.files,
  );
  if (main !== null) return main;
  for (const context of build.additionalContexts.values()) {
    if (context.kind === 'remote') continue;
    const request = additionalContext(image, context.files.directory, policyOf(context.files), own);
    const moved = await movedIn(request, context.files);
    if (moved !== null) return moved;
  }
  return null;
}

/** What selected the files is what selects them again. */
function policyOf({ policy }: ContextFiles): SelectionPolicy {
  return policy ?? { kind: 'context' };
}

async function movedIn(request: SelectionRequest, before: ContextFiles): Promise<string | null> {
  const { files, diagnostics } = await selectFiles(request);
  const error = diagnostics.find(({ severity }) => severity === 'error');
  return error === undefined ? firstMoved(before.selected, files) : error.message;
}
