import type { Place, Source } from '../model/source.ts';
import type { Instruction } from './instruction.ts';
import type { BuildStage } from './stages.ts';

/**
 * The instructions that a stage leaves to whatever begins with it: those of its ONBUILDs, without that
 * word. BuildKit carries them out once, so those of the stage or image that it begins with are not
 * among them.
 */
export function triggersOf({ instructions }: BuildStage): Instruction[] {
  return instructions.flatMap((instruction) => {
    if (instruction.keyword !== 'ONBUILD') return [];
    const { place, argumentsStart } = instruction;
    const trigger = place.source.text.slice(argumentsStart, place.end);
    return inner(trigger, instruction, argumentsStart);
  });
}

/** The triggers in the configuration of an image, which docker keeps as they were written. */
export function triggersIn(onBuild: readonly string[], image: string): Instruction[] {
  return onBuild.flatMap((text, index) => {
    const source: Source = { path: `ONBUILD ${index + 1} of ${image}`, text };
    const place: Place = { source, start: 0, end: text.length };
    return inner(text, { place, escape: '\\' }, 0);
  });
}

/** What may stand before a word: blanks, and escaped ends of lines. */
const KEYWORD = /^(?:\s|[\\`][ \t]*\r?\n)*([A-Za-z]+)/;

function inner(
  text: string,
  onBuild: Pick<Instruction, 'place' | 'escape'>,
  start: number,
): Instruction[] {
  const found = KEYWORD.exec(text);
  if (found === null) return [];
  const [all, keyword = ''] = found;
  return [{ ...onBuild, keyword: keyword.toUpperCase(), argumentsStart: start + all.length }];
}
