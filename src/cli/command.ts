import type { Command } from 'commander';
import type { Context } from './context.ts';
import type { GlobalOptions } from './options.ts';

/** What a command does; it gives the exit code. `rest`: the words that it hands on (command-line.ts). */
type Action = (options: GlobalOptions, rest: readonly string[] | null) => Promise<number>;

/** Adds one command to the program; its commander action hands its work to `run`. */
export type AddCommand = (
  program: Command,
  context: Context,
  run: (action: Action) => Promise<void>,
) => void;
