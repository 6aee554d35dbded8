import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stampDockerfile } from '../../src/dockerfile/stamp.ts';

const LABELS = new Map([
  ['a.hash', 'ff'],
  ['a.inputs', '{"k":"v"}'],
]);
const LABEL = `LABEL a.hash='ff' a.inputs='{"k":"v"}'`;

const stamp = (text: string, target: string | null = null, labels = LABELS) =>
  Buffer.from(stampDockerfile(Buffer.from(text), target, labels)).toString();

describe('the instruction at the end of the file', () => {
  it.each([
    ['after a last line', 'FROM a\nRUN b\n', `FROM a\nRUN b\n\n${LABEL}\n`],
    ['after a last line without an end', 'FROM a\nRUN b', `FROM a\nRUN b\n${LABEL}\n`],
    ['after empty lines', 'FROM a\n\n\n', `FROM a\n\n\n\n${LABEL}\n`],
    ['after a comment without an end', 'FROM a\n# b', `FROM a\n# b\n${LABEL}\n`],
    [
      'after a comment that ends like a continued line',
      'FROM a\n# b \\',
      `FROM a\n# b \\\n${LABEL}\n`,
    ],
    ['after a heredoc', 'FROM a\nRUN <<E\nx \\\nE\n', `FROM a\nRUN <<E\nx \\\nE\n\n${LABEL}\n`],
    ['in a file with CRLF', 'FROM a\r\nRUN b\r\n', `FROM a\r\nRUN b\r\n\n${LABEL}\n`],
    ['in a file with a byte order mark', '\ufeffFROM a\n', `\ufeffFROM a\n\n${LABEL}\n`],
    ['in an empty file', '', `\n${LABEL}\n`],
  ])('stands %s', (_, text, stamped) => {
    expect(stamp(text)).toBe(stamped);
  });

  /** docker ends an instruction that goes on at the end of the file; ours would become a part of it. */
  it.each([
    ['a continued line', 'FROM a\nRUN b \\\n', `FROM a\nRUN b \n\n${LABEL}\n`],
    ['a continued line without an end', 'FROM a\nRUN b \\', `FROM a\nRUN b \n${LABEL}\n`],
    ['blanks behind the mark', 'FROM a\nRUN b\\ \t\n', `FROM a\nRUN b\n\n${LABEL}\n`],
    ['CRLF', 'FROM a\r\nRUN b \\\r\n', `FROM a\r\nRUN b \n\n${LABEL}\n`],
    ['a comment behind it', 'FROM a\nRUN b \\\n# c\n', `FROM a\nRUN b \n# c\n\n${LABEL}\n`],
    ['empty lines behind it', 'FROM a\nRUN b \\\n\n \n', `FROM a\nRUN b \n\n \n\n${LABEL}\n`],
    ['a line of the mark alone', 'FROM a\nRUN b \\\n  \\\n', `FROM a\nRUN b \n  \n\n${LABEL}\n`],
    ['a backtick', '# escape=`\nFROM a\nRUN b `\n', `# escape=\`\nFROM a\nRUN b \n\n${LABEL}\n`],
  ])('ends what goes on: %s', (_, text, stamped) => {
    expect(stamp(text)).toBe(stamped);
  });

  it.each([
    ['two marks', 'FROM a\nRUN b \\\\\n'],
    ['a backslash where the backtick escapes', '# escape=`\nFROM a\nRUN b \\\n'],
    ['a backtick where the backslash escapes', 'FROM a\nRUN b `\n'],
    ['a mark in the middle of a line', 'FROM a\nRUN b \\ c\n'],
    ['a continued line that ended', 'FROM a\nRUN b \\\n  c\n'],
  ])('leaves alone: %s', (_, text) => {
    expect(stamp(text)).toBe(`${text}\n${LABEL}\n`);
  });
});

describe('the instruction of a target', () => {
  const file = 'FROM a AS one\nRUN b\nFROM c AS Two\nRUN d\nFROM e\nRUN f\n';

  it.each([
    ['one', `FROM a AS one\nRUN b\n${LABEL}\nFROM c AS Two\nRUN d\nFROM e\nRUN f\n`],
    ['ONE', `FROM a AS one\nRUN b\n${LABEL}\nFROM c AS Two\nRUN d\nFROM e\nRUN f\n`],
    ['two', `FROM a AS one\nRUN b\nFROM c AS Two\nRUN d\n${LABEL}\nFROM e\nRUN f\n`],
    ['0', `FROM a AS one\nRUN b\n${LABEL}\nFROM c AS Two\nRUN d\nFROM e\nRUN f\n`],
    ['1', `FROM a AS one\nRUN b\nFROM c AS Two\nRUN d\n${LABEL}\nFROM e\nRUN f\n`],
    ['2', `${file}\n${LABEL}\n`],
    // Docker says that there is none.
    ['nowhere', `${file}\n${LABEL}\n`],
  ])('%s ends its stage', (target, stamped) => {
    expect(stamp(file, target)).toBe(stamped);
  });

  it('ends the later one of two stages of a name, as that is built', () => {
    expect(stamp('FROM a AS x\nFROM b AS X\nFROM c\n', 'x')).toBe(
      `FROM a AS x\nFROM b AS X\n${LABEL}\nFROM c\n`,
    );
  });

  it.each([
    [
      'a comment before the next stage',
      'FROM a AS x\n# next\nFROM b\n',
      'FROM a AS x\n# next\n',
      'FROM b\n',
    ],
    ['empty lines before it', 'FROM a AS x\n\n\n  FROM b\n', 'FROM a AS x\n\n\n', '  FROM b\n'],
    ['CRLF', 'FROM a AS x\r\nRUN b\r\nFROM c\r\n', 'FROM a AS x\r\nRUN b\r\n', 'FROM c\r\n'],
    [
      'a FROM in a heredoc',
      'FROM a AS x\nRUN <<E\nFROM nothing\nE\nFROM b\n',
      'FROM a AS x\nRUN <<E\nFROM nothing\nE\n',
      'FROM b\n',
    ],
    [
      'a FROM in a continued line',
      'FROM a AS x\nRUN echo \\\nFROM nothing\nFROM b\n',
      'FROM a AS x\nRUN echo \\\nFROM nothing\n',
      'FROM b\n',
    ],
    ['small letters', 'from a as x\nrun b\nfrom c\n', 'from a as x\nrun b\n', 'from c\n'],
    [
      'characters of several bytes',
      'FROM a AS x\nRUN echo äöü\u{1f600}\nFROM b\n',
      'FROM a AS x\nRUN echo äöü\u{1f600}\n',
      'FROM b\n',
    ],
    ['a byte order mark', '\ufeffFROM a AS x\nFROM b\n', '\ufeffFROM a AS x\n', 'FROM b\n'],
    [
      'a platform',
      'FROM --platform=$BUILDPLATFORM a AS x\nFROM b\n',
      'FROM --platform=$BUILDPLATFORM a AS x\n',
      'FROM b\n',
    ],
  ])('is in its place with %s', (_, text, before, after) => {
    expect(stamp(text, 'x')).toBe(`${before}${LABEL}\n${after}`);
  });

  it('leaves bytes alone that are no UTF-8', () => {
    const bytes = Buffer.from('FROM a AS x\nRUN echo \xff\xfe\nFROM b\n', 'latin1');
    expect(Buffer.from(stampDockerfile(bytes, 'x', LABELS)).toString('latin1')).toBe(
      `FROM a AS x\nRUN echo \xff\xfe\n${LABEL}\nFROM b\n`,
    );
  });
});

/** What docker makes of the words of a LABEL: quotes off, escaped line ends away. */
function read(stamped: string, mark: string): string {
  const label = stamped.slice(stamped.indexOf('LABEL a=') + 'LABEL a='.length);
  const line = label.split(`${mark}\n`).join('').replace(/\n$/, '');
  return line.replace(/'([^']*)'|"([^"]*)"/g, (_, single = '', double = '') => single + double);
}

describe('the value of a label', () => {
  it.each([
    ["it's", `'it'"'"'s'`],
    ['"$HOME" \\ `x`', `'"$HOME" \\ \`x\`'`],
    ['', `''`],
    ['ü\u{1f600}', `'ü\u{1f600}'`],
  ])('%j is quoted as %s', (value, quoted) => {
    expect(stamp('FROM a\n', null, new Map([['a', value]]))).toBe(`FROM a\n\nLABEL a=${quoted}\n`);
  });

  it('goes on over lines that docker takes', () => {
    for (const value of ['x'.repeat(200_000), "'".repeat(50_000), '\u{1f600}# \\'.repeat(20_000)]) {
      const stamped = stamp('FROM a\n', null, new Map([['a', value]]));
      const longest = Math.max(...stamped.split('\n').map((line) => Buffer.byteLength(line)));
      expect(longest).toBeLessThan(65_535);
      expect(read(stamped, '\\')).toBe(value);
    }
  });

  it.each(['\\', '`'])('is kept whatever it is, with %s to escape', (mark) => {
    const head = `# escape=${mark}\nFROM a\n`;
    const line = fc.string({ unit: 'grapheme' }).filter((text) => !/[\n\r]/.test(text));
    fc.assert(
      fc.property(line, (value) => {
        expect(read(stamp(head, null, new Map([['a', value]])), mark)).toBe(value);
      }),
    );
  });
});

it('changes nothing above the instruction that does not go on', () => {
  const words = [
    'FROM a',
    'FROM b AS x',
    'RUN c',
    '# d',
    '',
    '  ',
    'RUN e \\',
    'f',
    'COPY <<E /',
    'E',
  ];
  const lines = fc.array(fc.constantFrom(...words), { maxLength: 12 });
  fc.assert(
    fc.property(lines, fc.constantFrom(null, 'x', '0'), (all, target) => {
      const text = all.join('\n');
      const stamped = stamp(text, target);
      const at = stamped.indexOf(LABEL);
      const before = stamped.slice(0, at);
      const after = stamped.slice(at + LABEL.length + 1);
      const ends = after === '' ? `${text}\n` : text;
      const same = before + after === ends;
      // Of what goes on at the end of the file only the mark is gone.
      const ended = after === '' && before.replaceAll('\\', '') === ends.replaceAll('\\', '');
      expect(same || ended).toBe(true);
    }),
    { numRuns: 500 },
  );
});
