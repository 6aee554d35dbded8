import { posix } from 'node:path';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Place, Source } from '../../model/source.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { isRefused } from './syntax.ts';

/** One line of an ignore file that says something. */
export interface IgnoreRule {
  /** Null where docker fails as soon as it asks the pattern. */
  readonly pattern: Pattern | null;
  /** The pattern as moby reads it, cleaned, without its `!`. */
  readonly text: string;
  /** True for `!pattern`, which takes back. */
  readonly exception: boolean;
  readonly place: Place;
}

export interface IgnoreRules {
  readonly rules: readonly IgnoreRule[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The rules of an ignore file, and an error for each line that docker would refuse.
 *
 * A line is cleaned twice, by the ignore file's reader and then by the matcher, so that `/!a` takes
 * back. Sources: ReadAll in https://github.com/moby/patternmatcher/blob/main/ignorefile/ignorefile.go
 * and New in https://github.com/moby/patternmatcher/blob/main/patternmatcher.go
 */
export function parseIgnoreFile(file: Source): IgnoreRules {
  const text = file.text.replace(/^\uFEFF/, '');
  const source = { ...file, text };
  const rules: IgnoreRule[] = [];
  const diagnostics: Diagnostic[] = [];
  const sent: Sent[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    const place = placeOf(line, start, source);
    const read = line.startsWith('#') ? '' : readLine(trim(line));
    const rule = parseLine(line, read, place);
    if (rule !== null && 'severity' in rule) diagnostics.push(rule);
    else if (rule !== null) rules.push(rule);
    sent.push({ text: read, place });
    start += line.length + 1;
  }
  return { rules, diagnostics: [...diagnostics, ...controlCharacters(sent)] };
}

/** A line as the ignore file's reader leaves it and BuildKit sends it: a blank at its end may still be there. */
interface Sent {
  readonly text: string;
  readonly place: Place;
}

/**
 * BuildKit asks for the context with the patterns in a header, which can hold no control characters: only
 * where one of the patterns is not ASCII does it encode them. Source: encodeStringForHeader in
 * https://github.com/moby/buildkit/blob/master/session/filesync/filesync.go
 */
function controlCharacters(sent: readonly Sent[]): Diagnostic[] {
  if (sent.some(({ text }) => /\P{ASCII}/u.test(text))) return deadPatterns(sent);
  return sent.flatMap(({ text, place }): Diagnostic[] => {
    const code = /\p{Cc}/u.exec(text)?.[0].charCodeAt(0);
    if (code === undefined) return [];
    const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
    return [
      {
        ...refused(`a pattern cannot hold the character ${name}`, place),
        advice: 'Remove it; a file that is UTF-16 must be saved as UTF-8.',
      },
    ];
  });
}

/** Patterns that docker takes although no file has such a name: those of a file that is UTF-16. Told once. */
function deadPatterns(sent: readonly Sent[]): Diagnostic[] {
  const dead = sent.find(({ text }) => text.includes('\0'));
  if (dead === undefined) return [];
  return [
    {
      severity: 'warning',
      code: 'unmatched-pattern',
      message: 'this pattern holds the character U+0000, which no name has: it matches nothing',
      place: dead.place,
      advice: 'save the file as UTF-8: it looks like UTF-16, by which docker ignores nothing',
    },
  ];
}

/** Bytes that docker's reader has room for in a line. */
const LONGEST_LINE = 64 * 1024 - 1;

function parseLine(line: string, read: string, place: Place): IgnoreRule | Diagnostic | null {
  if (Buffer.byteLength(line) > LONGEST_LINE) return refused('token too long', place);
  const written = trim(read);
  if (written === '') return null;
  const cleaned = clean(written);
  const exception = cleaned.startsWith('!');
  const text = exception ? cleaned.slice(1) : cleaned;
  if (text === '') return refused('illegal exclusion pattern', place);
  if (isRefused(text)) return badPattern(place);
  return { pattern: compilePattern(text), text, exception, place };
}

/** What the ignore file's reader makes of a trimmed line. */
function readLine(line: string): string {
  const exception = line.startsWith('!');
  const path = exception ? trim(line.slice(1)) : line;
  const cleaned = path === '' ? '' : clean(path).replace(/^\/(?=.)/su, '');
  return exception ? `!${cleaned}` : cleaned;
}

/** Go's strings.TrimSpace; JavaScript's trim knows one more space and lacks one. */
function trim(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isSpace(text[start])) start += 1;
  while (start < end && isSpace(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isSpace(char = ''): boolean {
  return /^\p{White_Space}$/u.test(char);
}

/** Go's path.Clean of a text that is not empty. */
function clean(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

function placeOf(line: string, start: number, source: Source): Place {
  const lead = line.length - line.trimStart().length;
  return { source, start: start + lead, end: start + line.trimEnd().length };
}

/** The error for a pattern that docker cannot read. */
export function badPattern(place: Place): Diagnostic {
  return {
    ...refused('syntax error in pattern', place),
    advice: 'A `[` opens a class that must be closed; `\\` takes the next character as it is.',
  };
}

/** In docker's own words, with which it fails too. */
function refused(words: string, place: Place): Diagnostic {
  return { severity: 'error', code: 'bad-ignore-pattern', message: `docker: ${words}`, place };
}
