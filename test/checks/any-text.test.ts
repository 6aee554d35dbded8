import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lookUp } from '../../src/checks/files/look-up.ts';
import { pairsOf } from '../../src/dockerfile/pairs.ts';
import { readDockerfile } from '../../src/dockerfile/read.ts';
import { programsOf } from '../../src/dockerfile/shell/programs.ts';
import { argumentsOf } from '../../src/dockerfile/words.ts';

const PIECES = [
  'FROM a AS b\n',
  'FROM scratch\n',
  'COPY ',
  'RUN ',
  'ARG ',
  'ENV ',
  'LABEL ',
  'ADD ',
  '--from=b ',
  '--mount=type=bind,source=',
  '["',
  '", "',
  '"]',
  '<<EOF ',
  'EOF\n',
  '\\\n',
  '# x\n',
  '\n',
  ' ',
  '\t',
  '"',
  "'",
  '$',
  '${',
  '}',
  '$(',
  ')',
  '`',
  '\\',
  '&&',
  '|',
  ';',
  '=',
  '*',
  '[',
  'sh -c ',
  'curl ',
  '\0',
  '\r\n',
  'ü',
  '\u{1f600}',
  'a',
  '0',
];
const text = fc
  .array(fc.constantFrom(...PIECES), { maxLength: 60 })
  .map((pieces) => pieces.join(''));

const NO_FILES = {
  directory: '/x',
  selected: [],
  list: { entries: new Map(), document: '{}', hash: '' },
};

test('any text can be read, and words stand where they are said to', () => {
  fc.assert(
    fc.property(text, (written) => {
      const source = { path: 'D', text: `FROM a\n${written}` };
      for (const { instructions } of readDockerfile(source, new Map()).stages) {
        for (const instruction of instructions) {
          const { flags, words } = argumentsOf(instruction);
          for (const { text: word, place } of [...flags, ...words]) {
            expect(place.end).toBeLessThanOrEqual(source.text.length);
            const there = source.text.slice(place.start, place.end);
            // Flags, and the strings of the JSON form, are without their quotes.
            if (!/[\\\n\0"']/.test(there)) expect(there).toBe(word);
            lookUp(word, NO_FILES);
          }
          pairsOf(instruction);
          for (const { start, end } of programsOf(instruction))
            expect(start).toBeLessThanOrEqual(end);
        }
      }
    }),
    { numRuns: 400 },
  );
});

test.each([
  ['RUN ', '$('],
  ['RUN ', '"$('],
  ['RUN ', '`'],
  ['RUN <<A\n', '<<B\n'],
  ['RUN ', "sh -c '"],
  ['COPY ', 'a '],
  ['COPY ', '['],
  ['ENV ', 'A="'],
  ['LABEL a=', '${A:-'],
  ['RUN ', '${A:-'],
  ['RUN ', '$(('],
  ['RUN ', 'a=('],
  ['ARG A=', '${A:-'],
])('%j and 20,000 times %j end soon', (head, piece) => {
  const source = { path: 'D', text: `FROM a\n${head}${piece.repeat(20_000)}\n` };
  const start = performance.now();
  for (const { instructions } of readDockerfile(source, new Map()).stages) {
    for (const instruction of instructions) {
      argumentsOf(instruction);
      pairsOf(instruction);
      programsOf(instruction);
    }
  }
  expect(performance.now() - start).toBeLessThan(10_000);
});
