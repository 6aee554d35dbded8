import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Findings } from '../../src/manifest/findings.ts';
import { Answers } from '../../src/manifest/interpolation/values.ts';
import { readManifest } from '../../src/manifest/read.ts';
import {
  decodeTree,
  encodeTree,
  type KeptParses,
  parsingOnce,
} from '../../src/manifest/yaml/kept-tree.ts';
import { parseYaml } from '../../src/manifest/yaml/parse.ts';
import { randomFrom } from '../rig/random.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures', import.meta.url));

/** All YAML files of the fixtures, and what they lack. */
const TEXTS = [
  ...readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.ya?ml$/.test(path))
    .sort()
    .map((path) => readFileSync(join(FIXTURES, path), 'utf8')),
  'a: 1\nb: 1.50\nc: 1e400\nd: .inf\ne: ~\nf:\ng: ""\nh: "1"\ni: 0x1F\nj: true\nk: -7\nl: 010\n',
  'x: &x { a: 1, b: [1, two] }\ny: { <<: *x, b: 2 }\nz: [*x, *x]\nw:\n  <<: [*x, { c: 3 }]\n',
  "a: >-\n  one\n  two\nb: |\n  three\n  ü😀\n\"c\\u0301\": 'it''s'\n? d\n: e\n",
  '__proto__: { constructor: 1 }\n',
];

/** What was kept, and what of it was asked for. */
function keptInMemory(): KeptParses & { readonly parses: Map<string, string>; found: number } {
  const parses = new Map<string, string>();
  return {
    parses,
    found: 0,
    recall(text) {
      const parsed = parses.get(text) ?? null;
      if (parsed !== null) this.found += 1;
      return parsed;
    },
    keep: (text, parsed) => void parses.set(text, parsed),
  };
}

it.each(TEXTS)('a tree comes back as it was: %j', (text) => {
  const source = { path: 'ensure.yaml', text };
  const findings = new Findings();
  const tree = parseYaml(source, findings);
  if (tree === null || findings.list().length > 0) return;
  const encoded = encodeTree(tree);
  expect(encoded).not.toBeNull();
  expect(decodeTree(encoded ?? '', source)).toStrictEqual(tree);
});

it('a tree with a value that JSON does not know is not kept', () => {
  const kept = keptInMemory();
  const source = { path: 'ensure.yaml', text: 'images: { a: { hash_len: -0 } }\n' };
  const tree = parsingOnce(kept)(source, new Findings());
  expect(tree).toStrictEqual(parseYaml(source, new Findings()));
  expect(kept.parses.size).toBe(0);
});

it('what has mistakes is not kept, and is told of each time', () => {
  const kept = keptInMemory();
  for (const text of ['a: [', 'a: *b\n', 'a: 1\na: 2\n', '', 'a: 1\n---\nb: 2\n', 'a: "\\0"\n']) {
    const source = { path: 'ensure.yaml', text };
    const own = new Findings();
    const expected = parseYaml(source, own);
    const parse = parsingOnce(kept);
    for (const findings of [new Findings(), new Findings()]) {
      expect(parse(source, findings)).toStrictEqual(expected);
      expect(findings.list()).toEqual(own.list());
      expect(findings.list()).not.toEqual([]);
    }
  }
  expect(kept.parses.size).toBe(0);
});

it('a manifest is understood alike with what was kept of it and without, whatever was edited', () => {
  const random = randomFrom(41);
  const kept = keptInMemory();
  const pieces = TEXTS.flatMap((text) => text.split('\n'));
  for (const start of TEXTS) {
    const lines = start.split('\n');
    for (let round = 0; round < 6; round += 1) {
      const source = { path: 'ensure.yaml', text: lines.join('\n') };
      const files = [{ source, path: '/p/ensure.yaml', variables: new Map([['A', 'b']]) }];
      const plain = readManifest(files, new Answers());
      // Once it is made, once it is found.
      for (let turn = 0; turn < 2; turn += 1) {
        const read = readManifest(files, new Answers(), parsingOnce(kept));
        expect(read).toStrictEqual(plain);
      }
      const at = random.below(lines.length);
      const other = pieces[random.below(pieces.length)] ?? '';
      if (random.below(2) === 0) lines.splice(at, 1, other);
      else lines.splice(at, random.below(2), `${lines[at] ?? ''} `);
    }
  }
  expect(kept.found).toBeGreaterThan(20);
});
