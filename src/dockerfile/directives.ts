/** `# syntax=…` and its like, which mean something to docker only at the very beginning of a file. */
export interface Directive {
  readonly name: 'syntax' | 'escape' | 'check';
  readonly value: string;
}

const HASH = /^#[\t\n\f\r ]*([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*([^\n]+?)[\t\n\f\r ]*$/;
const SLASHES =
  /^\/\/[\t\n\f\r ]*([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*([^\n]+?)[\t\n\f\r ]*$/;
const NAMES = ['syntax', 'escape', 'check'];

/**
 * Takes the lines of a file one after the other for as long as they are directives: after any other
 * line, an unknown directive included, no more are taken.
 *
 * Rules: https://github.com/moby/buildkit/blob/v0.25.1/frontend/dockerfile/parser/directives.go
 */
export class DirectiveReader {
  readonly #form: RegExp;
  readonly #seen = new Set<string>();
  #done = false;

  constructor(form: RegExp = HASH) {
    this.#form = form;
  }

  /** The directive of a line; null for none, `repeated` for one that was there before. */
  read(line: string): Directive | 'repeated' | null {
    if (this.#done) return null;
    const [, written = '', value = ''] = this.#form.exec(line) ?? [];
    const name = written.toLowerCase();
    if (!NAMES.includes(name)) {
      this.#done = true;
      return null;
    }
    if (this.#seen.has(name)) return 'repeated';
    this.#seen.add(name);
    return { name: name as Directive['name'], value };
  }
}

/**
 * The frontend that a file asks for, as docker looks for it before it reads the file: a first line
 * that begins with `#!` is passed over, and `// syntax=` and `{"syntax": …}` count too.
 */
export function syntaxOf(text: string): string | null {
  const bare = text.replace(/^\ufeff/, '').replace(/^#![^\n]*(\n|$)/, '');
  const value = syntaxIn(bare, HASH) ?? syntaxIn(bare, SLASHES) ?? syntaxInJson(bare);
  return value?.split(' ', 1)[0] ?? null;
}

function syntaxIn(text: string, form: RegExp): string | null {
  const reader = new DirectiveReader(form);
  for (const line of text.split('\n')) {
    const directive = reader.read(line.replace(/\r$/, ''));
    if (directive === null || directive === 'repeated') return null;
    if (directive.name === 'syntax') return directive.value;
  }
  return null;
}

function syntaxInJson(text: string): string | null {
  if (!/^[\t\n\r ]*\{/.test(text)) return null;
  try {
    const { syntax } = JSON.parse(text) as { syntax?: unknown };
    return typeof syntax === 'string' ? syntax : null;
  } catch {
    return null;
  }
}
