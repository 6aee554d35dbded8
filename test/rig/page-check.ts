/**
 * Checks what docs/hash.md, docs/cli.md, docs/errors.md and docs/warnings.md list against the code, and exits 1 where they differ: the keys
 * of the inputs document, commands with their arguments and options, exit codes, codes of errors. What these mean is
 * written by hand, and is not checked.
 */
import { readFile } from 'node:fs/promises';
import type { Command, Option } from 'commander';
import { EXIT, SIGNALS } from '../../src/cli/context.ts';
import { createProgram } from '../../src/cli/program.ts';
import { type BuildInputs, inputsDocument } from '../../src/inputs/document.ts';
import { type BuildOptions, makeOptions, OPTION_ROWS } from '../../src/model/build-options.ts';
import { allCodes } from './codes.ts';
import { contextOf } from './command.ts';

let page = '';

function compare(what: string, written: readonly string[], known: readonly string[]): void {
  const tell = (names: readonly string[], mistake: string) => {
    for (const name of names) console.error(`docs/${page}: ${what}: ${mistake}: ${name}`);
    if (names.length > 0) process.exitCode = 1;
  };
  tell(
    known.filter((name) => !written.includes(name)),
    'is not there',
  );
  tell(
    written.filter((name) => !known.includes(name)),
    'is not known to the code',
  );
}

/** The text beneath a heading, to the next one. */
function section(text: string, heading: string): string {
  const [, found] = text.split(`\n## ${heading}\n`);
  if (found === undefined) {
    compare('headings', [], [heading]);
    return '';
  }
  return found.split('\n## ')[0] ?? '';
}

/** The first cells of the rows of the first table in a text. */
function firstCells(text: string): string[] {
  const table = /(?:^\|.*\n?)+/m.exec(text)?.[0] ?? '';
  const rows = table.trim().split('\n').slice(2);
  return rows.map((row) => row.replaceAll('\\|', '¦').split('|')[1]?.replaceAll('¦', '|') ?? '');
}

/** What stands in code type in these cells. */
function codeIn(cells: readonly string[]): string[] {
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? ''));
}

// The inputs document.

const options: BuildOptions<string> = makeOptions((_, { shape }) => {
  const map = new Map([['a', 'a']]);
  const list = ['a'];
  const values = {
    ...{ text: 'a', map, arguments: map, cacheSources: list, cacheTargets: list, flag: true },
    ...{ secrets: [{ id: 'a', from: { file: 'a' } }], ssh: [{ id: 'a', paths: [] }] },
  };
  return values[shape];
});
const everything: Required<BuildInputs> = {
  ...options,
  dockerfile: '',
  files: '',
  platforms: ['linux/amd64'],
  parents: new Map([['a', 'a']]),
  metadata: 'a',
  interval: { every: 1, epoch: 1 },
  additionalContexts: new Map([['a', 'a']]),
  tests: [{ hashed: true, command: ['a'], entrypoint: null }],
};

page = 'hash.md';
const hash = await readFile(`docs/${page}`, 'utf8');
compare(
  'the inputs document',
  codeIn(firstCells(section(hash, 'The inputs document'))),
  Object.keys(JSON.parse(inputsDocument(everything).document)),
);
const keys = OPTION_ROWS.map(([, { key }]) => key);
compare(
  'what it does not cover',
  codeIn(firstCells(section(hash, 'What it does not cover'))).filter((code) => keys.includes(code)),
  OPTION_ROWS.filter(([, { hashed }]) => !hashed).map(([, { key }]) => key),
);

// Commands and their options.

const program = createProgram(contextOf({}), async () => {});

/** An option as the page has it: its short name, and its long one with its value. */
function written(option: Option): string[] {
  const value = option.argChoices?.join('|') ?? /<(\w+)>/.exec(option.flags)?.[1]?.toUpperCase();
  const long = value === undefined ? option.long : `${option.long} ${value}`;
  return [option.short ?? '', long ?? ''].filter((name) => name !== '');
}

/** A command and what it is given, as a heading has it. */
function headingOf(command: Command): string {
  const handedOn =
    { exec: ' -- CMD…', run: ' [docker run options] [-- CMD…]' }[command.name()] ?? '';
  const argument = command.registeredArguments[0];
  const name = argument?.name().toUpperCase() ?? '';
  const shown = argument?.variadic === true ? `[${name}…]` : name;
  return `${`${command.name()} ${shown}`.trim()}${handedOn}`;
}

const optionsOf = (command: Command) => command.options.flatMap(written);
const optionsIn = (text: string) => codeIn(firstCells(text)).flatMap((code) => code.split(', '));

page = 'cli.md';
const cli = await readFile(`docs/${page}`, 'utf8');
const everywhere = [...optionsOf(program), '-h', '--help'];
compare(
  'options of every command',
  optionsIn(section(cli, 'Options of every command')),
  everywhere,
);
const up = program.commands.find((command) => command.name() === 'up');
for (const command of program.commands) {
  const text = section(cli, `\`${headingOf(command)}\``);
  // A command that takes the options of `up` says so, and those that it does not take.
  const like = text.includes('the options of [`up`]') && up !== undefined ? optionsOf(up) : [];
  const but = [...(/but for ([^.]*?)(?:, and\n|\.)/s.exec(text)?.[1] ?? '').matchAll(/`(.*?)`/g)];
  const taken = like.filter((option) => !but.some(([, left]) => left === option));
  compare(`\`${command.name()}\``, [...taken, ...optionsIn(text)], optionsOf(command));
}

// Exit codes.

compare(
  'exit codes',
  firstCells(section(cli, 'Exit codes')).flatMap((cell) => cell.trim().split(', ')),
  [...Object.values(EXIT), ...Object.values(SIGNALS).map((signal) => 128 + signal)].map(String),
);

// Codes of errors and warnings.

page = 'errors.md and docs/warnings.md';
const [errors, warnings] = await Promise.all([
  readFile('docs/errors.md', 'utf8'),
  readFile('docs/warnings.md', 'utf8'),
]);
const rows = [...`${errors}\n${warnings}`.matchAll(/^\| ((?:`[a-z0-9-]+`(?:, )?)+) \|/gm)];
const headings = [...warnings.matchAll(/^## ([a-z0-9]+(?:-[a-z0-9]+)+)$/gm)].map(
  ([, code]) => code ?? '',
);
const listed = [...codeIn(rows.map(([, cell]) => cell ?? '')), ...headings];
compare('codes', [...new Set(listed)], allCodes());
