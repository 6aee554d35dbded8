import type { Dockerfile, Instruction as ParsedInstruction } from 'dockerfile-ast';
import type { Place, Source } from '../model/source.ts';

/** An instruction as it is written, continued lines and heredocs included. */
export interface Instruction {
  /** In capitals. */
  readonly keyword: string;
  /** All of it. */
  readonly place: Place;
  /** Where that begins which follows the keyword. */
  readonly argumentsStart: number;
  /** The character that continues a line and takes a special meaning away. */
  readonly escape: string;
}

/** The instructions of a Dockerfile, in order. */
export function instructionsOf(dockerfile: Dockerfile, source: Source): Instruction[] {
  const placeOf = placer(source);
  return dockerfile.getInstructions().map((instruction) => ({
    ...placeOf(instruction),
    keyword: instruction.getKeyword(),
    escape: dockerfile.getEscapeCharacter(),
  }));
}

/** Turns the parser's lines and columns into offsets. */
function placer(
  source: Source,
): (instruction: ParsedInstruction) => Pick<Instruction, 'place' | 'argumentsStart'> {
  const starts = [0];
  for (let at = source.text.indexOf('\n'); at >= 0; at = source.text.indexOf('\n', at + 1)) {
    starts.push(at + 1);
  }
  return (instruction) => {
    const { start, end } = instruction.getRange();
    const offset = ({ line, character }: typeof start) => (starts[line] ?? 0) + character;
    return {
      place: { source, start: offset(start), end: offset(end) },
      argumentsStart: offset(instruction.getInstructionRange().end),
    };
  };
}
