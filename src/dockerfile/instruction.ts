import type { Place } from '../model/source.ts';
import type { HeredocStart } from './heredocs.ts';
import type { Line } from './line.ts';
import { partsOf } from './parts.ts';

/** An instruction as it is written, continued lines and heredocs included. */
export interface Instruction {
  /** In capitals. */
  readonly keyword: string;
  /** All of it. */
  readonly place: Place;
  /** All of it on one line: what continued lines join, comments and heredocs left out. */
  readonly line: Line;
  readonly heredocs: readonly Heredoc[];
  /** The character that continues a line and takes a special meaning away. */
  readonly escape: string;
}

/** What follows an instruction up to the line that bears its name. */
export interface Heredoc extends HeredocStart {
  /** The lines between. */
  readonly content: Place;
}

/**
 * The instruction that an ONBUILD keeps for the images built on this one; null for any other. Its place
 * is that of the ONBUILD.
 */
export function onbuildOf(instruction: Instruction): Instruction | null {
  if (instruction.keyword !== 'ONBUILD') return null;
  const { rest: line } = partsOf(instruction);
  if (line.text === '') return null;
  return { ...instruction, line, keyword: keywordOf(line.text) };
}

/** The first word of a line, in capitals. */
export function keywordOf(line: string): string {
  const word = /^[^\t\v\f\r ]*/.exec(line)?.[0] ?? '';
  // Only these letters have capitals that docker knows.
  return word.toLowerCase().replace(/[a-z]/g, (letter) => letter.toUpperCase());
}
