import { type Document, type ParsedNode, parseDocument, type YAMLError } from 'yaml';
import type { Source } from '../model/source.ts';
import { expand } from './expand.ts';
import type { Findings } from './findings.ts';
import type { Tree } from './tree.ts';
import { syntaxMistake } from './yaml-messages.ts';

/** The tree of a YAML file, or null where it cannot be had: then `findings` says why. */
export function parseYaml(source: Source, findings: Findings): Tree | null {
  const document = parseSafely(source);
  if (document === null) {
    findings.add(wholeFile(source), {
      code: 'too-deep',
      message: 'the file nests too deeply to be read',
      advice: 'a manifest needs eight levels at most',
    });
    return null;
  }
  const mistakes = [...document.errors, ...document.warnings];
  for (const mistake of firstOfEachLine(source, mistakes)) {
    const [start, end] = mistake.pos;
    findings.add({ source, start, end: Math.max(end, start) }, syntaxMistake(mistake, source));
  }
  if (mistakes.length > 0) return null;
  const tree = document.contents === null ? null : expand(source, document.contents, findings);
  if (tree !== null && !(tree.kind === 'scalar' && tree.value === null)) return tree;
  findings.add(wholeFile(source), {
    code: 'empty-manifest',
    message: 'the file is empty',
    advice: 'declare an image: `images: { app: { build: {} } }`',
  });
  return null;
}

function parseSafely({ text }: Source): Document.Parsed<ParsedNode> | null {
  try {
    return parseDocument(text, {
      // Said outright, so that a `%YAML 1.1` line does not bring other rules.
      schema: 'core',
      // The three of them are expand.ts's, which knows the places.
      merge: false,
      uniqueKeys: false,
      resolveKnownTags: false,
      prettyErrors: false,
      logLevel: 'silent',
    });
  } catch (error) {
    // The parser is recursive: that is all it throws for.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** One mistake makes the parser stumble on; what it says of the same line is noise. */
function firstOfEachLine(source: Source, mistakes: readonly YAMLError[]): YAMLError[] {
  const lines = new Map<number, YAMLError>();
  for (const mistake of mistakes) {
    const line = source.text.lastIndexOf('\n', mistake.pos[0] - 1);
    if (!lines.has(line)) lines.set(line, mistake);
  }
  return [...lines.values()];
}

function wholeFile(source: Source) {
  return { source, start: 0, end: 0 };
}
