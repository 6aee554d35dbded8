/** Env files, and strings with interpolations in them, that nobody thought of. */
import type { Random } from '../random.ts';

const NAMES = ['A', 'B', 'C_1', 'a.b', 'export A', ' A ', '\tB'];
const SIGNS = ['=', '=', '=', '=', ' = ', ': ', ':', '\n'];
const ENDS = ['\n', '\n', '\n', '\r\n', ' \n', ' # c\n', '#c\n', '\n\n'];
const PIECES = [
  'x',
  'y z',
  '#',
  ' #',
  '\\',
  '\\n',
  '\\\\',
  '\\"',
  "\\'",
  '\\$',
  '\\0101',
  '$',
  '$$',
  '$A',
  '{',
  '}',
].concat([
  '${B}',
  '${A:-',
  '${N:-',
  '${E-',
  '${A:+',
  '${N:?m}',
  '"',
  "'",
  '\n',
  ':',
  '=',
  'é',
  '\t',
  '{"a":1}',
]);

/** An env file. */
export function randomEnvFile(random: Random): string {
  const line = () => {
    const quote = random.pick(['', '', '"', '"', "'"]);
    const value = random.several(0, 4, () => random.pick(PIECES)).join('');
    const end = random.chance(92) ? quote : '';
    return `${random.pick(NAMES)}${random.pick(SIGNS)}${quote}${value}${end}${random.pick(ENDS)}`;
  };
  return random.several(1, 4, line).join('');
}

const WORDS = [
  '${A}',
  '${B}',
  '$$',
  '${A:-',
  '${NONE:-',
  '${EMPTY-',
  '${EMPTY:-',
  '${NONE:+',
  '${A:+',
  '${A:?',
].concat([
  '}',
  '}',
  '}',
  '}',
  '{',
  '{}',
  '{"a":1}',
  'x',
  ' ',
  ':-',
  '?',
  '$',
  '\n',
  '${',
  '${NONE:?',
]);

/** A string with interpolations. */
export function randomTemplate(random: Random): string {
  return random.several(1, 8, () => random.pick(WORDS)).join('');
}
