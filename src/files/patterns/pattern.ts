import type { Diagnostic } from '../../model/diagnostic.ts';
import type { DiagnosticCode } from '../../model/diagnostic-code.ts';
import type { FilePattern } from '../../model/manifest.ts';
import { compileGlob } from './glob.ts';

/** A pattern of `only` or `all_but`, ready to be asked. */
export interface PathPattern {
  readonly source: FilePattern;
  /** True for `!pattern`, which takes back. */
  readonly exception: boolean;
  /** The path it names, if it is no glob; `''` is the directory itself. */
  readonly literal: string | null;
  matches(path: string): boolean;
  /** Could it match something beneath the folder? Yes, unless it is sure that it cannot. */
  canMatchBeneath(folder: string): boolean;
}

/** What a pattern says before it is known which files there are. */
export interface WrittenPattern {
  readonly source: FilePattern;
  readonly exception: boolean;
  /** Relative to the directory, without `.`, `..`, empty parts or a slash at its end. */
  readonly path: string;
}

/** The pattern's path, or the mistake in it. */
export function readPattern(source: FilePattern): WrittenPattern | Diagnostic {
  // `!(a|b)` is a glob of its own.
  const exception = /^!(?!\()/.test(source.text);
  const text = exception ? source.text.slice(1) : source.text;
  if (text === '') {
    return wrong(source, 'bad-pattern', 'an empty pattern', 'Write `.` for the whole directory.');
  }
  const path = text.startsWith('/') ? null : normalize(text);
  if (path === null) {
    const advice = 'Patterns are relative to `directory`; name a folder above them all there.';
    return wrong(source, 'outside-directory', `${text} leaves the build directory`, advice);
  }
  return { source, exception, path };
}

/** Without `.`, `..`, empty parts and slashes at the end; null where it leads out. */
function normalize(path: string): string | null {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..' && parts.pop() === undefined) return null;
    if (part !== '' && part !== '.' && part !== '..') parts.push(part);
  }
  return parts.join('/');
}

/** A pattern for the path itself, whatever its characters. */
export function literalPattern({ source, exception, path }: WrittenPattern): PathPattern {
  return {
    source,
    exception,
    literal: path,
    matches: (other) => path === '' || other === path,
    canMatchBeneath: (folder) => path === '' || path.startsWith(`${folder}/`),
  };
}

/** A pattern for what the glob matches, or the mistake in it. */
export function globPattern(written: WrittenPattern): PathPattern | Diagnostic {
  const { source, exception, path } = written;
  try {
    return { source, exception, literal: null, ...compileGlob(path) };
  } catch {
    const advice = 'Put `\\` before a bracket that is meant as it is.';
    return wrong(source, 'bad-pattern', `${path} is not a glob`, advice);
  }
}

function wrong(
  source: FilePattern,
  code: DiagnosticCode,
  message: string,
  advice: string,
): Diagnostic {
  return { severity: 'error', code, message, advice, place: source.place };
}
