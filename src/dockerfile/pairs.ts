import type { Place } from '../model/source.ts';
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
  const { words } = argumentsOf(instruction);
  const [first, ...rest] = words;
  if (first === undefined) return [];
  if (instruction.keyword !== 'ARG' && !first.text.includes('=')) {
    // The old form: `ENV NAME some words`.
    const end = rest.at(-1)?.place.end ?? first.place.end;
    const value = rest.map(({ text }) => text).join(' ');
    return [{ name: first.text, value, place: { ...first.place, end } }];
  }
  return words.map(({ text, place }) => {
    const equals = text.indexOf('=');
    return equals < 0
      ? { name: text, value: null, place }
      : { name: text.slice(0, equals), value: text.slice(equals + 1), place };
  });
}
