import { describe, expect, test } from 'vitest';
import { complaints, read, readBuild, readImage } from './reading.ts';

describe('a file that is no manifest', () => {
  const empty = '1:1 the file is empty (declare an image: `images: { app: { build: {} } }`)';
  test.each([
    ['nothing', '', empty],
    ['blanks and comments', '\n\n# nothing yet\n', empty],
    ['a document marker', '---\n', empty],
    ['null', 'null\n', empty],
    [
      'a string',
      'hello',
      '1:1 the manifest must be a map with `registries`, `defaults` and `images`, not `hello`',
    ],
    [
      'a list',
      '- a',
      '1:1 the manifest must be a map with `registries`, `defaults` and `images`, not a list',
    ],
    ['no images', 'defaults: {}', '1:1 the manifest needs the key `images`'],
    ['images: nothing', 'images:', '1:1 `images` must be a map of at least one image, not empty'],
    [
      'images: {}',
      'images: {}',
      '1:9 `images` must be a map of at least one image, not an empty map',
    ],
    [
      'images as a list',
      'images: [a]',
      '1:9 `images` must be a map of at least one image, not a list (write `images: { NAME: value }`)',
    ],
    [
      'two documents',
      'images: { a: }\n---\nimages: { b: }\n',
      '2:1 a second YAML document begins here (a manifest is one document: remove the `---`)',
    ],
  ])('%s', (_, text, message) => {
    expect(complaints(text)).toEqual([message]);
  });
});

describe('YAML that cannot be parsed', () => {
  test.each([
    [
      'images:\n\ta: {}\n',
      '2:2 this is not YAML: tabs are not allowed as indentation (indent with spaces)',
    ],
    [
      'images:\n  a: {}\n b: {}\n',
      '3:2 this is not YAML: all mapping items must start at the same column',
    ],
    [
      'images:\n  a: { version: ${TAG} }\n',
      '2:18 this is not YAML: unexpected flow-map-start at node end (within { } and [ ], put quotes around a string with `${…}` in it)',
    ],
    [
      'images:\n  a: b: c\n',
      '2:6 this is not YAML: nested mappings are not allowed in compact mappings (put quotes around a value that has `: ` in it)',
    ],
    [
      'images:\n  a: @b\n',
      '2:6 this is not YAML: plain value cannot start with reserved character @ (put quotes around the value)',
    ],
    ['images:\n  a: "b\n', '3:1 this is not YAML: missing closing "quote'],
    ['images: !app { a: }\n', '1:9 the YAML tag !app is not known here (remove it)'],
    [
      'images: { a: { name: !!binary YQ== } }\n',
      '1:22 the YAML tag !!binary is not known here (remove it)',
    ],
  ])('%j', (text, message) => {
    expect(complaints(text)).toEqual([message]);
  });

  test('two mistakes in two lines are both told', () => {
    expect(complaints('images:\n  a: "\\q"\n  b: "\\p"\n')).toEqual([
      '2:7 this is not YAML: invalid escape sequence \\q',
      '3:7 this is not YAML: invalid escape sequence \\p',
    ]);
  });
});

describe('keys', () => {
  test('given twice', () => {
    expect(complaints('images:\n  a: {}\n  b: {}\n  a: {}\nimages: {}\n')).toEqual([
      '4:3 `a` is given twice: first in line 2 (remove one of the two)',
      '5:1 `images` is given twice: first in line 1 (remove one of the two)',
    ]);
  });

  test('that are no strings', () => {
    expect(complaints('images:\n  a: {}\n  ? [b]\n  : {}\n')).toEqual([
      '3:5 a key must be a string',
    ]);
  });

  test('are taken as they are typed', () => {
    const { manifest } = read('images:\n  1.10: {}\n  true: {}\n');
    expect([...(manifest?.images.keys() ?? [])]).toEqual(['1.10', 'true']);
  });

  test('may be aliases of strings', () => {
    const text = 'x-names: [&name TOKEN, &list [a]]\nimages: { app: { build: { build_args: {';
    const end = ' : x } } } }\n';
    const { manifest } = read(`${text} *name${end}`);
    expect(manifest?.images.get('app')?.build?.buildArgs).toEqual(new Map([['TOKEN', ['x']]]));
    expect(complaints(`${text} *list${end}`)).toEqual(['2:41 a key must be a string']);
    expect(complaints(`${text} *other${end}`)).toEqual(['2:41 a key must be a string']);
  });

  test('of any name touch no prototype', () => {
    const { manifest } = read('images: { __proto__: { name: a }, constructor: { name: b } }');
    expect([...(manifest?.images.keys() ?? [])]).toEqual(['__proto__', 'constructor']);
    expect(Object.prototype).not.toHaveProperty('name');
    expect(readBuild('build_args: { __proto__: x }').buildArgs).toEqual(
      new Map([['__proto__', ['x']]]),
    );
    expect(complaints('images: { a: { toString: 1 } }')).toHaveLength(1);
  });
});

describe('anchors, aliases and merge keys', () => {
  test('x- keys are a place for anchors', () => {
    const image = readImage(
      'app',
      'x-common: &common { version: 1.10, hash_len: 8 }\nimages:\n  app: { <<: *common, hash_len: 12, build: {} }\n',
    );
    expect(image).toMatchObject({ version: '1.10', hashLength: 12 });
  });

  test('of two merged maps the first one wins, wherever the key stands', () => {
    const text =
      'x-a: &a { version: 1 }\nx-b: &b { version: 2, name: b }\nimages:\n  app: { name: own, <<: [*a, *b] }\n';
    expect(readImage('app', text)).toMatchObject({ version: '1', name: 'own' });
  });

  test('an alias stands for the nearest anchor before it', () => {
    const text =
      'images:\n  a: { version: &v 1, name: x }\n  b: { version: *v }\n  c: { version: &v 2 }\n  d: { version: *v }\n';
    expect(readImage('b', text).version).toBe('1');
    expect(readImage('d', text).version).toBe('2');
  });

  test('a quoted << is a key like any other', () => {
    expect(complaints('images: { a: { "<<": {} } }')).toEqual([
      expect.stringMatching(/^1:16 the image `a` has no key `<<` /),
    ]);
  });

  test('a mistake within an anchor is told once', () => {
    expect(
      complaints('x-a: &a { hash_len: 1 }\nimages:\n  b: *a\n  c: *a\n  d: { <<: *a }\n'),
    ).toEqual(['1:21 `hash_len` must be a whole number from 4 to 64, not `1`']);
  });

  test.each([
    ['images:\n  a: *nope\n', '2:6 nothing before this is anchored as `&nope`'],
    ['images: &a\n  a: *a\n', '2:6 this alias stands for what it is a part of'],
    ['images:\n  a: { <<: 3 }\n', '2:12 `<<` takes a map, or a list of maps'],
  ])('%j', (text, message) => {
    expect(complaints(text)).toEqual([message]);
  });
});

describe('what would take forever', () => {
  const aliasBomb = (levels: number) => {
    const lines = ['x-0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < levels; level += 1) {
      const alias = `*a${level - 1}`;
      lines.push(`x-${level}: &a${level} [${Array(9).fill(alias).join(', ')}]`);
    }
    return `${lines.join('\n')}\nimages: { app: }\n`;
  };
  const aliasChain = (links: number) =>
    `x-0: &a0 {}\n${Array.from({ length: links }, (_, i) => `x-${i + 1}: &a${i + 1} [*a${i}]\n`).join('')}images: { app: }\n`;
  const bomb =
    'the aliases of this file stand for more than 20000 values, or nest more than 20 deep (write the values out)';
  const deep =
    'the file nests too deeply to be a manifest (check its brackets and its indentation)';

  test.each([
    ['an alias bomb', aliasBomb(30), `5:16 ${bomb}`],
    ['a chain of aliases', aliasChain(3000), `22:13 ${bomb}`],
    ['brackets', '['.repeat(200_000), `1:101 ${deep}`],
    ['braces', '{a: '.repeat(100_000), `1:398 ${deep}`],
    ['dashes', '- '.repeat(100_000), `1:200 ${deep}`],
    ['question marks', '? '.repeat(100_000), `1:200 ${deep}`],
    [
      'indentation',
      Array.from({ length: 2000 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
      `100:101 ${deep}`,
    ],
  ])('%s', (_, text, message) => {
    expect(complaints(text)).toEqual([message]);
  });
});

test.each(['"', ']', ', ', '[],', '&a ', '*a ', '!!str ', '? a\n', 'a:\n', '\t', '${'])(
  'a file of nothing but %j is refused in good time',
  (unit) => {
    expect(complaints(unit.repeat(10_000 / unit.length))).not.toEqual([]);
  },
);

test('%YAML 1.1 brings no other rules', () => {
  expect(complaints('%YAML 1.1\n---\nimages: { a: { force_build: yes } }\n')).toEqual([
    '3:29 `force_build` must be true or false, not `yes` (write `force_build: true`)',
  ]);
});

const AS_TYPED = [
  '010',
  '0o17',
  '0x1F',
  '0b1',
  '1_000',
  '1e3',
  '1.0e+2',
  '.5',
  '5.',
  '3.10',
  '+1',
  '-0',
]
  .concat([
    '00',
    '08',
    '123456789012345678901234567890',
    '1e400',
    '.inf',
    '-.INF',
    '.NaN',
    'yes',
    'on',
  ])
  .concat([
    'Off',
    'y',
    'TRUE',
    'True',
    'false',
    '2001-01-01',
    '2001-12-14T21:59:43.10-05:00',
    '22:22',
  ])
  .concat([
    '1:22:33',
    '<<',
    '=',
    '---',
    '!!str 007',
    '!!int 0x10',
    '!!bool TRUE',
    'a#b',
    'a:b',
    '1,000',
  ]);

test.each(AS_TYPED)('where a string is expected %s is one', (text) => {
  const build = readBuild(`build_args:\n  A: ${text} # a comment\n  B: x`);
  expect(build.buildArgs.get('A')).toEqual([text.replace(/^!!\w+ /, '')]);
});

test.each(['~', 'null', 'Null', 'NULL', ''])('%j is no value', (text) => {
  const variables = { A: 'outer' };
  expect(readBuild(`build_args: { A: ${text} }`, variables).buildArgs.get('A')).toEqual(['outer']);
  expect(readBuild(`build_args: { A: "${text}" }`, variables).buildArgs.get('A')).toEqual([text]);
});

test.each([
  ['0x10', 16],
  ['0o20', 16],
  ['016', 16],
  ['+16', 16],
  ['1e1', 10],
  ['16.0', 16],
  ['!!int 16', 16],
  ['~', 16],
])('where a number is expected %s is one', (text, number) => {
  expect(readImage('app', `images: { app: { hash_len: ${text} } }`).hashLength).toBe(number);
});

test.each([
  ['"16"', 'the string `16` (write `hash_len: 16`, without quotes)'],
  ['1_6', '`1_6`'],
  ['16.5', '`16.5`'],
  ['4:10', '`4:10`'],
  ['""', '``'],
])('but %s is none', (text, shown) => {
  expect(complaints(`images: { app: { hash_len: ${text} } }`)).toEqual([
    `1:28 \`hash_len\` must be a whole number from 4 to 64, not ${shown}`,
  ]);
});

test('lines may end in CRLF', () => {
  expect(complaints('images:\r\n  a:\r\n    nmae: b\r\n')).toEqual([
    '3:5 the image `a` has no key `nmae` (did you mean `name`?)',
  ]);
  const text =
    'images:\r\n  app:\r\n    build:\r\n      build_args:\r\n        A: |\r\n          x\r\n          y\r\n        B: "p\r\n          q"\r\n        C: 1\r\n';
  const values = readImage('app', text).build?.buildArgs.values() ?? [];
  expect([...values].flat()).toEqual(['x\ny\n', 'p q', '1']);
});

test('merged maps hold what is typed, behind a byte order mark and in CRLF lines, too', () => {
  const text = `x-args: &args
  A: 010
  D: yes
  R: 2001-12-14T21:59:43.10-05:00
images:
  on: &on
    version: 1.20
    build: &build { files: nothing, build_args: { <<: *args, D: no } }
  merged:
    <<: [*on, { version: 2, name: other }]
    build: { <<: *build, dockerfile: Other }
`;
  for (const written of [text, `\ufeff${text.replaceAll('\n', '\r\n')}`]) {
    const args = new Map([
      ['A', ['010']],
      ['D', ['no']],
      ['R', ['2001-12-14T21:59:43.10-05:00']],
    ]);
    const on = readImage('on', written);
    expect([on.version, on.build?.buildArgs]).toEqual(['1.20', args]);
    const merged = readImage('merged', written);
    expect([merged.version, merged.name, merged.build?.buildArgs]).toEqual(['1.20', 'other', args]);
    expect(merged.build?.dockerfile).toMatchObject({ path: expect.stringMatching(/Other$/) });
  }
});

test('a document may have its markers, and a byte order mark', () => {
  const text = '\ufeff%YAML 1.2\n---\nimages: { app: { version: 010 } }\n...\n# the end\n';
  expect(readImage('app', text).version).toBe('010');
});

test('no string holds what no command line can: U+0000, and half a character', () => {
  expect(complaints('images: { a: { name: "b\\0" }, "c\\ud800": }')).toEqual([
    '1:22 a string cannot hold the character U+0000',
    '1:31 a string cannot hold the character U+D800',
  ]);
});
