import type { Place } from '../model/source.ts';
import { SEPARATOR } from './blanks.ts';
import type { Instruction } from './instruction.ts';
import { argumentsOf } from './words.ts';

/** One `name=value` of an ARG, an ENV or a LABEL. */
export interface Pair {
  readonly name: string;
  /** As it is written, quotes included; null for an ARG without a default. */
  readonly value: string | null;
  readonly place: Place;
}

/** What an ARG, an ENV or a LABEL sets, in order. */
export function pairsOf(instruction: Instruction): Pair[] {
  const { words, rest } = argumentsOf(instruction);
  if (words[0] === undefined) return [];
  if (isOldForm(instruction)) {
    const separator = SEPARATOR.exec(rest.text);
    const end = separator?.index ?? rest.text.length;
    const value = rest.text.slice(end + (separator?.[0].length ?? 0));
    return [{ name: rest.text.slice(0, end), value, place: rest.place() }];
  }
  return words.map(({ text, place }) => {
    const equals = text.indexOf('=');
    return equals < 0
      ? { name: text, value: null, place }
      : { name: text.slice(0, equals), value: text.slice(equals + 1), place };
  });
}

/** True for `ENV NAME some words` and `LABEL NAME some words`. */
export function isOldForm(instruction: Instruction): boolean {
  const [first] = argumentsOf(instruction).words;
  return instruction.keyword !== 'ARG' && first !== undefined && !first.text.includes('=');
}
