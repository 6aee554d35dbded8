import { safeName } from '../../model/safe-name.ts';
import { formatPlace, type Place } from '../../model/source.ts';
import type { Findings, Mistake } from '../findings.ts';
import type { MatrixValues, Values } from '../interpolation/values.ts';
import { type Entries, type Entry, entriesOf, isNone, type Tree } from '../tree.ts';
import { type Combination, combinationsOf, MAX_COMBINATIONS, sizeOf } from './combinations.ts';
import { readMatrix } from './read-matrix.ts';

interface Tools {
  readonly values: Values;
  readonly findings: Findings;
  /** Interpolates the keys of an image. */
  readonly image: (tree: Tree, values?: Values) => Tree;
}

/** The section `images` in which each entry with a matrix has become its images, and their keys by that of the entry. */
export function expandMatrices(
  section: Tree,
  tools: Tools,
): { readonly section: Tree; readonly entries: ReadonlyMap<string, readonly string[]> } {
  const { findings, image } = tools;
  if (section.kind !== 'mapping') return { section: image(section), entries: new Map() };
  const all = [...section.entries.values()];
  const hasMatrix = ({ value }: Entry) => !isNone(entriesOf(value).get('matrix')?.value);
  const places = new Map(all.map(({ key, keyPlace }): [string, Place] => [key, keyPlace]));
  const entries = new Map<string, readonly string[]>();
  const images = all.flatMap((entry): Entry[] => {
    if (!hasMatrix(entry))
      return [{ ...entry, value: image(withoutMatrix(entry.value, findings)) }];
    const own = expand(entry, tools).filter(({ key }) => {
      const other = places.get(key);
      const isOwn = key === entry.key && other === entry.keyPlace;
      if (other === undefined || isOwn) places.set(key, entry.keyPlace);
      else findings.add(entry.keyPlace, taken(key, entry, other));
      return other === undefined || isOwn;
    });
    entries.set(
      entry.key,
      own.map(({ key }) => key),
    );
    return own;
  });
  const made: Tree = { ...section, entries: new Map(images.map((each) => [each.key, each])) };
  // Why there is no image is told of.
  if (images.length === 0 && all.length > 0) findings.spoil(made);
  return { section: made, entries };
}

/** Null for the matrix of an image is none. A `key` is of a matrix alone, and `defaults` have neither. */
export function withoutMatrix(tree: Tree, findings: Findings, where?: 'defaults'): Tree {
  if (tree.kind !== 'mapping') return tree;
  const matrix = tree.entries.get('matrix');
  if (where === 'defaults' && matrix !== undefined && !isNone(matrix.value))
    findings.add(matrix.keyPlace, {
      code: 'bad-matrix',
      message: '`matrix` cannot stand in `defaults`',
      advice:
        'give each image its own; an anchor keeps it short: `matrix: &pythons { … }`, `matrix: *pythons`',
    });
  const key = tree.entries.get('key');
  if (key !== undefined && !isNone(key.value))
    findings.add(key.keyPlace, {
      code: 'bad-matrix',
      message: '`key` names the images of a `matrix`, and there is none',
      advice: 'the key of an image is the one that it stands under',
    });
  return matrix === undefined && key === undefined
    ? tree
    : { ...tree, entries: without(tree.entries) };
}

function without(entries: Entries): Entries {
  return new Map([...entries].filter(([key]) => key !== 'matrix' && key !== 'key'));
}

function expand(entry: Entry, { values, findings, image }: Tools): Entry[] {
  const own = entriesOf(entry.value);
  const written = own.get('matrix');
  if (written === undefined || entry.value.kind !== 'mapping') return [];
  // A scalar without an interpolation is an image's own only with what follows from its values.
  const matrix = readMatrix(image(written.value, values), findings);
  if (matrix === null) return [];
  if (sizeOf(matrix) > MAX_COMBINATIONS) {
    findings.add(written.keyPlace, {
      code: 'bad-matrix',
      message: `the matrix makes ${sizeOf(matrix)} images, and ${MAX_COMBINATIONS} is the most`,
      advice: 'use fewer lists, or `include` for the images that there are',
    });
    return [];
  }
  const combinations = combinationsOf(matrix);
  if (combinations.length === 0)
    findings.add(written.keyPlace, {
      code: 'bad-matrix',
      message: '`exclude` leaves no image',
      advice: 'exclude less, or remove the image',
    });
  const names = new Set(combinations.flatMap((each) => [...each.values.keys()]));
  const rest: Tree = { ...entry.value, entries: without(own) };
  const template = own.get('key')?.value;
  const made = new Map<string, Combination>();
  return combinations.flatMap((combination): Entry[] => {
    const { values: row } = combination;
    const matrixValues = (key: string | null): MatrixValues => ({ image: key, values: row, names });
    const key = keyOf(entry.key, combination, template, (tree) =>
      image(tree, { ...values, matrix: matrixValues(null) }),
    );
    if (key === null) return [];
    const other = made.get(key);
    if (other !== undefined) {
      findings.add(template?.place ?? written.keyPlace, sameKey(key, other, combination));
      return [];
    }
    made.set(key, combination);
    return findings.within(key, () => [
      {
        ...entry,
        key,
        isOfMatrix: true,
        value: image(rest, { ...values, matrix: matrixValues(key) }),
      },
    ]);
  });
}

/** `KEY-3.11-slim`, or as the template says; null where that has a mistake. */
function keyOf(
  entry: string,
  { named }: Combination,
  template: Tree | undefined,
  read: (tree: Tree) => Tree,
): string | null {
  if (template === undefined || isNone(template))
    return [entry, ...named.map(safeName)].filter((part) => part !== '').join('-');
  const tree = read(template);
  const text = tree.kind === 'scalar' && tree.refs.length === 0 ? tree.text.join('') : '';
  return safeName(text) || null;
}

function sameKey(key: string, one: Combination, other: Combination): Mistake {
  const shown = ({ values }: Combination) =>
    [...values].map(([name, value]) => `${name}: ${value}`).join(', ');
  return {
    code: 'bad-matrix',
    message: `two images of the matrix are called \`${key}\`: { ${shown(one)} } and { ${shown(other)} }`,
    advice: 'tell them apart by `key: "…${matrix.NAME}…"`',
  };
}

function taken(key: string, entry: Entry, other: Place): Mistake {
  return {
    code: 'bad-matrix',
    message: `the matrix of \`${entry.key}\` makes an image \`${key}\`, and there is one already (${formatPlace(other)})`,
    advice: 'rename one of them, or give the matrix a `key`',
  };
}
