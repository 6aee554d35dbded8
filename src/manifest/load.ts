import { dirname, join, resolve } from 'node:path';
import { type Diagnostic, hasErrors } from '../model/diagnostic.ts';
import type { Git } from '../model/git.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Source } from '../model/source.ts';
import { createAsking } from './answers/ask.ts';
import { decodeSource } from './decode.ts';
import { type EnvFile, gatherVariables } from './env-file/gather.ts';
import { type FileContent, readFileAt } from './files.ts';
import { type FoundManifest, findManifest } from './find.ts';
import { inOrder } from './findings.ts';
import { findRoot, gatherManifests, type VariablesOf } from './include/gather.ts';
import { Answers } from './interpolation/values.ts';
import type { Environment, Variables } from './interpolation/variables.ts';
import { type ManifestFile, type ReadManifest, readManifest } from './read.ts';
import { unusable } from './unusable.ts';
import { type KeptParses, type Parse, parsingOnce } from './yaml/kept-tree.ts';

export interface LoadOptions {
  /** Absolute; relative paths start here, and so does the search for a manifest. */
  readonly cwd: string;
  /** `--file`, or null to search for the manifest. */
  readonly file: string | null;
  /** `--env-file`s, in order. */
  readonly envFiles: readonly string[];
  readonly env: Environment;
  /** Runs git, where a manifest asks it something. */
  readonly git?: Git;
  /** What earlier runs made of manifests. */
  readonly parses?: KeptParses;
}

export interface LoadedManifest extends ReadManifest {
  /** What `${VAR}` stands for in the manifest. */
  readonly variables: Variables;
}

/** Finds, reads and checks the manifest. Whatever is wrong is a diagnostic, all of it at once. */
export async function loadManifest(options: LoadOptions): Promise<LoadedManifest> {
  const parse = parsingOnce(options.parses);
  const found = await findWhole(options, parse);
  if (!('path' in found)) return nothing(found);
  const { content, shown, path } = found;
  if (content.is !== 'file') return nothing(unusable('manifest', shown, content));
  const source = decodeSource(shown, content.bytes);
  if (!('text' in source)) return nothing(source);

  return loadSource(source, { path, shown }, { ...options, parse });
}

async function findWhole(options: LoadOptions, parse: Parse): Promise<FoundManifest | Diagnostic> {
  const found = findManifest(options.cwd, options.file);
  if (!('path' in found)) return found;
  const variablesOf: VariablesOf = async (place) => loadVariables([place], options).variables;
  return findRoot(found, { cwd: options.cwd, parse, variablesOf });
}

/** Reads and checks a text as the manifest that it would be at this place. */
export async function loadManifestText(
  text: string,
  place: Pick<FoundManifest, 'path' | 'shown'>,
  options: Omit<LoadOptions, 'file'>,
): Promise<LoadedManifest> {
  const parse = parsingOnce(options.parses);
  return loadSource({ path: place.shown, text }, place, { ...options, parse });
}

async function loadSource(
  source: Source,
  place: Pick<FoundManifest, 'path' | 'shown'>,
  options: Omit<LoadOptions, 'file'> & { readonly parse: Parse },
): Promise<LoadedManifest> {
  const { cwd, parse } = options;
  const { variables, diagnostics } = loadVariables([place], options);
  const others: Diagnostic[] = [];
  const variablesOf: VariablesOf = async (inner) => {
    const own = loadVariables([inner, place], options);
    const dotEnv = dotEnvOf(inner).shown;
    others.push(...own.diagnostics.filter((each) => each.place?.source.path === dotEnv));
    return own.variables;
  };
  const gathered = await gatherManifests(
    { source, path: place.path, variables },
    { cwd, parse, variablesOf },
  );
  const sources = gathered.files.map((file) => file.source);
  const read = await readAll(gathered.files, options);
  const unusableEnv = hasErrors([...diagnostics, ...others]);
  const own = unusableEnv ? withoutUnset(read.diagnostics) : read.diagnostics;
  const whole = read.manifest && { ...read.manifest, includeFolders: gathered.folders };
  const manifest = whole && withSecretFiles(whole);
  const all = [...diagnostics, ...others, ...inOrder(gathered.diagnostics, sources), ...own];
  return { ...read, manifest, diagnostics: all, variables };
}

/** Reads as often as there is something new to ask: files and git are asked only for what is used. */
async function readAll(
  files: readonly ManifestFile[],
  { git = NO_GIT, parse }: Pick<LoadOptions, 'git'> & { readonly parse: Parse },
): Promise<ReadManifest> {
  const answers = new Answers();
  const ask = createAsking(git);
  for (;;) {
    const read = readManifest(files, answers, parse);
    if (read.wanted.length === 0) return read;
    await ask(answers);
  }
}

const NO_GIT: Git = async () => ({ is: 'missing' });

/** What is in the files of build secrets must never be shown either. */
function withSecretFiles(manifest: Manifest): Manifest {
  const paths = [...manifest.images.values()].flatMap(({ build }) =>
    (build?.secrets ?? []).flatMap(({ from }) => ('file' in from ? from.file : [])),
  );
  if (paths.length === 0) return manifest;
  // One that cannot be read is for docker to complain of, if it is needed at all.
  const texts = [...new Set(paths)].map((path) => textOf(readFileAt(path)));
  const secrets = texts.map((text) => text.trim()).filter((text) => text !== '');
  return { ...manifest, secrets: [...new Set([...manifest.secrets, ...secrets])] };
}

function dotEnvOf({ path, shown }: Pick<FoundManifest, 'path' | 'shown'>) {
  return { path: join(path, '..', '.env'), shown: join(dirname(shown), '.env') };
}

/** The variables of a manifest, of whose places the `.env` of the first counts least. */
function loadVariables(
  places: readonly Pick<FoundManifest, 'path' | 'shown'>[],
  { cwd, envFiles, env }: Omit<LoadOptions, 'file'>,
): { variables: Variables; diagnostics: readonly Diagnostic[] } {
  const dotEnvs = places
    .map(dotEnvOf)
    .map(({ path, shown }) => ({ shown, content: readFileAt(path) }));
  const named = envFiles.map((shown) => ({ shown, content: readFileAt(resolve(cwd, shown)) }));
  const missing = named.flatMap(({ shown, content }) =>
    content.is === 'file' ? [] : [unusable('env-file', shown, content)],
  );
  // One that is missing, or a folder (a Python environment may have that name), is no mistake. What is in a pipe would
  // be missed: some password managers lay `.env` down as one.
  for (const { shown, content } of dotEnvs)
    if (content.is !== 'file' && content.is !== 'missing' && content.is !== 'folder')
      missing.push(unusable('env-file', shown, content));
  const files = [...dotEnvs, ...named];
  const { variables, diagnostics } = gatherVariables(env, files.flatMap(envFileOf));
  return { variables, diagnostics: [...missing, ...diagnostics] };
}

function envFileOf({ shown, content }: { shown: string; content: FileContent }): EnvFile[] {
  if (content.is !== 'file') return [];
  const source = decodeSource(shown, content.bytes);
  if ('text' in source) return [source];
  return [{ path: shown, text: textOf(content), notUtf8: source }];
}

function textOf(content: FileContent): string {
  return content.is === 'file' ? new TextDecoder().decode(content.bytes) : '';
}

/** What an unusable env file should have set is not worth a mistake of its own. */
function withoutUnset(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.filter(({ code }) => code !== 'unset-variable');
}

function nothing(diagnostic: Diagnostic): LoadedManifest {
  return { manifest: null, diagnostics: [diagnostic], wanted: [], variables: new Map() };
}
