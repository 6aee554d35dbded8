import type { CST } from 'yaml';
import { Composer, type Document, Lexer, type ParsedNode, Parser } from 'yaml';

/** A file's one YAML document, or why it is none. */
export type Composed =
  | { readonly is: 'document'; readonly document: Document.Parsed<ParsedNode> }
  /** The offset where a second document begins. */
  | { readonly is: 'second-document'; readonly offset: number }
  | { readonly is: 'too-deep'; readonly offset: number };

/** How many collections may stand within one another; a manifest has about eight. */
const MAX_DEPTH = 100;

class TooDeep extends Error {
  constructor(readonly offset: number) {
    super('too deep');
  }
}

/**
 * Parses YAML 1.2. As `parseDocument` of the library does, but for a limit to the depth: what it does
 * with a document grows with the square of it, and recursion ends somewhere.
 */
export function composeYaml(text: string): Composed {
  const composer = new Composer({
    // Said outright, so that a `%YAML 1.1` line does not bring other rules.
    schema: 'core',
    // These are expand.ts's, which reports mistakes in our own words.
    merge: false,
    uniqueKeys: false,
    resolveKnownTags: false,
  });
  try {
    const [document, second] = composer.compose(tokens(text), true, text.length);
    if (second !== undefined) return { is: 'second-document', offset: second.range[0] };
    if (document === undefined) throw new Error('the YAML composer gave no document');
    return { is: 'document', document };
  } catch (error) {
    if (error instanceof TooDeep) return { is: 'too-deep', offset: error.offset };
    throw error;
  }
}

function* tokens(text: string): Generator<CST.Token> {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > MAX_DEPTH) throw new TooDeep(parser.offset);
  }
  yield* parser.end();
}
