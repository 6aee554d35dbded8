import type { ErrorObject } from 'ajv';
import type { Findings } from './findings.ts';
import schemaCheck from './schema-check.js';
import { mistakeOf } from './schema-messages.ts';
import { type Entry, entriesOf, itemsOf, type Tree } from './tree.ts';

/** Checks a manifest against its schema: the keys, and the type of each value. */
export function checkSchema(
  root: Tree,
  entries: ReadonlyMap<string, readonly string[]>,
  findings: Findings,
): void {
  schemaCheck(plainOf(root));
  const errors = telling(schemaCheck.errors ?? []);
  if (errors.length === 0) return;
  const entryOf = new Map([...entries].flatMap(([entry, keys]) => keys.map((key) => [key, entry])));
  for (const error of errors) report(error, root, entryOf, findings);
}

/** A tree as plain JSON. Objects have no prototype, so that `__proto__` is a key like any other. */
function plainOf(tree: Tree): unknown {
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'list':
      return tree.items.map((item) => plainOf(item));
    case 'mapping': {
      const plain: Record<string, unknown> = Object.create(null);
      for (const { key, value } of tree.entries.values()) plain[key] = plainOf(value);
      return plain;
    }
  }
}

/** The errors that say something. Where no alternative fits, why each one does not is noise. */
function telling(errors: readonly ErrorObject[]): ErrorObject[] {
  const alternatives = new Set(
    errors.filter(({ keyword }) => keyword === 'anyOf').map(({ instancePath }) => instancePath),
  );
  return errors.filter(({ keyword, instancePath }) => {
    if (keyword === 'propertyNames' || keyword === 'if') return false;
    return keyword === 'anyOf' || !alternatives.has(instancePath);
  });
}

function report(
  error: ErrorObject,
  root: Tree,
  entryOf: ReadonlyMap<string, string>,
  findings: Findings,
): void {
  const path = error.instancePath.split('/').slice(1).map(unescapePointer);
  const { tree, keyEntry } = locate(root, path);
  if (findings.isBad(tree)) return;
  const [section, key = ''] = path;
  const matrix = section === 'images' ? (entryOf.get(key) ?? null) : null;
  const told = matrix === null ? path : ['images', matrix, ...path.slice(2)];
  const mistake = mistakeOf(error, told, tree);
  const named: unknown = error.params.additionalProperty ?? error.propertyName;
  const entry = typeof named === 'string' ? entriesOf(tree).get(named) : undefined;
  findings.within(matrix === null ? null : key, () => {
    if (entry !== undefined) findings.reject(entry.value, mistake, entry.keyPlace);
    else if (error.keyword === 'required') findings.reject(tree, mistake, keyEntry?.keyPlace);
    else findings.reject(tree, mistake);
  });
}

/** The value at a path, and the entry that it, or the list that it is in, is the value of. */
function locate(root: Tree, path: readonly string[]): { tree: Tree; keyEntry: Entry | null } {
  let tree = root;
  let keyEntry: Entry | null = null;
  for (const part of path) {
    const entry = entriesOf(tree).get(part);
    keyEntry = entry ?? keyEntry;
    tree = entry?.value ?? itemsOf(tree)[Number(part)] ?? tree;
  }
  return { tree, keyEntry };
}

/** https://www.rfc-editor.org/rfc/rfc6901 */
function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
