import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { FilePattern } from '../../model/manifest.ts';
import { displayPath } from '../file-name.ts';
import { isGlob } from './glob.ts';
import {
  globPattern,
  literalPattern,
  type PathPattern,
  readPattern,
  type WrittenPattern,
} from './pattern.ts';

export interface ResolvedPatterns {
  readonly patterns: readonly PathPattern[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The patterns of `only` or `all_but`, made ready for this directory. Where a path exists just as it
 * is written, it is meant, though it may look like a glob: `app/[id]/(group)/page.tsx`. A path of
 * `only` that is no glob must exist.
 */
export async function resolvePatterns(
  key: 'only' | 'all_but',
  written: readonly FilePattern[],
  directory: string,
): Promise<ResolvedPatterns> {
  const resolved = await Promise.all(
    written.map((source) => resolvePattern(key, source, directory)),
  );
  return {
    patterns: resolved.filter((each) => 'matches' in each),
    diagnostics: resolved.filter((each) => 'severity' in each),
  };
}

async function resolvePattern(
  key: 'only' | 'all_but',
  source: FilePattern,
  directory: string,
): Promise<PathPattern | Diagnostic> {
  const written = readPattern(source);
  if ('severity' in written) return written;
  const takes = key === 'only' && !written.exception;
  const looksLikeGlob = isGlob(written.path);
  if (!looksLikeGlob && !takes) return literalPattern(written);
  const place = await look(directory, written.path);
  if (place.is !== 'there') return looksLikeGlob ? globPattern(written) : missing(written, place);
  return (takes ? special(written, place.stat) : null) ?? literalPattern(written);
}

type Look =
  | { readonly is: 'there'; readonly stat: Stats }
  | { readonly is: 'beyond-link'; readonly link: string }
  | { readonly is: 'not-there'; readonly error: NodeJS.ErrnoException };

/** What is at the path, if no link is on the way to it: links are never followed. */
async function look(directory: string, path: string): Promise<Look> {
  const parts = path.split('/');
  try {
    for (let length = 1; length < parts.length; length += 1) {
      const above = parts.slice(0, length).join('/');
      const stat = await lstat(join(directory, above));
      if (stat.isSymbolicLink()) return { is: 'beyond-link', link: above };
    }
    return { is: 'there', stat: await lstat(join(directory, path)) };
  } catch (error) {
    return { is: 'not-there', error: error as NodeJS.ErrnoException };
  }
}

function special({ source, path }: WrittenPattern, stat: Stats): Diagnostic | null {
  if (stat.isFile() || stat.isDirectory() || stat.isSymbolicLink()) return null;
  return {
    severity: 'error',
    code: 'special-file',
    message: `${displayPath(path)} is a socket, a fifo or a device, which an image cannot be built from`,
    place: source.place,
  };
}

function missing(
  { source, path }: WrittenPattern,
  place: Exclude<Look, { is: 'there' }>,
): Diagnostic {
  const name = displayPath(path);
  const common = { severity: 'error', place: source.place } as const;
  if (place.is === 'beyond-link') {
    return {
      ...common,
      code: 'missing-file',
      message: `${name} lies beyond the symbolic link ${displayPath(place.link)}`,
      advice: 'Links are never followed. Name the folder itself.',
    };
  }
  const { code, message } = place.error;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const advice =
      'Paths are relative to `directory`. A glob may match nothing, a path must be there.';
    return { ...common, code: 'missing-file', message: `${name} does not exist`, advice };
  }
  return { ...common, code: 'unreadable-file', message: `${name} cannot be read: ${message}` };
}
