/**
 * Docker's own words in what a build has written to stderr, a line each. What steps print, their
 * commands, and the Dockerfile's text are the user's: whatever they say is not said by docker.
 *
 * BuildKit puts a step's number before each line of its output, and writes the output of the one that
 * failed once more between two rules, then the part of the Dockerfile.
 */
export function ownWords(lines: readonly string[]): string[] {
  const [from, to] = repeatedOutput(lines);
  return lines
    .filter((_, at) => at < from || at > to)
    .flatMap((line) => {
      if (!line.startsWith('#')) return USERS.test(line) ? [] : [line];
      const [, error] = /^#\d+ (ERROR: .*)$/s.exec(line) ?? [];
      return error === undefined ? [] : [error];
    })
    .map(withoutQuotes);
}

const RULE = '------';

/** Where the output of the step that failed is repeated. */
function repeatedOutput(lines: readonly string[]): [number, number] {
  const from = lines.indexOf(RULE);
  const to = lines.indexOf(RULE, from + 1);
  return from === -1 || to === -1 ? [lines.length, lines.length] : [from, to];
}

/** A step's output or title, a line of the Dockerfile, or what a check of BuildKit's says of one. */
const USERS = /^(?:\d+\.\d+ | > | *\d+ \| | - |WARN: )/;

/** The line without what it quotes of the user's: the command of a step, a path, an instruction. */
function withoutQuotes(line: string): string {
  return line
    .replace(/process ".*" (?=did not complete successfully)/s, 'process "" ')
    .replace(/"(?:[^"\\]|\\.)*"(?=: not found$)/, '""')
    .replace(/(dockerfile parse error on line \d+: ).*$/s, '$1');
}
