import type { YAMLError } from 'yaml';
import type { Source } from '../model/source.ts';
import type { Mistake } from './findings.ts';

/** A mistake of YAML syntax, in words for people. */
export function syntaxMistake(error: YAMLError, source: Source): Mistake {
  switch (error.code) {
    case 'MULTIPLE_DOCS':
      return {
        code: 'many-documents',
        message: 'a second YAML document begins here',
        advice: 'a manifest is one document: remove the `---`',
      };
    case 'TAG_RESOLVE_FAILED':
      return {
        code: 'unknown-tag',
        message: `the YAML tag ${source.text.slice(...error.pos)} is not known here`,
        advice: 'remove it',
      };
    default:
      return { code: 'yaml-syntax', message: messageOf(error), ...adviceFor(error, source) };
  }
}

function messageOf({ message }: YAMLError): string {
  const [line = ''] = message.split('\n');
  return `this is not YAML: ${line.charAt(0).toLowerCase()}${line.slice(1)}`;
}

function adviceFor(error: YAMLError, { text }: Source): { advice?: string } {
  const start = text.lastIndexOf('\n', error.pos[0] - 1) + 1;
  const end = text.indexOf('\n', start);
  const line = text.slice(start, end < 0 ? undefined : end);
  if (/[{[,].*[^"']\$\{/.test(line)) {
    return { advice: 'inside { } and [ ], put quotes around a string with `${…}` in it' };
  }
  return error.code === 'TAB_AS_INDENT' ? { advice: 'indent with spaces' } : {};
}
