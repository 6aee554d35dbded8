import { describe, expect, test } from 'vitest';
import { readDockerfile } from '../../src/dockerfile/read.ts';
import { builtStages, chainOf, targetStage } from '../../src/dockerfile/stages.ts';

function read(text: string, args: Readonly<Record<string, string>> = {}) {
  return readDockerfile({ path: 'D', text }, new Map(Object.entries(args)));
}

/** The indexes of the stages that are built. */
function built(text: string, target: string | null = null, replaced: readonly string[] = []) {
  const { stages } = read(text);
  const wanted = targetStage(stages, target);
  if (wanted === undefined) return null;
  const taken = builtStages(stages, wanted, (name) => replaced.includes(name));
  return taken.map((stage) => stages.indexOf(stage));
}

describe('the stages that are built', () => {
  test.each([
    ['the last one', 'FROM a\nFROM b\n', null, [1]],
    ['that it begins with', 'FROM a AS x\nFROM x AS y\nFROM y\n', null, [0, 1, 2]],
    ['that it copies from', 'FROM a AS x\nFROM b\nFROM c\nCOPY --from=x a b\n', null, [0, 2]],
    ['by number', 'FROM a\nFROM b\nFROM c\nCOPY --from=1 a b\n', null, [1, 2]],
    ['that it mounts', 'FROM a AS x\nFROM c\nRUN --mount=from=X,target=/x y\n', null, [0, 1]],
    ['a named one', 'FROM a AS x\nFROM b AS y\n', 'X', [0]],
    ['the later of one name', 'FROM a AS x\nFROM b AS x\nFROM x\n', 'x', [1]],
    ['none', 'FROM a AS x\n', 'y', null],
  ] as const)('%s', (_, text, target, expected) => {
    expect(built(text, target)).toEqual(expected);
  });

  test('are without those that something else stands in for', () => {
    const text = 'FROM a AS x\nFROM x AS y\nFROM c\nCOPY --from=y a b\n';
    expect(built(text)).toEqual([0, 1, 2]);
    expect(built(text, null, ['y'])).toEqual([2]);
    expect(built(text, null, ['x'])).toEqual([1, 2]);
    expect(built(text, 'y', ['y'])).toEqual([]);
  });

  test('form a chain', () => {
    const { stages } = read('FROM a AS x\nFROM x AS y\nFROM y\nCOPY --from=x a b\n');
    const last = stages.at(-1);
    expect(last && chainOf(last).map(({ name }) => name)).toEqual([null, 'y', 'x']);
  });
});

test('the base of a stage', () => {
  const { stages, globals } = read(
    'ARG A=x B="y-${A}" C\nFROM --platform=$BUILDPLATFORM $A:1 as one\nFROM ${B} AS Two\nFROM $C\nFROM $C$A\nFROM "q"\n',
    { C: 'given' },
  );
  expect(stages.map(({ base, name }) => [base, name])).toEqual([
    ['x:1', 'one'],
    ['y-x', 'Two'],
    ['given', null],
    ['givenx', null],
    ['q', null],
  ]);
  expect(Object.fromEntries(globals)).toMatchObject({ A: 'x', B: 'y-x', C: 'given' });
  expect(read('# escape=`\nFROM a`b\n').stages[0]?.base).toBe('ab');
});

describe('the images that are used', () => {
  test.each([
    ['FROM debian:12\n', ['FROM debian:12']],
    ['FROM docker.io/library/debian\n', ['FROM debian']],
    [
      'FROM a AS a\nFROM a\nCOPY --from=a / /\nCOPY --from=0 / /\nCOPY --from=b / /\n',
      ['FROM a', 'COPY --from b'],
    ],
    ['FROM scratch\nRUN --mount=type=bind,from=team/x:2,target=/x y\n', ['RUN --mount team/x:2']],
    ['FROM $A\n', ['FROM null']],
    ['FROM scratch\nCOPY --from=$A / /\n', ['COPY --from null']],
    ['FROM scratch\n# FROM x\nRUN <<EOF\nFROM y\nEOF\n', []],
  ])('%j', (text, expected) => {
    expect(read(text).uses.map(({ instruction, name }) => `${instruction} ${name}`)).toEqual(
      expected,
    );
  });
});

test.each([
  ['# syntax=docker/dockerfile:1\nFROM a\n', 'docker/dockerfile:1'],
  ['# escape=`\n# Syntax = x/y:2 \nFROM a\n', 'x/y:2'],
  ['FROM a\n# syntax=docker/dockerfile:1\n', null],
])('the syntax of %j', (text, syntax) => {
  expect(read(text).syntax).toBe(syntax);
});
