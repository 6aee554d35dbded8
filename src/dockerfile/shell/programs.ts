import type { Instruction } from '../instruction.ts';
import { argumentsOf } from '../words.ts';
import { type Heredoc, type ShellWord, scanShell } from './scan.ts';

/** A program that a RUN calls. */
export interface Program {
  /** Without its folder. */
  readonly name: string;
  readonly args: readonly string[];
  /** Offsets of the name in the Dockerfile. */
  readonly start: number;
  readonly end: number;
}

/** The programs that a RUN calls, scripts in heredocs and behind `sh -c` included. */
export function programsOf(instruction: Instruction): Program[] {
  const { words, json } = argumentsOf(instruction);
  const [first] = words;
  // Where the escape character is another one, the shell is another one too.
  if (first === undefined || instruction.escape !== '\\') return [];
  if (json) {
    return programsIn(words.map(({ text, place: { start, end } }) => ({ text, start, end })));
  }
  const { source, end } = instruction.place;
  return programsInScript(source.text, first.place.start, end, true);
}

function programsInScript(text: string, start: number, end: number, joined: boolean): Program[] {
  const { commands, heredocs } = scanShell(text, start, end, joined);
  const scripts = heredocs.filter((heredoc) => isScript(heredoc, text));
  return [
    ...commands.flatMap(programsIn),
    ...scripts.flatMap((script) => programsInScript(text, script.start, script.end, false)),
  ];
}

const SHELLS = ['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh'];

/** True where a shell reads the heredoc: the one that runs the RUN, or one that is called. */
function isScript({ words, start }: Heredoc, text: string): boolean {
  const program = programOf(words);
  if (program !== null && !SHELLS.includes(program.name)) return false;
  const [, interpreter] = /^#!(.*)/.exec(text.slice(start, start + 200)) ?? [];
  return interpreter === undefined || /\b(ba|da|a|z|k)?sh\b/.test(interpreter);
}

function programsIn(words: readonly ShellWord[]): Program[] {
  const program = programOf(words);
  if (program === null) return [];
  const option = program.args.findIndex((arg) => /^-\w*c$/.test(arg));
  const script = program.args[option + 1];
  if (!SHELLS.includes(program.name) || option < 0 || script === undefined) return [program];
  // Its quotes are gone, so that all of it has the place of the shell.
  const { start, end } = program;
  const inner = programsInScript(script, 0, script.length, false);
  return inner.map(({ name, args }) => ({ name, args, start, end }));
}

const KEYWORDS = ['if', 'then', 'elif', 'else', 'while', 'until', 'do', '!', '{', 'time'];
/** Programs that call another one, with those of their options that have a value. */
const WRAPPERS: Readonly<Record<string, RegExp>> = {
  sudo: /^-[ugpCh]$/,
  env: /^-[uCS]$/,
  exec: /^-a$/,
  command: /^$/,
  nice: /^-n$/,
  nohup: /^$/,
  timeout: /^-[ks]$/,
};

function programOf(words: readonly ShellWord[]): Program | null {
  const at = words.findIndex(({ text }) => !isBefore(text));
  const [word, ...rest] = words.slice(at < 0 ? words.length : at);
  if (word === undefined) return null;
  const name = word.text.replace(/^.*\//s, '');
  const valued = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
  if (valued !== undefined) return programOf(wrapped(name, valued, rest));
  const { start, end } = word;
  return { name, args: rest.map(({ text }) => text), start, end };
}

/** True for what may stand before a command. */
function isBefore(word: string): boolean {
  return KEYWORDS.includes(word) || /^\w+\+?=/.test(word);
}

/** What a wrapper calls. */
function wrapped(name: string, valued: RegExp, words: readonly ShellWord[]): readonly ShellWord[] {
  let at = 0;
  for (let option = words[0]; option?.text.startsWith('-'); option = words[at]) {
    // `command -v` only asks whether there is one.
    if (name === 'command') return [];
    at += valued.test(option.text) ? 2 : 1;
  }
  return words.slice(name === 'timeout' ? at + 1 : at);
}
