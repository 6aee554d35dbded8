import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type Imagined, resolved } from '../rig/hashing.ts';
import { type Random, randomFrom } from '../rig/random.ts';
import { fileOf, temporaryFolder } from '../rig/temporary-tree.ts';

/** The values of one image of a matrix. */
type Values = Readonly<Record<string, string>>;

/** A matrix as a manifest has it. */
interface Matrix {
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly exclude: readonly Values[];
  readonly include: readonly Values[];
}

const SEEDS = 80;
const NAMES = ['kind', 'size', 'lang'];
const VALUES = ['1', '3.10', 'x', 'y-z', 'true'];

test('a matrix makes the images that are written out, in one manifest or in two', async () => {
  const folder = await temporaryFolder();
  let images = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = randomFrom(seed);
    const matrix = randomMatrix(random);
    const short = random.chance(50) ? byMatrix(matrix) : byIncluded(matrix);
    const [one, other] = [await namesOf(folder, short), await namesOf(folder, writtenOut(matrix))];
    expect(one, `seed ${seed}: ${JSON.stringify(matrix)}`).toEqual(other);
    images += Object.keys(one).length;
  }
  console.log(`written out: ${images} images in ${SEEDS} manifests`);
  expect(images).toBeGreaterThan(SEEDS * 4);
});

async function namesOf(folder: string, project: Imagined): Promise<Record<string, unknown>> {
  const images = await resolved(folder, project);
  return Object.fromEntries(
    [...images].map(([key, { ref, hash, image }]) => [key, { ref, hash, tags: image.tags }]),
  );
}

/** A base, by what tells it apart, and whether it has a size. */
const baseOf = (row: string, sized: string) => ({
  name: `team/base-${row}`,
  version: `v${row}`,
  with_hash: true,
  tags: [`latest-${row}`],
  build: {
    directory: 'base',
    dockerfile_inline: 'FROM scratch\nARG ROW\nCOPY files/$$ROW /\n',
    build_args: { ROW: row },
    labels: { sized },
  },
});

/** An image on that base. */
const topOf = (row: string, directory: string | undefined) => ({
  version: row,
  name: 'top',
  with_hash: true,
  build: {
    ...(directory !== undefined && { directory }),
    dockerfile_inline: 'ARG BASE\nFROM $$BASE\nCOPY own /\n',
    build_args: { BASE: `\${images.base_${row}.ref}` },
  },
});

const ROW = NAMES.map((name) => `\${matrix.${name}:-none}`).join('_');

function entriesOf({ lists, exclude, include }: Matrix, directory?: string) {
  const matrix = { ...lists, exclude, include };
  return {
    base: { matrix, key: `base_${ROW}`, ...baseOf(ROW, '${matrix.size:+yes}') },
    top: { matrix, key: `top_${ROW}`, ...topOf(ROW, directory) },
  };
}

function byMatrix(matrix: Matrix): Imagined {
  return projectOf(matrix, { images: entriesOf(matrix, 'tops') });
}

function byIncluded(matrix: Matrix): Imagined {
  const { base, top } = entriesOf(matrix);
  const project = projectOf(matrix, { include: ['*/ensure.yaml'], images: { base } });
  const included = fileOf(stringify({ images: { top } }), 0o644);
  return { ...project, files: { ...project.files, 'tops/ensure.yaml': included } };
}

function writtenOut(matrix: Matrix): Imagined {
  const images = rowsOf(matrix).flatMap((values): [string, object][] => {
    const row = nameOf(values);
    return [
      [`base_${row}`, baseOf(row, values.size === undefined ? '' : 'yes')],
      [`top_${row}`, topOf(row, 'tops')],
    ];
  });
  return projectOf(matrix, { images: Object.fromEntries(images) });
}

const nameOf = (values: Values) => NAMES.map((name) => values[name] ?? 'none').join('_');

function projectOf(matrix: Matrix, manifest: object): Imagined {
  const rows = rowsOf(matrix).map(nameOf);
  return {
    manifest,
    files: {
      'tops/own': fileOf('own', 0o644),
      ...Object.fromEntries(rows.map((row) => [`base/files/${row}`, fileOf(row, 0o644)])),
    },
    ...{ env: {}, at: '2026-01-01T00:00:00Z', platform: 'linux/amd64' },
  };
}

/** One whose images all differ in their names. */
function randomMatrix(random: Random): Matrix {
  for (;;) {
    const names = NAMES.slice(0, 1 + random.below(NAMES.length));
    const lists = Object.fromEntries(
      names.map((name) => [name, [...new Set(random.several(1, 3, () => random.pick(VALUES)))]]),
    );
    const listed = names.map((name): [string, readonly string[]] => [name, lists[name] ?? []]);
    const some = (others: readonly string[]) => {
      const chosen = listed.filter(() => random.chance(50));
      const values = chosen.map(([name, each]) => [name, random.pick([...each, ...others])]);
      return Object.fromEntries(values) as Values;
    };
    const isAny = (values: Values) => Object.keys(values).length > 0;
    const matrix = {
      lists,
      exclude: random.several(0, 2, () => some([])).filter(isAny),
      include: random
        .several(0, 2, () => ({
          ...some(VALUES),
          ...(random.chance(40) ? { [random.pick(NAMES)]: random.pick(VALUES) } : {}),
        }))
        .filter(isAny),
    };
    const rows = rowsOf(matrix).map(nameOf);
    if (rows.length > 0 && new Set(rows).size === rows.length) return matrix;
  }
}

/**
 * The values of each image, worked out image by image.
 *
 * https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
 */
function rowsOf({ lists, exclude, include }: Matrix): Values[] {
  const agree = (part: Values, row: Values) =>
    Object.entries(part).every(([name, value]) => !(name in row) || row[name] === value);
  const combined = Object.entries(lists)
    .reduce<Values[]>(
      (rows, [name, values]) =>
        values.flatMap((value) => rows.map((row) => ({ ...row, [name]: value }))),
      [{}],
    )
    .filter((row) => !exclude.some((each) => agree(each, row)));
  const extended = combined.map((row) =>
    Object.assign({}, row, ...include.filter((each) => agree(each, row))),
  );
  const alone = include.filter((each) => !combined.some((row) => agree(each, row)));
  return [...extended, ...alone];
}
