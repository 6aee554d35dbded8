import { describe, expect, test } from 'vitest';
import { tellImages } from '../../src/model/matrix-images.ts';
import { complaint, read } from './reading.ts';

const IMAGE = 'build: { dockerfile_inline: FROM scratch, files: nothing }';

function images(text: string) {
  const { manifest, diagnostics } = read(`images:\n${text}`);
  expect(diagnostics.map(complaint)).toEqual([]);
  return manifest?.images ?? new Map();
}

/** The keys with the versions. */
const versions = (text: string) =>
  [...images(text).values()].map(({ key, version }) => `${key}=${version}`);

function wrong(text: string, sections = ''): string[] {
  const { manifest, diagnostics } = read(`images:\n${text}\n${sections}`);
  return tellImages(diagnostics, manifest?.entries ?? new Map()).map(complaint);
}

describe('a matrix', () => {
  test('makes an image of each combination, with values as they are typed', () => {
    expect(
      versions(
        '  py: { matrix: { python: [3.10, "3.11"], slim: [true, x/y] }, version: "${matrix.python}-${matrix.slim:+s}" }',
      ),
    ).toEqual([
      'py-3.10-true=3.10-s',
      'py-3.10-x-y=3.10-s',
      'py-3.11-true=3.11-s',
      'py-3.11-x-y=3.11-s',
    ]);
  });

  test('excludes, adds to combinations and adds further ones, as GitHub does', () => {
    expect(
      versions(
        `  app:
    matrix:
      a: [1, 2]
      b: [x, y]
      exclude: [{ a: 1, b: y }]
      include: [{ a: 2, c: two }, { a: 3, b: z }, { d: all }, { a: 3, c: three }]
    name: app
    version: "\${matrix.a}\${matrix.b:-}\${matrix.c:-}\${matrix.d:-}"`,
      ),
    ).toEqual([
      'app-1-x=1xall',
      'app-2-x=2xtwoall',
      'app-2-y=2ytwoall',
      'app-3-z=3z',
      'app-3=3three',
    ]);
  });

  test('may be a list of what there is, and name its images', () => {
    expect(
      versions(
        `  app:
    matrix: { include: [{ v: "1.0", os: bookworm }, { v: "2.0+x", os: trixie }] }
    key: "v\${matrix.v}"
    name: app
    version: "\${matrix.os}"`,
      ),
    ).toEqual(['v1.0=bookworm', 'v2.0-x=trixie']);
  });

  test('reaches every string, parents and references of images among them', () => {
    const text = `  base: { matrix: { v: [1, 2] }, with_hash: true, ${IMAGE} }
  app:
    matrix: { v: [1, 2] }
    with_hash: true
    skip_checks: [unused-parent]
    build:
      files: { only: ["\${matrix.v}/**"] }
      dockerfile_inline: FROM scratch
      parents: ["base-\${matrix.v}"]
      build_args: { BASE: "\${images.base-\${matrix.v}.ref}" }
      labels: { v: "\${matrix.v}" }`;
    const build = images(text).get('app-2')?.build;
    expect(build?.parents.map(({ key }: { key: string }) => key)).toEqual(['base-2']);
    expect(build?.buildArgs.get('BASE')).toEqual([{ refOf: 'base-2' }]);
    expect(build?.labels.get('v')).toEqual(['2']);
  });

  test('is a name for its images, in groups too', () => {
    const { manifest } = read(
      'images: { app: { matrix: { v: [1, 2] } }, x: { version: "1" } }\ngroups: { ci: [app, x], one: ["*-1"] }',
    );
    expect(manifest?.entries.get('app')).toEqual(['app-1', 'app-2']);
    expect(Object.fromEntries(manifest?.groups ?? [])).toEqual({
      ci: ['app-1', 'app-2', 'x'],
      one: ['app-1'],
    });
  });

  test('is none where it is null', () => {
    expect(versions('  app: { matrix: , version: 1 }')).toEqual(['app=1']);
  });

  test.each([
    [
      '  c: { matrix: [a] }',
      '2:16 `matrix` must be a map of lists (write `matrix: { NAME: [value, …] }`)',
    ],
    ['  c: { matrix: {} }', '2:16 `matrix` has no values (write `matrix: { NAME: [value, …] }`)'],
    [
      '  c: { matrix: { a: 1 } }',
      '2:21 `matrix.a` must be a list of at least one value (write `a: [1]`)',
    ],
    [
      '  c: { matrix: { a: [[x]] } }',
      '2:22 a value of a matrix must be a string, a number or a flag (write one value here)',
    ],
    ['  c: { matrix: { a: [1, "1"] } }', '2:25 `1` is given twice (remove one of the two)'],
    [
      '  c: { matrix: { 1x: [a] } }',
      '2:18 `1x` cannot be a name in a matrix (a name is letters, digits and underscores, and begins with no digit)',
    ],
    [
      '  c: { matrix: { a: [1], exclude: [{ a: 2 }] } }',
      '2:41 `a` has no value `2` (there are `1`)',
    ],
    [
      '  c: { matrix: { abc: [1], exclude: [{ abd: 1 }] } }',
      '2:40 the matrix has no list `abd` (did you mean `abc`?)',
    ],
    [
      '  c: { matrix: { a: [1], exclude: [{ a: 1 }] } }',
      '2:8 `exclude` leaves no image (exclude less, or remove the image)',
    ],
    [
      '  c: { matrix: { a: [x/y, x-y] } }',
      '2:8 two images of the matrix are called `c-x-y`: { a: x/y } and { a: x-y } (tell them apart by `key: "…${matrix.NAME}…"`)',
    ],
    [
      '  c: { key: x }',
      '2:8 `key` names the images of a `matrix`, and there is none (the key of an image is the one that it stands under)',
    ],
    [
      '  c: { version: "${matrix.a}" }',
      '2:18 there is no matrix here that `a` could be of (`${matrix.NAME}` is for the entries of `images` that have a `matrix`)',
    ],
    [
      '  c: { matrix: { a: [1] } }\n  c-1: ',
      '3:3 the matrix of `c` makes an image `c-1`, and there is one already (ensure.yaml:3:3) (rename one of them, or give the matrix a `key`)',
    ],
    // What is wrong with all of them is told of once.
    [
      '  c: { matrix: { ab: [1, 2] }, version: "${matrix.abc}", name: c, verson: 1 }',
      '2:42 the matrix has no `abc` (did you mean `ab`?)',
    ],
  ])('not as in %j', (text, first) => {
    const [found = ''] = wrong(text);
    expect(found.replace(/^2:3 the matrix of `c`/, '3:3 the matrix of `c`')).toBe(first);
  });

  test('with a mistake in one image names it', () => {
    expect(
      wrong(
        `  c: { matrix: { f: [true, x] }, with_hash: "\${matrix.f}", name: c, version: "\${matrix.f}", build: { dockerfile_inline: FROM scratch, files: nothing, parents: ["base-\${matrix.f}"] } }
  base-x:`,
        'defaults: { matrix: { a: [1] } }',
      ),
    ).toEqual([
      '2:45 `with_hash` must be true or false, not `x` (in `c-x`)',
      '2:161 no image is called `base-true` (in `c-true`) (parents are keys of `images`; what is not one needs no mention here)',
      '4:13 `matrix` cannot stand in `defaults` (give each image its own; an anchor keeps it short: `matrix: &pythons { … }`, `matrix: *pythons`)',
    ]);
  });
});
