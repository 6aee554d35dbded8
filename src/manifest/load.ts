import { join, resolve } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Source } from '../model/source.ts';
import { decodeSource } from './decode.ts';
import { type FileContent, readFileAt } from './files.ts';
import { type FoundManifest, findManifest } from './find.ts';
import { type ReadManifest, readManifest } from './read.ts';
import { type Environment, gatherVariables, type Variables } from './variables.ts';

export interface LoadOptions {
  /** Absolute; relative paths start here, and so does the search for a manifest. */
  readonly cwd: string;
  /** `--file`, or null to search for the manifest. */
  readonly file: string | null;
  /** `--env-file`s, in order. */
  readonly envFiles: readonly string[];
  readonly env: Environment;
}

export interface LoadedManifest extends ReadManifest {
  /** What `${VAR}` stands for in the manifest. */
  readonly variables: Variables;
}

/** More is no manifest, and would only take long to be refused. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Finds, reads and checks the manifest. Whatever is wrong is a diagnostic, all of it at once. */
export async function loadManifest(options: LoadOptions): Promise<LoadedManifest> {
  const found = await findManifest(options.cwd, options.file);
  if (!('path' in found)) return nothing([found]);
  const source = sourceOf(found);
  if (!('text' in source)) return nothing([source]);
  const { variables, diagnostics } = await readVariables(found, options);
  const read = readManifest(source, found.path, variables);
  return { ...read, diagnostics: [...diagnostics, ...read.diagnostics], variables };
}

function sourceOf({ shown, content }: FoundManifest): Source | Diagnostic {
  if (content.is !== 'file') return unusable('manifest', shown, content);
  if (content.bytes.length <= MAX_BYTES) return decodeSource(shown, content.bytes);
  return fault(
    'manifest-too-large',
    `${shown} is larger than ${MAX_BYTES >> 20} MB`,
    'is it a manifest?',
  );
}

async function readVariables(found: FoundManifest, options: LoadOptions) {
  const dotEnv = await readFileAt(join(found.path, '..', '.env'));
  const files = await Promise.all(
    options.envFiles.map(async (shown) => ({
      shown,
      content: await readFileAt(resolve(options.cwd, shown)),
    })),
  );
  const diagnostics = files.flatMap(({ shown, content }) =>
    content.is === 'file' ? [] : [unusable('env-file', shown, content)],
  );
  const texts = files.map(({ content }) => textOf(content) ?? '');
  return { variables: gatherVariables(options.env, texts, textOf(dotEnv)), diagnostics };
}

/** A `.env` that is not a file is no mistake: a Python environment may have that name. */
function textOf(content: FileContent): string | null {
  return content.is === 'file' ? new TextDecoder().decode(content.bytes) : null;
}

function unusable(what: 'manifest' | 'env-file', shown: string, content: FileContent): Diagnostic {
  switch (content.is) {
    case 'missing':
      return fault(`${what}-missing`, `there is no file ${shown}`, 'check the path');
    case 'folder':
      return fault(`${what}-folder`, `${shown} is a folder`, 'name a file');
    case 'unreadable':
      return fault(
        `${what}-unreadable`,
        `${shown} cannot be read: ${content.why}`,
        'check its permissions',
      );
    default:
      return fault(`${what}-not-a-file`, `${shown} is not a regular file`, 'name a file');
  }
}

function fault(code: string, message: string, advice: string): Diagnostic {
  return { severity: 'error', code, message, advice };
}

function nothing(diagnostics: readonly Diagnostic[]): LoadedManifest {
  return { manifest: null, graph: null, diagnostics, variables: new Map() };
}
