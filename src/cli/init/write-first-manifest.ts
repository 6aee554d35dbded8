import { realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { createExec } from '../../docker/exec.ts';
import { resolveAndCheck } from '../../ensure.ts';
import type { FoundProject } from '../../init/draft.ts';
import { type FirstManifest, firstManifest } from '../../init/first-manifest.ts';
import { completeManifest } from '../../inputs/find-parents.ts';
import { loadManifestText } from '../../manifest/load.ts';
import { type Diagnostic, errorsIn } from '../../model/diagnostic.ts';
import { machinePlatform } from '../../model/platform.ts';
import { count, printable } from '../../report/text.ts';
import { type Context, EXIT, UsageError } from '../context.ts';
import { clockOf, type GlobalOptions, platformOf } from '../options.ts';
import { ownFiles } from '../own-files.ts';
import { findProject } from './find-files.ts';

export interface InitOptions {
  readonly print?: boolean;
  readonly force?: boolean;
}

/** What `init` does: gives the exit code. */
export async function writeFirstManifest(
  { print = false, force = false }: InitOptions,
  global: GlobalOptions,
  context: Context,
): Promise<number> {
  const { cwd, env, signal } = context;
  if (print && force)
    throw new UsageError('--print and --force contradict each other', 'leave one of them out');
  const path = await placeFor(global, context);
  const shown = relative(cwd, path);
  const exists = !print && (await stat(path).catch(() => null)) !== null;
  if (exists && !force)
    throw new UsageError(
      `${shown} is there already`,
      'write over it with --force, or look at what would be written with --print',
    );
  const exec = createExec({ env, signal, onCall: () => undefined });
  const project = await findProject(await realpath(dirname(path)), exec);
  const first = await makeValid(project, { path, shown }, global, context);
  for (const { where, text } of first.notes)
    context.err(`not taken over: ${printable(where)}: ${printable(text)}\n`);
  if (first.keys.length === 0)
    throw new UsageError(
      'there is nothing here that a manifest could be made of',
      'init takes Dockerfiles, compose files with a `build`, and bake files',
    );
  if (print) context.out(first.text);
  else {
    await writeFile(path, first.text, force ? {} : { flag: 'wx' });
    const keys = first.keys.join(', ');
    context.err(`${shown}: ${count(first.keys.length, 'image')}: ${keys}\n`);
    context.err('now look at it, then try: docker-ensure plan\n');
  }
  return EXIT.ok;
}

/** `--file`, else the manifest that is in the current folder, else `ensure.yaml` there. */
async function placeFor({ file }: GlobalOptions, { cwd }: Context): Promise<string> {
  if (file !== undefined) return resolve(cwd, file);
  const other = join(cwd, 'ensure.yml');
  return (await stat(other).catch(() => null)) === null ? join(cwd, 'ensure.yaml') : other;
}

/**
 * A manifest without errors: images that something is wrong with are left out of it, with what that is. What it
 * says of variables is checked with those that are set now.
 */
async function makeValid(
  project: FoundProject,
  place: { readonly path: string; readonly shown: string },
  global: GlobalOptions,
  context: Context,
): Promise<FirstManifest> {
  const leftOut = new Map<string, string>();
  for (;;) {
    const first = firstManifest(project, leftOut);
    if (first.keys.length === 0) return first;
    const errors = await errorsOf(first.text, place, global, context);
    const known = new Set(first.keys);
    const blamed = errors.flatMap((error): [string, string][] =>
      error.image !== undefined && known.has(error.image) ? [[error.image, messageOf(error)]] : [],
    );
    const [error] = errors;
    if (error === undefined) return first;
    if (blamed.length > 0) for (const [key, why] of blamed) leftOut.set(key, why);
    // One that no image is to blame for ends with the images, if not before.
    else leftOut.set(first.keys.at(-1) ?? '', messageOf(error));
  }
}

function messageOf({ message, place }: Diagnostic): string {
  if (place === undefined) return message;
  const { source, start } = place;
  return `${message} (${source.path}:${source.text.slice(0, start).split('\n').length})`;
}

async function errorsOf(
  text: string,
  place: { readonly path: string; readonly shown: string },
  global: GlobalOptions,
  context: Context,
): Promise<readonly Diagnostic[]> {
  const { cwd, env, architecture } = context;
  const envFiles = global.envFile ?? [];
  const { manifest, diagnostics } = await loadManifestText(text, place, {
    cwd,
    env,
    envFiles,
  });
  // What is wrong with an env file is no matter of the manifest's.
  const errors = errorsIn(diagnostics).filter(
    ({ place: at }) => at === undefined || at.source.text === text,
  );
  if (manifest === null || errors.length > 0) return errors;
  const conditions = {
    now: clockOf(global, context),
    platform: platformOf(global, context),
    machine: machinePlatform(architecture),
    own: ownFiles(manifest, envFiles, context),
  };
  const complete = await completeManifest(manifest, conditions);
  const wrong = errorsIn(complete.diagnostics);
  if (complete.graph === null || wrong.length > 0) return wrong;
  const keys = manifest.images.keys();
  const checked = await resolveAndCheck(complete.manifest, complete.graph, keys, conditions);
  return errorsIn(checked.diagnostics);
}
