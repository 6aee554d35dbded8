import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { complaints, read, readBuild, readImage } from './reading.ts';

const VARIABLES = { A: 'a', B: 'b', EMPTY: '', TRICKY: '${A} $$ $', YES: 'true', TWELVE: '12' };

/** What a double-quoted string of the manifest becomes. */
function interpolate(text: string): string {
  const build = readBuild(`metadata: ${JSON.stringify(text)}`, VARIABLES);
  return Array.isArray(build.metadata) ? build.metadata.join('') : '';
}

function mistakesIn(text: string): string[] {
  return complaints(`images: { a: { build: { metadata: ${JSON.stringify(text)} } } }`, VARIABLES);
}

describe('a variable', () => {
  test.each([
    ['${A}', 'a'],
    ['x${A}y${B}z', 'xaybz'],
    ['${EMPTY}', ''],
    ['${A:-x}', 'a'],
    ['${A-x}', 'a'],
    ['${EMPTY:-x}', 'x'],
    ['${EMPTY-x}', ''],
    ['${NONE:-x}', 'x'],
    ['${NONE-x}', 'x'],
    ['${NONE:-}', ''],
    ['${A:+x}', 'x'],
    ['${A+x}', 'x'],
    ['${EMPTY:+x}', ''],
    ['${EMPTY+x}', 'x'],
    ['${NONE:+x}', ''],
    ['${NONE+x}', ''],
    ['${A:?must be set}', 'a'],
    ['${EMPTY?must be set}', ''],
    ['${NONE:-${B}}', 'b'],
    ['${NONE:-${NADA:-${B}}}', 'b'],
    ['${NONE:-a-b:?c}', 'a-b:?c'],
    ['${NONE:-{"x":1}}', '{"x":1}'],
    ['${A:-{"x":1}}', 'a'],
    ['${A:-{"x":{"y":1}}}b', 'ab'],
    ['${NONE:-{}}', '{}'],
    ['${A:-${NOT_LOOKED_AT}}', 'a'],
  ])('%s is %j', (text, value) => {
    expect(interpolate(text)).toBe(value);
  });

  test('brings its value as it is: nothing in it is interpolated again', () => {
    expect(interpolate('${TRICKY}')).toBe(VARIABLES.TRICKY);
  });
});

describe('a dollar', () => {
  test.each([
    ['$$', '$'],
    ['$$A', '$A'],
    ['$${A}', '${A}'],
    ['$$$$', '$$'],
    ['${NONE:-$$A}', '$A'],
    ['cost: 5$', 'cost: 5$'],
    ['$(date)', '$(date)'],
    ['$1 $@ $? $"', '$1 $@ $? $"'],
    ['}', '}'],
  ])('%s is %s', (text, value) => {
    expect(interpolate(text)).toBe(value);
  });

  test('doubled gives any string back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.includes('\0') && text !== '');
        const source = `images: { a: { build: { build_args: { A: ${JSON.stringify(text.replaceAll('$', '$$$$'))} } } } }`;
        const { manifest, diagnostics } = read(source);
        expect(diagnostics).toEqual([]);
        expect(manifest?.images.get('a')?.build?.buildArgs.get('A')?.join('')).toBe(text);
      }),
    );
  });
});

describe('a mistake', () => {
  test.each([
    [
      '${NONE}',
      'the variable `NONE` is not set (set it in the environment, an --env-file or the `.env` beside the manifest, or write `${NONE:-default}`)',
    ],
    [
      '${NONE:?ask the team}',
      'the variable `NONE` is not set: ask the team (set it in the environment, an --env-file or the `.env` beside the manifest, or write `${NONE:-default}`)',
    ],
    [
      '${EMPTY:?ask ${A}}',
      'the variable `EMPTY` is empty: ask a (give it a value in the environment, an --env-file or the `.env` beside the manifest)',
    ],
    [
      '$A',
      "`$A` is not interpolated without braces (write `${A}` for the variable's value, or `$$A` for the text itself)",
    ],
    [
      '${A',
      'this `${` is not closed (close it with `}` in the same line, or write `$${` for the text `${`)',
    ],
    [
      '${A:-${B}',
      'this `${` is not closed (close it with `}` in the same line, or write `$${` for the text `${`)',
    ],
    [
      '${}',
      '`${}` is no interpolation (write `${NAME}`, `${NAME:-default}`, `${images.KEY.ref}`, or `$${` for the text `${`)',
    ],
    [
      '${1}',
      '`${1}` is no interpolation (write `${NAME}`, `${NAME:-default}`, `${images.KEY.ref}`, or `$${` for the text `${`)',
    ],
    [
      '${A%.*}',
      '`${A%.*}` is no interpolation (write `${NAME}`, `${NAME:-default}`, `${images.KEY.ref}`, or `$${` for the text `${`)',
    ],
    [
      '${A:x}',
      '`${A:x}` is no interpolation (write `${NAME}`, `${NAME:-default}`, `${images.KEY.ref}`, or `$${` for the text `${`)',
    ],
    [
      '${images.base.hash}',
      '`${images.base.hash}` is no interpolation (of an image there is `${images.KEY.ref}`)',
    ],
  ])('%s', (text, message) => {
    expect(mistakesIn(text)).toEqual([`1:36 ${message}`]);
  });

  test('several unset variables of a string are all told, each at its own place', () => {
    expect(mistakesIn('x${ONE}y${TWO}').map((line) => line.split(' (')[0])).toEqual([
      '1:37 the variable `ONE` is not set',
      '1:44 the variable `TWO` is not set',
    ]);
  });

  test('is found in every style of string', () => {
    const text = `images:
  app:
    name: \${PLAIN}
    version: 'it''s \${SINGLE}'
    build:
      target: "a\\tb \${DOUBLE}"
      network: "a
        $$ \\
        \${IN_LINES}"
      dockerfile_inline: | # not \${THIS}
        FROM base
        RUN \${LITERAL}
      metadata: >-
        folded
        \${FOLDED}
      builder: plain
        \${SECOND_LINE}
`;
    expect(complaints(text).map((line) => line.split(' (')[0])).toEqual([
      '3:11 the variable `PLAIN` is not set',
      '4:21 the variable `SINGLE` is not set',
      '6:21 the variable `DOUBLE` is not set',
      '9:9 the variable `IN_LINES` is not set',
      '12:13 the variable `LITERAL` is not set',
      '15:9 the variable `FOLDED` is not set',
      '17:9 the variable `SECOND_LINE` is not set',
    ]);
  });

  test('of nesting too deep', () => {
    const nested = (levels: number) => '${NONE:-'.repeat(levels) + '}'.repeat(levels);
    expect(interpolate(nested(20))).toBe('');
    expect(mistakesIn(nested(50_000))).toEqual([
      expect.stringMatching(/^1:\d+ interpolations nest more than 20 deep/),
    ]);
  });
});

test('a flag and a number may come from a variable, quoted or not', () => {
  const image = readImage(
    'app',
    'images:\n  app:\n    with_hash: ${YES}\n    hash_len: "${TWELVE}"\n    build: { no_cache: "${YES}" }',
    VARIABLES,
  );
  expect(image).toMatchObject({ withHash: true, hashLength: 12, build: { noCache: true } });
  expect(complaints('images:\n  app:\n    hash_len: ${A}\n', VARIABLES)).toEqual([
    '3:15 `hash_len` must be a whole number from 4 to 64, not `a`',
  ]);
});

test('where a string is expected the variable’s text is taken as it is', () => {
  expect(readImage('app', 'images: { app: { version: "${V}" } }', { V: '007' }).version).toBe(
    '007',
  );
});

test('x- keys are not interpolated, keys never', () => {
  expect(complaints('x-a: ${NONE}\nimages: { app: }')).toEqual([]);
  expect(readBuild('build_args: { "${A}": 1 }', VARIABLES).buildArgs.has('${A}')).toBe(true);
});

test('what is aliased is interpolated where it is used', () => {
  expect(complaints('x-a: &a { version: "${NONE}" }\nimages: { app: *a, other: *a }')).toEqual([
    expect.stringMatching(/^1:21 the variable `NONE` is not set/),
  ]);
});

describe('${images.KEY.ref}', () => {
  test('stays open, and makes the image a parent', () => {
    const build = readBuild('build_args: { BASE: "docker://${images.base.ref}/x" }');
    expect(build.buildArgs.get('BASE')).toEqual(['docker://', { refOf: 'base' }, '/x']);
    expect(build.parents.map(({ key }) => key)).toEqual(['base']);
  });

  test('does not add a parent twice', () => {
    const build = readBuild('parents: [base, base]\ntarget: ${images.base.ref}');
    expect(build.parents.map(({ key }) => key)).toEqual(['base']);
  });

  test('may stand in a default, and counts only where that is used', () => {
    const line = 'target: ${A:-${images.base.ref}}';
    expect(readBuild(line).target).toEqual([{ refOf: 'base' }]);
    expect(readBuild(line, { A: 'a' }).parents).toEqual([]);
  });

  test('takes keys with dots and dashes', () => {
    const text =
      'images: { app: { build: { target: "${images.my-base.v1.2.ref}" } }, my-base.v1.2: }';
    expect(readImage('app', text).build?.target).toEqual([{ refOf: 'my-base.v1.2' }]);
  });

  test('of an image that does not exist', () => {
    expect(
      complaints('images:\n  app: { build: { target: "x ${images.bsae.ref}" } }\n  base:\n'),
    ).toEqual(['2:30 no image is called `bsae` (did you mean `base`?)']);
  });

  test('of the image itself', () => {
    expect(complaints('images:\n  app: { build: { target: "${images.app.ref}" } }\n')).toEqual([
      '2:28 `app` cannot be its own parent (remove it here; if it comes from `defaults`, give this image a value of its own)',
    ]);
  });

  const advice =
    '(it can in build arguments and other strings beneath `build` that are handed to docker)';
  test.each([
    ['name: x/${images.base.ref}', '3:13'],
    ['version: ${images.base.ref}', '3:14'],
    ['build: { directory: "${images.base.ref}" }', '3:26'],
    ['build: { parents: ["${images.base.ref}"] }', '3:25'],
    ['build: { files: { only: ["${images.base.ref}"] } }', '3:31'],
    ['build: { interval: "${images.base.ref}" }', '3:25'],
    ['build: { secrets: ["id=a,env=${images.base.ref}"] }', '3:34'],
  ])('where the string must be known at once: %s', (line, place) => {
    expect(complaints(`images:\n  app:\n    ${line}\n  base:\n`)).toEqual([
      `${place} \`\${images.base.ref}\` cannot be used here ${advice}`,
    ]);
  });
});

test('no text makes it crash or hang', () => {
  const piece = fc.constantFrom(
    '$',
    '{',
    '}',
    '${',
    '${A',
    ':-',
    ':?',
    '-',
    '+',
    'A',
    'images.',
    '.ref',
    ' ',
    '\n',
    '"',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const started = performance.now();
      mistakesIn(pieces.join(''));
      expect(performance.now() - started).toBeLessThan(10_000);
    }),
    { numRuns: 500 },
  );
});
