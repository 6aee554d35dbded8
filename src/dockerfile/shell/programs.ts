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
    return programsIn(
      words.map(({ text, place: { start, end } }) => ({ text, start, end })),
      0,
    );
  }
  const { source, end } = instruction.place;
  return programsInScript({ text: source.text, start: first.place.start, end }, 0);
}

interface Script {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Scripts within one another that are still looked into. */
const DEEPEST = 10;

/** `depth` is how many scripts this one is in: none for the text of a RUN. */
function programsInScript({ text, start, end }: Script, depth: number): Program[] {
  if (depth > DEEPEST) return [];
  const { commands, heredocs } = scanShell(text, start, end, depth === 0);
  const scripts = heredocs.filter((heredoc) => isScript(heredoc, text));
  return [
    ...commands.flatMap((words) => programsIn(words, depth)),
    ...scripts.flatMap((script) => programsInScript({ ...script, text }, depth + 1)),
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

function programsIn(words: readonly ShellWord[], depth: number): Program[] {
  const program = programOf(words);
  if (program === null) return [];
  const option = program.args.findIndex((arg) => /^-\w*c$/.test(arg));
  const script = program.args[option + 1];
  if (!SHELLS.includes(program.name) || option < 0 || script === undefined) return [program];
  // Its quotes are gone, so that all of it has the place of the shell.
  const { start, end } = program;
  const inner = programsInScript({ text: script, start: 0, end: script.length }, depth + 1);
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
  busybox: /^$/,
  doas: /^-[uC]$/,
  eatmydata: /^$/,
  gosu: /^$/,
  'su-exec': /^$/,
  xargs: /^-[adEILnPs]$/,
};
/** Those with a word of their own before it. */
const WITH_WORD = ['timeout', 'gosu', 'su-exec'];

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
  return words.slice(WITH_WORD.includes(name) ? at + 1 : at);
}
