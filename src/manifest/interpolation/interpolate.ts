import { nearest } from '../../model/nearest.ts';
import { safeCharacters } from '../../model/safe-name.ts';
import { Findings, type Mistake } from '../findings.ts';
import { expandMatrices, withoutMatrix } from '../matrix/expand.ts';
import type { Entry, Scalar, Tree } from '../tree.ts';
import { DollarPlaces } from './dollars.ts';
import { type Evaluated, evaluate } from './evaluate.ts';
import { readPlain } from './read-plain.ts';
import {
  GIT_NAMES,
  MAX_DEPTH,
  parseTemplate,
  TemplateError,
  type ValueSource,
} from './template.ts';
import { findValue, unsetMistake, type Values, wrongAnswer } from './values.ts';

/**
 * The tree of a manifest with the interpolations of its strings replaced, the keys that begin with `x-` left out, and each
 * entry with a `matrix` made its images. `entries` has the keys of those.
 */
export function interpolateManifest(
  root: Tree,
  values: Values,
  findings: Findings,
): { readonly root: Tree; readonly entries: Map<string, readonly string[]> } {
  const entries = new Map<string, readonly string[]>();
  if (root.kind !== 'mapping') return { root, entries };
  const used = [...root.entries].filter(([key]) => !key.startsWith('x-'));
  const now = (tree: Tree) => interpolateTree(tree, values, findings);
  const later = (tree: Tree) => interpolateLater(tree, values, findings);
  const image = (tree: Tree, own = values) => interpolateImage(tree, own, findings);
  const registry = ({ key, value }: Entry) => (CREDENTIALS.has(key) ? later(value) : now(value));
  const section = ({ key, value }: Entry): Tree => {
    switch (key) {
      case 'registries':
        return withValues(value, (entry) => withValues(entry.value, registry));
      case 'defaults':
        return image(withoutMatrix(value, findings, 'defaults'));
      case 'images': {
        const expanded = expandMatrices(value, { values, findings, image });
        for (const [name, keys] of expanded.entries) entries.set(name, keys);
        return expanded.section;
      }
      default:
        return now(value);
    }
  };
  const sections = used.map(([key, entry]): [string, Entry] => [
    key,
    { ...entry, value: section(entry) },
  ]);
  return { root: { ...root, entries: new Map(sections) }, entries };
}

/** Not every run has to log in, and one that need not can do without them. */
const CREDENTIALS: ReadonlySet<string> = new Set(['username', 'password', 'password_command']);

/** The keys of an image that become tags. */
const TAGS: ReadonlySet<string> = new Set(['version', 'tags']);

function interpolateImage(tree: Tree, values: Values, findings: Findings): Tree {
  if (tree.kind !== 'mapping') return interpolateTree(tree, values, findings);
  return withValues(
    tree,
    ({ key, value }) => interpolateTree(value, values, findings, TAGS.has(key)),
    values.matrix !== null,
  );
}

/** A value whose unset variables are no mistake yet. */
function interpolateLater(tree: Tree, values: Values, findings: Findings): Tree {
  const own = new Findings();
  const value = interpolateTree(tree, values, own);
  const all = own.list();
  const unset = all.filter(({ code }) => code === 'unset-variable' || code === 'no-value');
  for (const mistake of all) {
    if (!unset.includes(mistake)) findings.reject(value, mistake, mistake.place);
  }
  return unset.length === 0 ? value : { ...value, unset };
}

/** `isCopied`: the images of a matrix are told apart in what is found wrong with each. */
function withValues(tree: Tree, read: (entry: Entry) => Tree, isCopied = false): Tree {
  if (tree.kind !== 'mapping') return tree;
  // Hardly any value changes, and a manifest may have thousands of them.
  let entries: Map<string, Entry> | null = null;
  for (const [key, entry] of tree.entries) {
    const value = read(entry);
    if (value === entry.value && !isCopied) continue;
    entries ??= new Map(tree.entries);
    entries.set(key, { ...entry, value });
  }
  return entries === null && !isCopied ? tree : { ...tree, entries: entries ?? tree.entries };
}

/** A tree with the interpolations of its strings replaced. */
export function interpolateTree(
  tree: Tree,
  values: Values,
  findings: Findings,
  inTag = false,
): Tree {
  const inner = (child: Tree) => interpolateTree(child, values, findings, inTag);
  const isCopied = values.matrix !== null;
  switch (tree.kind) {
    case 'scalar':
      return interpolateScalar(tree, values, findings, inTag);
    case 'list': {
      const items = tree.items.map(inner);
      const isSame = !isCopied && items.every((item, at) => item === tree.items[at]);
      return isSame ? tree : { ...tree, items };
    }
    case 'mapping':
      return withValues(tree, ({ value }) => inner(value), isCopied);
  }
}

function interpolateScalar(
  scalar: Scalar,
  values: Values,
  findings: Findings,
  inTag: boolean,
): Scalar {
  if (typeof scalar.value !== 'string' || !scalar.written.includes('$')) return scalar;
  const places = new DollarPlaces(scalar.place, scalar.written);
  const wrong: Mistake[] = [];
  const lookUp = (name: string, of: ValueSource) => {
    const mistake = wrongAnswer(values, name, of);
    if (mistake !== null) wrong.push(mistake);
    return mistake === null ? findValue(values, name, of, inTag) : '';
  };
  try {
    const template = parseTemplate(scalar.written, 'manifest');
    const evaluated = evaluate(template, lookUp, 'manifest', inTag ? safeCharacters : null);
    const result = withText(scalar, evaluated, places);
    for (const mistake of wrong) findings.reject(result, mistake);
    for (const unset of evaluated.unset) {
      const place = places.placeOf(unset.start, unset.end);
      findings.reject(result, unsetMistake(unset, values), place);
    }
    return result;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    findings.reject(scalar, templateMistake(error), places.placeOf(error.start, error.end));
    return scalar;
  }
}

function withText(scalar: Scalar, { text, refs }: Evaluated, places: DollarPlaces): Scalar {
  const closed = text.map((part) => (typeof part === 'string' ? part : '')).join('');
  const value = refs.length === 0 ? readPlain(closed) : scalar.written;
  return {
    ...scalar,
    value,
    text,
    refs: refs.map(({ key, start, end }) => ({ key, place: places.placeOf(start, end) })),
  };
}

function templateMistake({ why, shown }: TemplateError): Mistake {
  return { code: 'bad-interpolation', ...wordsFor(why, shown) };
}

function wordsFor(why: TemplateError['why'], shown: string): Omit<Mistake, 'code'> {
  switch (why) {
    case 'no-braces':
      return {
        message: `\`$${shown}\` is not interpolated without braces`,
        advice: `write \`\${${shown}}\` for the variable's value, or \`$$${shown}\` for the text itself`,
      };
    case 'not-known':
      return {
        message: `\`${shown}\` is no interpolation`,
        advice: adviceFor(shown),
      };
    case 'not-closed':
      return {
        message: 'this `${` is not closed',
        advice: 'close it with `}` in the same line, or write `$${` for the text `${`',
      };
    case 'too-deep':
      return {
        message: `interpolations nest more than ${MAX_DEPTH} deep`,
        advice: 'use fewer defaults within defaults',
      };
  }
}

function adviceFor(shown: string): string {
  if (shown.startsWith('${images.')) return 'of an image there is `${images.KEY.ref}`';
  const git = /^\$\{git:(\w+)/.exec(shown)?.[1];
  if (git !== undefined) {
    const near = nearest(git, GIT_NAMES);
    const all = GIT_NAMES.map((name) => `\`\${git:${name}}\``).join(', ');
    return near === null ? `of git there are ${all}` : `did you mean \`\${git:${near}}\`?`;
  }
  if (shown.startsWith('${file:')) return 'write `${file:PATH}` or `${file:PATH:-default}`';
  if (shown.startsWith('${matrix.'))
    return 'write `${matrix.NAME}`, a name of the `matrix` of the image';
  return 'write `${NAME}`, `${NAME:-default}`, `${images.KEY.ref}`, or `$${` for the text `${`';
}
