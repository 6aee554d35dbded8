import { shellWords } from './shell-words.ts';

/** What a `<<NAME` announces. */
export interface HeredocStart {
  /** The line that ends it. */
  readonly name: string;
  /** True for `<<-`: tabs before the name do not count. */
  readonly chomp: boolean;
}

/**
 * The heredocs that the line of an instruction announces, in order; null where docker finds no sense
 * in it. Docker takes `\` for the escape character here, whatever the file says.
 *
 * Rules: https://github.com/moby/buildkit/blob/v0.25.1/frontend/dockerfile/parser/parser.go
 */
export function heredocsIn(line: string): HeredocStart[] | null {
  // A line that is no shell's, for instance by an open quote, has none.
  const words = shellWords(line, { quotes: true, escapes: true }) ?? [];
  const starts: HeredocStart[] = [];
  for (const word of words) {
    const start = heredocOf(word);
    if (start === null) return null;
    if (start !== undefined) starts.push(start);
  }
  return starts;
}

/** The heredoc that a word announces; undefined for none, null where docker finds no sense in it. */
export function heredocOf(word: string): HeredocStart | null | undefined {
  const [, chomp, rest = ''] = /^\d*<<(-?)[\t\n\f\r ]*([^<]*)$/.exec(word) ?? [];
  if (rest === '') return undefined;
  const names = shellWords(rest, { quotes: false, escapes: false });
  if (names === null) return null;
  const [name] = names;
  if (name === undefined || names.length > 1) return undefined;
  if (shellWords(rest, { quotes: true, escapes: false })?.length !== 1) return null;
  return { name, chomp: chomp === '-' };
}

/** True where a line of a heredoc ends it. */
export function endsHeredoc(line: string, { name, chomp }: HeredocStart): boolean {
  const text = line.replace(/[\r\n]+$/, '');
  return (chomp ? text.replace(/^\t+/, '') : text) === name;
}
