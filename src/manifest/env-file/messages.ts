import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Unset } from '../interpolation/evaluate.ts';
import { MAX_DEPTH, type TemplateError } from '../interpolation/template.ts';
import type { EnvFileMistake } from './parse.ts';

/** A diagnostic, its place aside. None says anything of a value, which may be secret. */
type Said = Omit<Diagnostic, 'place'>;

/** What to say where an env file is not written as one. */
export function mistakeInEnvFile({ why, at }: EnvFileMistake, text: string): Said {
  const syntax = (message: string, advice: string): Said => {
    return { severity: 'error', code: 'env-file-syntax', message, advice };
  };
  switch (why) {
    case 'quote':
      return syntax(
        'this quote is not closed',
        'close it, or put the whole value into quotes of the other kind',
      );
    case 'name': {
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
      return syntax(
        `the name of a variable cannot hold \`${character}\``,
        'write `NAME=value`; a value of several lines stands between quotes, and after the second one only a comment may follow',
      );
    }
    case 'blank-in-name':
      return syntax(
        'the name of a variable cannot hold a blank',
        'write `NAME=value`, a comment after `#`',
      );
    case 'no-name':
      return syntax('there is no name after `export`', 'write `export NAME=value`');
  }
}

/** Ends a sentence of advice. */
const LITERAL = 'put the value between single quotes if its `$` is meant as it is';

/** What to say of an interpolation that is not one. */
export function mistakeInTemplate({ why }: TemplateError): Said {
  const said = (message: string, advice: string): Said => {
    return { severity: 'error', code: 'bad-interpolation', message, advice };
  };
  switch (why) {
    case 'too-deep':
      return said(
        `interpolations nest more than ${MAX_DEPTH} deep`,
        'use fewer defaults within defaults',
      );
    case 'not-closed':
      return said('this `${` is not closed', `close it with \`}\` in the same line, or ${LITERAL}`);
    default:
      return said(
        'this `${` begins no interpolation',
        `write \`\${NAME}\` or \`\${NAME:-default}\`, or ${LITERAL}`,
      );
  }
}

/** What to say of a variable that a value names and that is not set. */
export function mistakeOfUnset({ name, empty, required, message }: Unset): Said {
  if (required) {
    const state = `the variable \`${name}\` is ${empty ? 'empty' : 'not set'}`;
    return {
      severity: 'error',
      code: 'unset-variable',
      message: message === '' ? state : `${state}: ${message}`,
      advice: 'set it in the environment, or before this in an env file',
    };
  }
  return {
    severity: 'warning',
    code: 'unset-in-env-file',
    // Not its name: after a bare `$` that may be a piece of a password.
    message: 'the variable that is named here is not set: nothing comes in its place',
    advice: LITERAL,
  };
}

export const NUL_MISTAKE: Said = {
  severity: 'error',
  code: 'bad-character',
  message: 'a value cannot hold the character U+0000',
  advice: 'remove `\\0000` from it',
};
