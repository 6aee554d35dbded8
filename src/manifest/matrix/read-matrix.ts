import { nearest } from '../../model/nearest.ts';
import type { Findings, Mistake } from '../findings.ts';
import { type Entry, entriesOf, itemsOf, type Tree } from '../tree.ts';
import type { Matrix, Row } from './combinations.ts';

/** The keys of a matrix that are no names. */
const LISTS_OF_ROWS = ['include', 'exclude'] as const;

/** A `matrix` whose strings are interpolated; null where it is none, which is told of. */
export function readMatrix(tree: Tree, findings: Findings): Matrix | null {
  const tell = (place: Tree, mistake: Mistake) => findings.reject(place, mistake);
  if (tree.kind !== 'mapping') {
    tell(tree, wrong('`matrix` must be a map of lists', 'write `matrix: { NAME: [value, …] }`'));
    return null;
  }
  const lists = new Map<string, readonly string[]>();
  const rows = { include: [] as Row[], exclude: [] as Row[] };
  for (const entry of tree.entries.values()) {
    const { key, value } = entry;
    const kind = LISTS_OF_ROWS.find((each) => each === key);
    if (kind !== undefined) rows[kind].push(...readRows(kind, value, findings));
    else if (checkName(entry, findings)) lists.set(key, readList(key, value, findings));
  }
  if (findings.hasBadIn(tree)) return null;
  checkExcluded(tree, lists, findings);
  if (findings.hasBadIn(tree)) return null;
  if (lists.size > 0 || rows.include.length > 0) return { lists, ...rows, place: tree.place };
  tell(tree, wrong('`matrix` has no values', 'write `matrix: { NAME: [value, …] }`'));
  return null;
}

function wrong(message: string, advice: string): Mistake {
  return { code: 'bad-matrix', message, advice };
}

function checkName({ key, keyPlace, value }: Entry, findings: Findings): boolean {
  const isName = /^[a-z_][a-z0-9_]*$/i.test(key);
  if (!isName)
    findings.reject(
      value,
      wrong(
        `\`${key}\` cannot be a name in a matrix`,
        'a name is letters, digits and underscores, and begins with no digit',
      ),
      keyPlace,
    );
  return isName;
}

function readList(name: string, tree: Tree, findings: Findings): string[] {
  if (tree.kind !== 'list' || tree.items.length === 0) {
    const message = `\`matrix.${name}\` must be a list of at least one value`;
    const value = tree.kind === 'scalar' && tree.value !== null ? tree.written : 'value';
    if (!findings.isBad(tree))
      findings.reject(tree, wrong(message, `write \`${name}: [${value}]\``));
    return [];
  }
  const values = new Set<string>();
  for (const item of tree.items) {
    const text = readValue(item, findings);
    if (text !== null && values.has(text))
      findings.reject(item, wrong(`\`${text}\` is given twice`, 'remove one of the two'));
    if (text !== null) values.add(text);
  }
  return [...values];
}

function readRows(kind: string, tree: Tree, findings: Findings): Row[] {
  const items = itemsOf(tree);
  if (tree.kind !== 'list' || items.some((item) => entriesOf(item).size === 0)) {
    const message = `\`matrix.${kind}\` must be a list of maps`;
    if (!findings.isBad(tree))
      findings.reject(tree, wrong(message, `write \`${kind}: [{ NAME: value }]\``));
    return [];
  }
  return items.map((item) => {
    const pairs = [...entriesOf(item).values()].flatMap((entry): [string, string][] => {
      const isNamed = checkName(entry, findings);
      const text = readValue(entry.value, findings);
      return isNamed && text !== null ? [[entry.key, text]] : [];
    });
    return new Map(pairs);
  });
}

/** A value as it is typed: `3.10` stays `3.10`. */
function readValue(tree: Tree, findings: Findings): string | null {
  if (findings.hasBadIn(tree)) return null;
  const [ref] = tree.kind === 'scalar' ? tree.refs : [];
  if (tree.kind === 'scalar' && tree.value !== null && ref === undefined) return tree.text.join('');
  findings.reject(
    tree,
    ref === undefined
      ? wrong('a value of a matrix must be a string, a number or a flag', 'write one value here')
      : wrong('the reference of an image is not known here', 'use it in the strings of the image'),
  );
  return null;
}

/** What excludes by a name that no list has excludes nothing. */
function checkExcluded(
  tree: Tree,
  lists: ReadonlyMap<string, readonly string[]>,
  findings: Findings,
): void {
  const rows = itemsOf(entriesOf(tree).get('exclude')?.value);
  for (const { key, keyPlace, value } of rows.flatMap((row) => [...entriesOf(row).values()])) {
    const list = lists.get(key);
    const text = value.kind === 'scalar' ? value.text.join('') : '';
    if (list?.includes(text)) continue;
    const near = nearest(list === undefined ? key : text, list ?? lists.keys());
    const all = [...(list ?? lists.keys())].map((each) => `\`${each}\``).join(', ');
    const advice = near === null ? `there are ${all}` : `did you mean \`${near}\`?`;
    if (list === undefined)
      findings.reject(value, wrong(`the matrix has no list \`${key}\``, advice), keyPlace);
    else findings.reject(value, wrong(`\`${key}\` has no value \`${text}\``, advice));
  }
}
