import type { Command, Option } from 'commander';

/** A command line in two parts: docker-ensure's own words, and those for another command. */
export interface CommandLine {
  readonly own: readonly string[];
  /** What stands after `--`, or after the image of `run`; null where nothing does. */
  readonly rest: readonly string[] | null;
}

/**
 * Cuts off what docker-ensure hands on as it is: of `exec` what stands after `--`, of `run` all that
 * follows its image.
 */
export function splitCommandLine(program: Command, argv: readonly string[]): CommandLine {
  const at = nextOperand(argv, 0, program.options);
  const command = program.commands.find((each) => each.name() === argv[at]);
  if (command?.name() === 'exec') return cutAt(argv, argv.indexOf('--', at));
  if (command?.name() !== 'run') return { own: argv, rest: null };
  const image = nextOperand(argv, at + 1, [...program.options, ...command.options]);
  if (image < 0 || image === argv.length - 1) return { own: argv, rest: null };
  return { own: argv.slice(0, image + 1), rest: argv.slice(image + 1) };
}

function cutAt(argv: readonly string[], at: number): CommandLine {
  return at < 0 ? { own: argv, rest: null } : { own: argv.slice(0, at), rest: argv.slice(at + 1) };
}

/** Where the next word stands that is neither an option nor the value of one; -1 where there is none. */
function nextOperand(argv: readonly string[], from: number, options: readonly Option[]): number {
  for (let at = from; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--') return -1;
    if (!word.startsWith('-') || word === '-') return at;
    if (takesNext(word, options)) at += 1;
  }
  return -1;
}

function takesNext(word: string, options: readonly Option[]): boolean {
  if (word.startsWith('--')) return options.some(({ long, required }) => long === word && required);
  // Of short options in one word, the first that has a value takes the rest of it.
  const letters = [...word.slice(1)];
  const at = letters.findIndex((letter) =>
    options.some(({ short, required }) => short === `-${letter}` && required),
  );
  return at === letters.length - 1;
}
