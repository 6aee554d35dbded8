import type { YAMLError } from 'yaml';
import type { Source } from '../../model/source.ts';
import type { Mistake } from '../findings.ts';

/** A mistake of YAML syntax, in words for people. */
export function syntaxMistake(error: YAMLError, source: Source): Mistake {
  if (error.code === 'TAG_RESOLVE_FAILED') {
    const tag = source.text.slice(...error.pos);
    return {
      code: 'unknown-tag',
      message: `the YAML tag ${tag} is not known here`,
      advice: 'remove it',
    };
  }
  const { message } = error;
  const advice = adviceFor(error, source);
  return {
    code: 'yaml-syntax',
    message: `this is not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
    ...(advice === null ? {} : { advice }),
  };
}

function adviceFor({ code, pos }: YAMLError, { text }: Source): string | null {
  const start = text.lastIndexOf('\n', pos[0] - 1) + 1;
  const end = text.indexOf('\n', start);
  const line = text.slice(start, end < 0 ? undefined : end);
  if (hasBareInterpolation(line)) {
    return 'within { } and [ ], put quotes around a string with `${…}` in it';
  }
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'indent with spaces';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'put quotes around a value that has `: ` in it';
    case 'BAD_SCALAR_START':
      return 'put quotes around the value';
    default:
      return null;
  }
}

/** True for a line such as `a: { b: ${C} }`, where YAML takes the inner brace for a map. */
function hasBareInterpolation(line: string): boolean {
  const before = line.slice(0, Math.max(0, line.lastIndexOf('${')));
  const lastQuote = Math.max(before.lastIndexOf('"'), before.lastIndexOf("'"));
  return /[{[,]/.test(before.slice(lastQuote + 1));
}
