import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cutDockerfile } from '../../../src/dockerfile/cut.ts';
import type { Instruction } from '../../../src/dockerfile/instruction.ts';
import { refusalsOf } from '../../../src/dockerfile/refusals.ts';
import { stagesOf } from '../../../src/dockerfile/stages.ts';
import { argumentsOf, flagValues, mountOptions } from '../../../src/dockerfile/words.ts';
import { positionOf } from '../../../src/model/source.ts';

/**
 * Dockerfiles of our own with lines, quotes, escapes, heredocs and directives spliced in at random, each
 * with what BuildKit 0.25's own parser says of it: null where it refuses the file; else its
 * instructions (keyword, first line, flags, heredocs), its stages, and what `--from` and mounts name.
 */
type Case =
  | [string, null]
  | [string, [string, number, ...string[]][], [string, string][], string[]];

const CASES = readFileSync(new URL('mutants.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

test('1,200 mutated Dockerfiles are read as BuildKit reads them', () => {
  expect(CASES).toHaveLength(1200);
  for (const [text, instructions, stages, uses] of CASES) {
    expect([text, ...read(text)]).toEqual(
      instructions === null ? [text, null] : [text, instructions, stages, uses],
    );
  }
});

function read(text: string) {
  const { instructions, mistakes } = cutDockerfile({ path: 'Dockerfile', text });
  if ([...mistakes, ...refusalsOf(instructions)].length > 0) return [null];
  const stages = stagesOf(instructions, new Map());
  return [
    instructions.map((instruction) => [
      instruction.keyword,
      positionOf(instruction.place).line,
      ...argumentsOf(instruction).flags.map((flag) => flag.text),
      ...instruction.heredocs.map(({ name }) => `<<${name}`),
    ]),
    stages.map(({ name, image }) => [name?.toLowerCase() ?? '', image?.text ?? '']),
    stages.flatMap((stage) => stage.instructions.flatMap(namedIn)),
  ];
}

function namedIn(instruction: Instruction): string[] {
  const { keyword } = instruction;
  const args = argumentsOf(instruction);
  const names =
    keyword === 'COPY'
      ? flagValues(args, 'from').map(({ text }) => text)
      : keyword === 'RUN'
        ? flagValues(args, 'mount').map((mount) => mountOptions(mount).get('from') ?? '')
        : [];
  return names.filter((name) => name !== '').map((name) => `${keyword} ${name}`);
}
