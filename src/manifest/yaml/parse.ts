import type { YAMLError } from 'yaml';
import type { Place, Source } from '../../model/source.ts';
import type { Findings } from '../findings.ts';
import { isNone, type Tree } from '../tree.ts';
import { composeYaml } from './compose.ts';
import { expand } from './expand.ts';
import { syntaxMistake } from './messages.ts';

/** The tree of a YAML file, or null where it cannot be had: then `findings` says why. */
export function parseYaml(source: Source, findings: Findings): Tree | null {
  const composed = composeYaml(source.text);
  if (composed.is !== 'document') {
    findings.add(pointAt(source, composed.offset), WHOLE_FILE_MISTAKES[composed.is]);
    return null;
  }
  const { contents, errors, warnings } = composed.document;
  const mistakes = firstOfEachLine(source, [...errors, ...warnings]);
  for (const mistake of mistakes) {
    findings.add(placeOf(mistake, source), syntaxMistake(mistake, source));
  }
  if (mistakes.length > 0) return null;
  const tree = contents === null ? undefined : expand(source, contents, findings);
  if (tree !== undefined && !isNone(tree)) return tree;
  findings.add(pointAt(source, 0), EMPTY);
  return null;
}

const WHOLE_FILE_MISTAKES = {
  'second-document': {
    code: 'many-documents',
    message: 'a second YAML document begins here',
    advice: 'a manifest is one document: remove the `---`',
  },
  'too-deep': {
    code: 'too-deep',
    message: 'the file nests too deeply to be a manifest',
    advice: 'check its brackets and its indentation',
  },
} as const;

const EMPTY = {
  code: 'empty-manifest',
  message: 'the file is empty',
  advice: 'declare an image: `images: { app: { build: {} } }`',
} as const;

/** One mistake makes the parser stumble on; what it says of the same line is noise. */
function firstOfEachLine({ text }: Source, mistakes: readonly YAMLError[]): YAMLError[] {
  const sorted = [...mistakes].sort((a, b) => a.pos[0] - b.pos[0]);
  let lineEnd = -1;
  return sorted.filter(({ pos: [start] }) => {
    if (start <= lineEnd) return false;
    const end = text.indexOf('\n', start);
    lineEnd = end < 0 ? text.length : end;
    return true;
  });
}

/** The parser points at the indentation where that is wrong; people look for the word after it. */
function placeOf({ pos: [start, end] }: YAMLError, source: Source): Place {
  const blanks = /[ \t]*/y;
  blanks.lastIndex = start;
  const shift = blanks.exec(source.text)?.[0].length ?? 0;
  return shift === 0 ? { source, start, end } : pointAt(source, start + shift);
}

function pointAt(source: Source, offset: number): Place {
  return { source, start: offset, end: offset };
}
