/** Words with variables, and the ARGs before them. */
export const DECLARED = `ARG A=a EMPTY="" P="team/a.b.c:1-x" Q="aab/ab"\n`;

const OPERATORS = ['-', '+', '?', ':-', ':+', ':?', '=', ':='];
const ALTERNATIVES = [
  '',
  'w',
  '$A',
  '${P}',
  '"$A"',
  "'}'",
  '\\}',
  '${UNSET:-${EMPTY:-${A}}}',
  'a:b/c',
];
const PATTERNS = [
  ...['*', '?', 'a', '*/', '*a', 'a*', '?a', '*.', '.*', '*.*', ':*', '*:', 'team/', '$A', '"a"'],
  ...[
    "'*'",
    '\\*',
    '\\?',
    '\\}',
    '\\/',
    '\\\\',
    '\\a',
    '[ab]',
    'a|b',
    '(a)',
    '^a',
    'a$',
    '{a',
    '+',
  ],
];
const BY = ['', 'x', '$A', '"x y"', '\\/', '/', '&', '\\}', "'$1'", '*'];

/** Of every form, with values that are set, empty and unset. */
export const WORDS: readonly string[] = [
  ...[
    '',
    'plain',
    '$',
    'a$',
    '$/',
    '$:1',
    '$1',
    '$1A',
    '$@',
    '$Ab',
    '$A$A',
    'x$A/y',
    'x${A}y',
    '${}',
    '${',
  ],
  ...[
    '${A',
    '${{A}',
    '${:-w}',
    '${A!}',
    '"open',
    "'open",
    '"$A"',
    "'$A'",
    '\\$A',
    '"\\$A"',
    '\\\\$A',
    '"\\a"',
  ],
  ...[
    'a\\',
    '"\\""',
    '""',
    "x'y'z",
    '${A:-w',
    '${A/a',
    '${A/a/',
    '${A//',
    '${A///x}',
    '${P///x}',
    '${#}',
    '${?}',
  ],
  ...['A', 'EMPTY', 'UNSET'].flatMap((name) =>
    OPERATORS.flatMap((operator) => ALTERNATIVES.map((word) => `\${${name}${operator}${word}}`)),
  ),
  ...['P', 'Q'].flatMap((name) =>
    ['#', '##', '%', '%%', ':#', ':%%'].flatMap((operator) =>
      PATTERNS.map((pattern) => `\${${name}${operator}${pattern}}`),
    ),
  ),
  ...['P', 'Q'].flatMap((name) =>
    ['/', '//'].flatMap((operator) =>
      ['', ...PATTERNS].flatMap((pattern) =>
        ['', 'x'].map((by) => `\${${name}${operator}${pattern}/${by}}`),
      ),
    ),
  ),
  ...['/a/', '//a/'].flatMap((operator) => BY.map((by) => `\${Q${operator}${by}}`)),
  '${UNSET#a}',
  '${UNSET/a/b}',
  '${P#"${P%%/*}"}',
  '${P%:*}-${P##*:}',
  '${UNSET:-${P##*/}}',
  '"${P%%:*}"',
].filter((word) => !/\s/.test(word));
