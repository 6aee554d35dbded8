import { unclosedIn } from './expand.ts';
import type { Instruction } from './instruction.ts';
import type { Mistake } from './mistake.ts';
import { pairsOf } from './pairs.ts';
import { argumentsOf, type Word } from './words.ts';

const PAIRS = ['ARG', 'ENV', 'LABEL'];
const WORDS = ['ADD', 'COPY', 'EXPOSE', 'FROM', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR'];

/**
 * The first word of an instruction with a quote or a `${` that nothing closes, where docker takes quotes off and
 * replaces variables: not in a `RUN` and its like, which a shell reads, nor in a `MAINTAINER`.
 *
 * Rules: https://github.com/moby/buildkit/blob/v0.25.1/frontend/dockerfile/shell/lex.go
 */
export function unclosedMistake(instruction: Instruction): Mistake | null {
  const { keyword, escape: mark } = instruction;
  for (const { text, place } of expandedWords(instruction)) {
    const opened = unclosedIn(text, mark);
    if (opened === null) continue;
    return {
      message: `nothing closes the \`${opened}\` in \`${text}\``,
      advice: adviceFor(opened, keyword, mark),
      place,
    };
  }
  return null;
}

function expandedWords(instruction: Instruction): readonly Word[] {
  const { keyword } = instruction;
  if (PAIRS.includes(keyword)) {
    return pairsOf(instruction).flatMap(({ name, value, place }) =>
      [name, value ?? ''].map((text) => ({ text, place })),
    );
  }
  if (!WORDS.includes(keyword)) return [];
  const { words } = argumentsOf(instruction);
  if (keyword === 'FROM') return words.slice(0, 1);
  return words.filter(({ text }) => !HEREDOC.test(text));
}

const HEREDOC = /^\d*<</;

function adviceFor(opened: string, keyword: string, mark: string): string {
  if (opened === '${') return `close it with \`}\`, or write \`${mark}$\` for a \`$\``;
  if (keyword !== 'ADD' && keyword !== 'COPY') return `close it, or write \`${mark}${opened}\``;
  return `docker splits at every blank, within quotes too: write a path with blanks as in \`${keyword} ["a b", "/to/"]\`, and a quote as \`${mark}${opened}\``;
}
