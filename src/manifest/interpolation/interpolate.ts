import { Findings, type Mistake } from '../findings.ts';
import type { Entry, Mapping, Scalar, Tree } from '../tree.ts';
import { DollarPlaces } from './dollars.ts';
import { type Evaluated, evaluate, type Unset } from './evaluate.ts';
import { readPlain } from './read-plain.ts';
import { MAX_DEPTH, parseTemplate, TemplateError } from './template.ts';
import type { Variables } from './variables.ts';

/** The tree with the interpolations of its strings replaced, the keys that begin with `x-` left out. */
export function interpolateManifest(root: Tree, variables: Variables, findings: Findings): Tree {
  if (root.kind !== 'mapping') return root;
  const used = [...root.entries].filter(([key]) => !key.startsWith('x-'));
  const now = (tree: Tree) => interpolateTree(tree, variables, findings);
  const later = (tree: Tree) => interpolateLater(tree, variables, findings);
  const registry = ({ key, value }: Entry) => (CREDENTIALS.has(key) ? later(value) : now(value));
  const entries = used.map(([key, entry]): [string, Entry] => [
    key,
    {
      ...entry,
      value:
        key === 'registries'
          ? withValues(entry.value, ({ value }) => withValues(value, registry))
          : now(entry.value),
    },
  ]);
  return { ...root, entries: new Map(entries) };
}

/** Not every run has to log in, and one that need not can do without them. */
const CREDENTIALS: ReadonlySet<string> = new Set(['username', 'password', 'password_command']);

/** A value whose unset variables are no mistake yet. */
function interpolateLater(tree: Tree, variables: Variables, findings: Findings): Tree {
  const own = new Findings();
  const value = interpolateTree(tree, variables, own);
  const all = own.list();
  const unset = all.filter(({ code }) => code === 'unset-variable');
  for (const mistake of all) {
    if (!unset.includes(mistake)) findings.reject(value, mistake, mistake.place);
  }
  return unset.length === 0 ? value : { ...value, unset };
}

function withValues(tree: Tree, read: (entry: Entry) => Tree): Tree {
  if (tree.kind !== 'mapping') return tree;
  const entries = [...tree.entries].map(([key, entry]): [string, Entry] => [
    key,
    { ...entry, value: read(entry) },
  ]);
  return { ...tree, entries: new Map(entries) };
}

function interpolateTree(tree: Tree, variables: Variables, findings: Findings): Tree {
  const inner = (child: Tree) => interpolateTree(child, variables, findings);
  switch (tree.kind) {
    case 'scalar':
      return interpolateScalar(tree, variables, findings);
    case 'list':
      return { ...tree, items: tree.items.map(inner) };
    case 'mapping':
      return { ...tree, entries: interpolateEntries(tree, inner) };
  }
}

function interpolateEntries(mapping: Mapping, inner: (child: Tree) => Tree): Map<string, Entry> {
  const entries = [...mapping.entries.values()];
  return new Map(entries.map((entry) => [entry.key, { ...entry, value: inner(entry.value) }]));
}

function interpolateScalar(scalar: Scalar, variables: Variables, findings: Findings): Scalar {
  if (typeof scalar.value !== 'string' || !scalar.written.includes('$')) return scalar;
  const places = new DollarPlaces(scalar.place, scalar.written);
  try {
    const template = parseTemplate(scalar.written, 'manifest');
    const evaluated = evaluate(template, (name) => variables.get(name), 'manifest');
    const result = withText(scalar, evaluated, places);
    for (const unset of evaluated.unset) {
      findings.reject(result, unsetMistake(unset), places.placeOf(unset.start, unset.end));
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
        advice: shown.startsWith('${images.')
          ? 'of an image there is `${images.KEY.ref}`'
          : 'write `${NAME}`, `${NAME:-default}`, `${images.KEY.ref}`, or `$${` for the text `${`',
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

function unsetMistake({ name, empty, message }: Unset): Mistake {
  const state = `the variable \`${name}\` is ${empty ? 'empty' : 'not set'}`;
  return {
    code: 'unset-variable',
    message: message === '' ? state : `${state}: ${message}`,
    advice: empty
      ? 'give it a value in the environment, an --env-file or the `.env` beside the manifest'
      : `set it in the environment, an --env-file or the \`.env\` beside the manifest, or write \`\${${name}:-default}\``,
  };
}
