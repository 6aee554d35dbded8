import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { resolveImages } from '../inputs/resolve.ts';
import { type Background, runInBackground } from '../machine/background.ts';
import { watchFiles } from '../machine/watcher.ts';
import { hasErrors } from '../model/diagnostic.ts';
import type { ContextFiles } from '../model/file-list.ts';
import type { ResolvedBuild } from '../model/resolved.ts';
import { variableName } from '../model/variable-name.ts';
import { gitOf } from './ask-git.ts';
import { type Context, EXIT } from './context.ts';
import type { GlobalOptions } from './options.ts';
import { withDotEnv } from './own-files.ts';
import { chooseImages, loadProject } from './project.ts';
import { watchedOfGit } from './watch-git.ts';

/** A run that is done again and again. */
export interface WatchRequest {
  /** As the command line has them. */
  readonly names: readonly string[];
  /** Ensures the images once; gives the exit code. */
  readonly ensure: () => Promise<number>;
  /** A shell command that is started anew after each run that went well. */
  readonly command: string | null;
}

/** What a run depends on. */
interface Inputs {
  /** Differs where a run would find something else. */
  readonly state: string;
  readonly roots: readonly string[];
  readonly files: readonly string[];
  readonly references: ReadonlyMap<string, string>;
}

/**
 * Ensures images, and again whenever their inputs change, until the run is stopped. Gives the exit code: a stop while
 * nothing is done, after a run that went well, is what was meant to happen.
 */
export async function watchImages(
  request: WatchRequest,
  global: GlobalOptions,
  context: Context,
): Promise<number> {
  const read = () => readInputs(request.names, global, context);
  let started: Background | null = null;
  let watched: Inputs | null = null;
  try {
    for (;;) {
      const before = await read();
      const exitCode = await request.ensure();
      watched = before ?? watched;
      // Nothing is there to be watched, or to work with.
      if (watched === null || exitCode === EXIT.docker) return exitCode;
      if (request.command !== null && exitCode === EXIT.ok) {
        await started?.stop();
        started = runInBackground(request.command, environmentOf(watched, context));
      }
      const isChanged = await changeOf({ before, watched, read }, context);
      if (!isChanged) return exitCode;
    }
  } finally {
    await started?.stop();
  }
}

function environmentOf({ references }: Inputs, { env }: Context) {
  const variables = [...references].map(([key, ref]) => [variableName(key), ref] as const);
  return { ...env, ...Object.fromEntries(variables) };
}

interface Watching {
  /** What the last run went by; null: the manifest had mistakes. */
  readonly before: Inputs | null;
  /** The last inputs that had none. */
  readonly watched: Inputs;
  readonly read: () => Promise<Inputs | null>;
}

/** True once the inputs are no longer what they were; false: the run is stopped. */
async function changeOf(
  { before, watched, read }: Watching,
  { signal, err }: Context,
): Promise<boolean> {
  const stopped = new Promise<'stopped'>((done) => {
    if (signal.aborted) done('stopped');
    signal.addEventListener('abort', () => done('stopped'), { once: true });
  });
  const isOther = (now: Inputs | null) => now?.state !== before?.state;
  let current = watched;
  for (let isFirst = true; ; isFirst = false) {
    const watcher = await watchFiles(current.roots, current.files);
    try {
      // Nobody has seen what changed since the run began.
      if (isOther(await read())) return true;
      if (isFirst) err('watching for changes; Ctrl-C ends it\n');
      if ((await Promise.race([watcher.changed, stopped])) === 'stopped') return false;
    } finally {
      await watcher.close();
    }
    const now = await read();
    // Whoever mends a manifest wants to know whether that was all.
    if (isOther(now) || now === null) return true;
    current = now;
  }
}

/** Null where the manifest or its files have mistakes: the next run tells them. */
async function readInputs(
  names: readonly string[],
  global: GlobalOptions,
  context: Context,
): Promise<Inputs | null> {
  const project = await loadProject(global, { ...context, err: () => undefined }, 'errors');
  if (project === null) return null;
  const { manifest, graph, conditions } = project;
  const wanted = chooseImages(project, names);
  const { images, diagnostics } = await resolveImages(manifest, graph, wanted, conditions);
  if (hasErrors(diagnostics)) return null;
  const all = [...images.values()];
  const builds = all.flatMap(({ build }) => build ?? []);
  const contexts = builds.flatMap(contextsOf);
  const own = [
    ...manifest.files.flatMap(withDotEnv),
    ...manifest.texts,
    ...(global.envFile ?? []).map((path) => resolve(context.cwd, path)),
  ];
  const stamps = await Promise.all(own.map(stampOf));
  const git = await watchedOfGit(gitOf(context, global.debug === true), project.askedGit);
  return {
    state: JSON.stringify([...all.map(({ ref, hash }) => [ref, hash]), stamps, manifest.git]),
    roots: [
      ...new Set([
        ...contexts.map(({ directory }) => directory),
        ...manifest.includeFolders.filter((folder) => existsSync(folder)),
        ...git.roots,
      ]),
    ],
    files: [
      ...own,
      ...git.files,
      ...builds.flatMap(({ dockerfile: { path } }) => path ?? []),
      ...contexts.flatMap(({ directory, selected }) =>
        selected.map(({ path }) => join(directory, path)),
      ),
    ],
    references: new Map(all.map(({ image, ref }) => [image.key, ref])),
  };
}

function contextsOf({ files, additionalContexts }: ResolvedBuild): ContextFiles[] {
  const others = [...additionalContexts.values()].flatMap((context) =>
    context.kind === 'folder' ? context.files : [],
  );
  return [files, ...others];
}

/** A manifest that says something else may change what a run does, though not what images are made of. */
async function stampOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  return found === null ? '' : `${found.mtimeMs} ${found.size}`;
}
