import { describe, expect, test } from 'vitest';
import { gatherVariables } from '../../src/manifest/env-file/gather.ts';
import type { Environment } from '../../src/manifest/interpolation/variables.ts';
import { formatDiagnostics } from '../../src/report/diagnostics.ts';
import { createStyle } from '../../src/report/text.ts';
import { complaint } from './reading.ts';

/** What env files give, and what is wrong with them. They are called 1.env, 2.env, … */
function gather(texts: readonly string[], environment: Environment = {}) {
  const files = texts.map((text, index) => ({ path: `${index + 1}.env`, text }));
  return gatherVariables(environment, files);
}

function valuesOf(texts: readonly string[], environment: Environment = {}) {
  const { variables, diagnostics } = gather(texts, environment);
  expect(diagnostics).toEqual([]);
  return Object.fromEntries(variables);
}

const complaintsOf = (text: string, environment: Environment = {}) =>
  gather([text], environment).diagnostics.map(complaint);

describe('a value that names variables', () => {
  test('knows those before it in the file, and in the files before', () => {
    const texts = ['A=1\nB=${A}\n', 'C="${A} ${B}"\nA=2\nD=$A\n'];
    expect(valuesOf(texts)).toEqual({ A: '2', B: '1', C: '1 1', D: '2' });
  });

  test('takes those of the environment first', () => {
    expect(valuesOf(['A=1\nB=${A}\n'], { A: 'outer' })).toEqual({ A: 'outer', B: 'outer' });
  });

  test('stands beside all other forms in one file', () => {
    const text = `A=pa#ss
B="x y" # note
C=\${A}:5000
D='$A'
E=a\\nb
F="a\\nb"
export G=1
H="say \\"hi\\""
J: of yaml
K = spaced
`;
    const all = {
      ...{ A: 'pa#ss', B: 'x y', C: 'pa#ss:5000', D: '$A', E: 'a\\nb', F: 'a\nb', G: '1' },
      ...{ H: 'say "hi"', J: 'of yaml', K: 'spaced' },
    };
    expect(valuesOf([text])).toEqual(all);
    expect(valuesOf([text.replaceAll('\n', '\r\n')])).toEqual(all);
    expect(complaintsOf(`${text}I='it''s'\n`)).toEqual([
      expect.stringMatching(/^1\.env:11:7 the name of a variable cannot hold `'` /),
    ]);
  });

  test('of the environment is only one that is set', () => {
    expect(valuesOf(['A=1\nB=${A}\n'], { A: undefined })).toEqual({ A: '1', B: '1' });
  });
});

describe('what is wrong with an env file is told with its place', () => {
  const advice = {
    quote: 'close it, or put the whole value into quotes of the other kind',
    name: 'write `NAME=value`; a value of several lines stands between quotes, and after the second one only a comment may follow',
    literal: 'put the value between single quotes if its `$` is meant as it is',
  };

  test.each([
    ['A=1\nB="x\nC=2\n', `1.env:2:3 this quote is not closed (${advice.quote})`],
    ["A='it's'\n", `1.env:1:8 the name of a variable cannot hold \`'\` (${advice.name})`],
    ['A=1\n  B/C=2\n', `1.env:2:4 the name of a variable cannot hold \`/\` (${advice.name})`],
    ['🐳=1\n', `1.env:1:1 the name of a variable cannot hold \`🐳\` (${advice.name})`],
    [
      'A=1\nexport B C=2\n',
      '1.env:2:9 the name of a variable cannot hold a blank (write `NAME=value`, a comment after `#`)',
    ],
    ['A=1\nexport ', '1.env:2:8 there is no name after `export` (write `export NAME=value`)'],
    [
      'A=1\nB="a\\t\\$\n  ${A%x}"\n',
      `1.env:3:3 this \`\${\` begins no interpolation (write \`\${NAME}\` or \`\${NAME:-default}\`, or ${advice.literal})`,
    ],
    [
      'A=1\r\nB=x ${A\r\n',
      `1.env:2:5 this \`\${\` is not closed (close it with \`}\` in the same line, or ${advice.literal})`,
    ],
    [
      'A=\nB=${A:?ask the team}\n',
      '1.env:2:3 the variable `A` is empty: ask the team (set it in the environment, or before this in an env file)',
    ],
    [
      'B=${A?}\n',
      '1.env:1:3 the variable `A` is not set (set it in the environment, or before this in an env file)',
    ],
    [
      'A="x\\0000"\n',
      '1.env:1:4 a value cannot hold the character U+0000 (remove `\\0000` from it)',
    ],
    [
      `A=${'${B:-'.repeat(30)}${'}'.repeat(30)}\n`,
      '1.env:1:103 interpolations nest more than 20 deep (use fewer defaults within defaults)',
    ],
  ])('%j', (text, message) => {
    expect(complaintsOf(text)).toEqual([message]);
  });

  test('a variable that is not set is a warning, and nothing comes in its place', () => {
    const { variables, diagnostics } = gather(['A=pa$word\nB="${NONE}x"\n']);
    expect(Object.fromEntries(variables)).toEqual({ A: 'pa', B: 'x' });
    const message = 'the variable that is named here is not set: nothing comes in its place';
    expect(diagnostics.map(complaint)).toEqual([
      `1.env:1:5 warning: ${message} (${advice.literal})`,
      `1.env:2:4 warning: ${message} (${advice.literal})`,
    ]);
  });

  test('but not where the environment has another value', () => {
    expect(complaintsOf('A=pa$word\n', { A: 'outer' })).toEqual([]);
  });

  test('all that come before a mistake in the syntax are told', () => {
    expect(complaintsOf('A=${\nB=$X\nC="\n').map((line) => line.split(' ')[0])).toEqual([
      '1.env:1:3',
      '1.env:2:3',
      '1.env:3:3',
    ]);
  });

  test('nothing of a value is shown', () => {
    const secret = 'hunter2';
    const texts = [
      `A="${secret}\n`,
      `A=${secret}$${secret}\n`,
      `A=\${${secret}%x}\n`,
      `A='x'\n${secret}/${secret}\n`,
      `A="x"${secret} ${secret}=1\n`,
      `A="${secret}\\0000"\n`,
    ];
    const { diagnostics } = gather(texts);
    expect(diagnostics).toHaveLength(texts.length);
    expect(formatDiagnostics(diagnostics, createStyle(false))).not.toContain(secret);
  });
});

test.each([
  ['blank lines', '\n'.repeat(500_000), 0],
  ['comments', '#\n'.repeat(100_000), 0],
  ['one long value', `A="${'x$B'.repeat(30_000)}"\n`, 1],
  ['many values', 'A=1\n'.repeat(30_000), 1],
  ['defaults without an end', `A=${'${B:-{'.repeat(20_000)}\n`, 0],
  ['defaults side by side', `A=${'${B:-{}} '.repeat(20_000)}\n`, 0],
  ['names without an end', 'A'.repeat(500_000), 0],
])('a large file of %s is read', (_, text, count) => {
  expect([...gather([text], { B: '' }).variables.keys()].filter((key) => key === 'A')).toHaveLength(
    count,
  );
});
