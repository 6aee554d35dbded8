import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type Json } from '../../src/files/canonical.ts';
import { compareInputs, readInputs } from '../../src/inputs/compare.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const document = (inputs: Readonly<Record<string, Json>>) =>
  canonicalJson({ format: 'docker-ensure/inputs/v1', ...inputs });

/** Compares two inputs, with the given texts known. */
async function compare(
  before: Readonly<Record<string, Json>>,
  after: Readonly<Record<string, Json>>,
  texts: readonly string[] = [],
) {
  const known = new Map(texts.map((text) => [sha256(text), text]));
  const [old, now] = [readInputs(document(before)), readInputs(document(after))];
  if (old === null || now === null) throw new Error('no inputs documents');
  return compareInputs(old, now, {
    textOf: async (hash) => known.get(hash) ?? null,
    parentCalled: (name) => (name.startsWith('team/') ? { key: name.slice(5) } : null),
  });
}

const value = (input: string, before: string | null, after: string | null) => ({
  is: 'value',
  input,
  before,
  after,
});

describe('a comparison of inputs', () => {
  it('finds nothing where nothing differs', async () => {
    const inputs = { dockerfile: 'a', build_args: { A: '1' }, platforms: ['linux/amd64'] };
    expect(await compare(inputs, inputs)).toEqual([]);
  });

  it('tells values that changed, came and went', async () => {
    const before = { build_args: { A: '1', 'B.C': '2' }, target: 'dev', secrets: ['npm'] };
    const after = { build_args: { A: '2' }, network: 'none', secrets: ['ca', 'npm'] };
    expect(await compare(before, after)).toEqual([
      value('build_args.A', '1', '2'),
      value('build_args.B.C', '2', null),
      value('network', null, 'none'),
      value('secrets', 'npm', 'ca, npm'),
      value('target', 'dev', null),
    ]);
  });

  it('tells metadata that becomes a map, and an interval, each as one thing', async () => {
    expect(await compare({ metadata: 'one' }, { metadata: { a: 'b' } })).toEqual([
      value('metadata.a', null, 'b'),
    ]);
    const interval = (epoch: number) => ({ interval: { every: 60, epoch } });
    expect(await compare(interval(1), interval(2))).toEqual([
      value('interval', '{"epoch":1,"every":60}', '{"epoch":2,"every":60}'),
    ]);
  });

  it('has the lines of a Dockerfile where both texts are known', async () => {
    const [old, now] = ['FROM a\nRUN b\nRUN c\n', 'FROM a\nRUN d\nRUN c\n'];
    const inputs = [{ dockerfile: sha256(old) }, { dockerfile: sha256(now) }] as const;
    expect(await compare(...inputs, [old, now])).toEqual([
      {
        is: 'dockerfile',
        input: 'dockerfile',
        before: sha256(old),
        after: sha256(now),
        lines: ['@@ -1,3 +1,3 @@', ' FROM a', '-RUN b', '+RUN d', ' RUN c'],
      },
    ]);
    expect(await compare(...inputs, [now])).toMatchObject([{ is: 'dockerfile', lines: null }]);
  });

  it('has the files of a context where both lists are known', async () => {
    const old = '{"a":"f 1","b":"f 2","c":"f 3"}';
    const now = '{"a":"f 1","b":"x 2","d":"f 3"}';
    const files = [
      { path: 'b', is: 'changed' },
      { path: 'c', is: 'removed' },
      { path: 'd', is: 'added' },
    ];
    const inputs = (text: string) => ({
      files: sha256(text),
      additional_contexts: { conf: sha256(text), other: `docker-image://${text.length}` },
    });
    expect(await compare(inputs(old), inputs(now), [old, now])).toMatchObject([
      { is: 'files', input: 'files', files },
      { is: 'files', input: 'additional_contexts.conf', files },
    ]);
    expect(await compare({ files: sha256(old) }, { files: sha256(now) })).toMatchObject([
      { is: 'files', files: null },
    ]);
  });

  it('goes on to parents, as far as their inputs are known', async () => {
    const top = [document({ target: 'a' }), document({ target: 'b' })] as const;
    const middle = top.map((text) => document({ parents: { 'team/top': sha256(text) } }));
    const [before, after] = middle.map((text) => ({ parents: { 'team/middle': sha256(text) } }));
    if (before === undefined || after === undefined) throw new Error('two documents');
    expect(await compare(before, after, [...top, ...middle])).toMatchObject([
      {
        is: 'parent',
        input: 'parents.team/middle',
        image: 'middle',
        differences: [
          {
            is: 'parent',
            input: 'parents.team/top',
            image: 'top',
            differences: [value('target', 'a', 'b')],
          },
        ],
      },
    ]);
    expect(await compare(before, after, middle)).toMatchObject([
      { is: 'parent', differences: [{ is: 'parent', differences: null }] },
    ]);
  });

  it('tells a parent that is none of the manifest, or no longer one, as a value', async () => {
    expect(await compare({ parents: { debian: '11' } }, { parents: { debian: '12' } })).toEqual([
      value('parents.debian', '11', '12'),
    ]);
    expect(await compare({ parents: { 'team/a': 'x' } }, {})).toEqual([
      value('parents.team/a', 'x', null),
    ]);
  });

  it('finds a difference exactly where the documents differ', async () => {
    const text = fc.string({ maxLength: 3 });
    const inputs = fc.record(
      {
        dockerfile: text,
        files: text,
        target: text,
        metadata: fc.oneof(text, fc.dictionary(text, text, { maxKeys: 3 })),
        build_args: fc.dictionary(text, text, { maxKeys: 3 }),
        parents: fc.dictionary(text, text, { maxKeys: 3 }),
        secrets: fc.array(text, { maxLength: 3 }),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(inputs, inputs, async (before, after) => {
        // What is empty is not in a document.
        const used = (record: object) =>
          Object.fromEntries(
            Object.entries(record).filter(
              ([, each]) => typeof each === 'string' || Object.keys(each).length > 0,
            ),
          );
        const found = await compare(used(before), used(after));
        const isSame = document(used(before)) === document(used(after));
        expect(found.length === 0).toBe(isSame);
      }),
    );
  });
});

it.each(['', '{}', 'null', '[]', '"x"', '{"format":"another"}'])(
  '%j is no inputs document',
  (text) => {
    expect(readInputs(text)).toBeNull();
  },
);
