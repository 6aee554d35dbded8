import type { InlineFile } from '../model/inline-file.ts';
import type { Heredoc, Instruction } from './instruction.ts';
import { argumentsOf } from './words.ts';

/** The files that a COPY or an ADD writes from its heredocs, in order; none for any other instruction. */
export function inlineFilesOf(instruction: Instruction): InlineFile[] {
  const { keyword, heredocs } = instruction;
  if (heredocs.length === 0 || !['ADD', 'COPY'].includes(keyword)) return [];
  const { words } = argumentsOf(instruction);
  const sources = words.slice(0, -1);
  const starts = sources.filter(({ text }) => /^\d*<</.test(text));
  const to = words.at(-1)?.text ?? '';
  const isFolder = sources.length > 1 || /(^|\/)\.{0,2}$/.test(to);
  return heredocs.map((heredoc, at) => ({
    path: isFolder ? `${to}/${heredoc.name}` : to,
    content: contentOf(heredoc, starts[at]?.text ?? ''),
  }));
}

/** Docker replaces variables in a heredoc whose name has no quotes. */
function contentOf({ chomp, content: { source, start, end } }: Heredoc, word: string) {
  const written = source.text.slice(start, end);
  const content = chomp ? written.replace(/^\t+/gm, '') : written;
  const isLiteral = /["']/.test(word) || !/[$\\]/.test(content);
  return isLiteral ? content : null;
}
