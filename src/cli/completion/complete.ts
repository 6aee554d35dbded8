import type { Argument, Command, Option } from 'commander';
import { collect } from '../options.ts';

/** A word that may stand next, and what it means. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What may stand in the place of an unfinished word. */
export interface Completions {
  readonly candidates: readonly Candidate[];
  /** Whether names of files may stand there, which the shell knows best. */
  readonly files: boolean;
}

/** A command line as far as it is known. */
interface Position {
  readonly command: Command | null;
  /** Its arguments so far. */
  readonly operands: readonly string[];
  /** The option that the unfinished word is the value of. */
  readonly pending: Option | null;
  /** `--` was there. */
  readonly optionsEnded: boolean;
  /** The words that follow are for another program. */
  readonly handedOn: boolean;
}

/** The description of a name that means one image. */
export const IMAGE = 'image';

const NOTHING: Completions = { candidates: [], files: false };
const FILES: Completions = { candidates: [], files: true };

/**
 * What may stand in the place of the last of these words of a command line (without the program itself).
 * `names` gives the names of images, groups of them included; it is asked only where one may stand.
 */
export async function complete(
  program: Command,
  words: readonly string[],
  names: () => Promise<readonly Candidate[]>,
): Promise<Completions> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  const position = positionAfter(before, program);
  const { command, operands, pending, optionsEnded, handedOn } = position;
  if (handedOn) return FILES;
  if (pending !== null) return starting(current, await valuesOf(pending, names));
  const [, flag, equals] = /^(--[^=]+)(=)/.exec(current) ?? [];
  if (flag !== undefined && equals !== undefined && !optionsEnded) {
    const option = optionsAt(position, program).find(({ long }) => long === flag);
    if (option === undefined) return NOTHING;
    const { candidates, files } = await valuesOf(option, names);
    const whole = candidates.map((each) => ({ ...each, value: `${flag}=${each.value}` }));
    return starting(current, { candidates: whole, files });
  }
  if (current.startsWith('-') && !optionsEnded)
    return starting(current, optionsNotGiven(before, optionsAt(position, program)));
  if (command === null) return starting(current, commandsOf(program));
  if (command.name() === 'help')
    return operands.length > 0 ? NOTHING : starting(current, commandsOf(program));
  const { registeredArguments: known } = command;
  const last = known.at(-1);
  const argument = known[operands.length] ?? (last?.variadic === true ? last : undefined);
  if (argument === undefined) return NOTHING;
  const { candidates, files } = await valuesOf(argument, names);
  const others = candidates.filter(({ value }) => !operands.includes(value));
  return starting(current, { candidates: others, files });
}

function positionAfter(words: readonly string[], program: Command): Position {
  let at: Position = {
    command: null,
    operands: [],
    pending: null,
    optionsEnded: false,
    handedOn: false,
  };
  for (const word of words) at = after(word, at, program);
  return at;
}

function after(word: string, at: Position, program: Command): Position {
  if (at.handedOn) return at;
  if (at.pending !== null) return { ...at, pending: null };
  const handsOn = at.command?.name() === 'exec' || at.command?.name() === 'run';
  if (word === '--' && !at.optionsEnded) return { ...at, optionsEnded: true, handedOn: handsOn };
  if (word.startsWith('-') && word !== '-' && !at.optionsEnded)
    return { ...at, pending: takesNext(word, optionsAt(at, program)) };
  if (at.command === null) {
    const command = commandsIn(program).find((each) => each.name() === word);
    return command === undefined ? { ...at, handedOn: true } : { ...at, command };
  }
  return {
    ...at,
    operands: [...at.operands, word],
    // What follows the image is for docker run.
    handedOn: at.command.name() === 'run',
  };
}

/** The option that takes the next word as its value. */
function takesNext(word: string, options: readonly Option[]): Option | null {
  const name = word.startsWith('--') ? word : `-${word.at(-1)}`;
  const found = options.find(({ long, short }) => name === long || name === short);
  return found?.required === true ? found : null;
}

function commandsIn(program: Command): readonly Command[] {
  return program.createHelp().visibleCommands(program);
}

function commandsOf(program: Command): Completions {
  const candidates = commandsIn(program).map((command) => ({
    value: command.name(),
    description: command.description(),
  }));
  return { candidates, files: false };
}

function optionsAt({ command }: Position, program: Command): readonly Option[] {
  const help = program.createHelp();
  const own = command === null ? [] : help.visibleOptions(command);
  const rest = help.visibleOptions(program);
  const known = new Set(own.map(({ long }) => long));
  return [...own, ...rest.filter(({ long }) => !known.has(long))];
}

function optionsNotGiven(words: readonly string[], options: readonly Option[]): Completions {
  const given = new Set(words.map((word) => word.split('=')[0]));
  const candidates = options.flatMap(({ long, short, description, parseArg }) => {
    const isGiven = given.has(long) || (short !== undefined && given.has(short));
    if (long === undefined || (isGiven && parseArg !== REPEATABLE)) return [];
    return { value: long, description };
  });
  return { candidates, files: false };
}

const REPEATABLE: unknown = collect;

/** What an option or an argument may be, by its choices or by the word for its value. */
async function valuesOf(
  taker: Option | Argument,
  names: () => Promise<readonly Candidate[]>,
): Promise<Completions> {
  if (taker.argChoices !== undefined) return plain(taker.argChoices);
  const word = 'flags' in taker ? /<([\w-]+)>/.exec(taker.flags)?.[1] : taker.name();
  switch (word) {
    case 'image':
    case 'images': {
      const all = await names();
      return { candidates: word === 'image' ? all.filter(isOne) : all, files: false };
    }
    case 'path':
    case 'file':
    case 'folder':
      return FILES;
    case 'platform':
      return plain(['linux/amd64', 'linux/arm64']);
    default:
      return NOTHING;
  }
}

function isOne({ description }: Candidate): boolean {
  return description === IMAGE;
}

function plain(values: readonly string[]): Completions {
  return { candidates: values.map((value) => ({ value, description: '' })), files: false };
}

function starting(beginning: string, { candidates, files }: Completions): Completions {
  return { candidates: candidates.filter(({ value }) => value.startsWith(beginning)), files };
}

/** The value of an option with one value, where these words give it; the last one of several. */
export function givenValues(words: readonly string[], names: readonly string[]): string[] {
  return words.flatMap((word, at) => {
    const [name, ...rest] = word.split('=');
    if (names.includes(word)) return words[at + 1] ?? [];
    return name !== undefined && rest.length > 0 && names.includes(name) ? rest.join('=') : [];
  });
}
