import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { expand } from '../../../src/dockerfile/expand.ts';
import { DECLARED } from '../../rig/record/words.ts';

/** Words with what BuildKit 0.13 makes of them: null where it takes none. */
const CASES = readFileSync(new URL('expansions.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as [string, string | null]);

const VALUES = new Map(
  [...DECLARED.matchAll(/(\w+)="?([^" \n]*)"?/g)].map(([, name = '', value = '']) => [name, value]),
);

test('words are expanded as BuildKit does, or left to it', () => {
  const left: string[] = [];
  for (const [word, text] of CASES) {
    const expanded = expand(word, (name) => VALUES.get(name) ?? null);
    if (expanded === null && text !== null) left.push(word);
    else expect([word, expanded]).toEqual([word, text]);
  }
  // Go reads it as a template.
  expect(left).toEqual(["${Q//a/'$1'}"]);
  expect(CASES.length).toBe(1152);
});
