/** A variable that docker replaces in a text. */
export interface VariableUse {
  readonly name: string;
  /** Where what follows it begins. */
  readonly end: number;
}

/**
 * The variables in a text of a Dockerfile, those in `${A:-$B}` included. In single quotes, and behind
 * the escape character, a `$` is one like any other character.
 */
export function variablesIn(text: string, escape: string): VariableUse[] {
  const uses: VariableUse[] = [];
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === escape && quote !== "'") at++;
    else if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === '$' && quote !== "'") {
      const [found, brace = '', name] = /^\$(\{?)(\w+)/.exec(text.slice(at)) ?? [];
      if (found === undefined || name === undefined) continue;
      at += found.length - 1;
      uses.push({ name, end: brace === '' ? at + 1 : closing(text, at + 1) });
    }
  }
  return uses;
}

/** Behind the brace that closes the one whose content is at `from`. */
function closing(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++;
    if (text[at] === '}') depth--;
    if (depth === 0) return at + 1;
  }
  return text.length;
}
