import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BuildInputs, inputsDocument } from '../../src/inputs/document.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const EMPTY_LIST = sha256('{}');

const LEAST: BuildInputs = {
  dockerfile: sha256('FROM scratch\n'),
  files: EMPTY_LIST,
  platforms: ['linux/amd64'],
};

const map = (entries: Readonly<Record<string, string>>) => new Map(Object.entries(entries));

const secrets = (...ids: readonly string[]) =>
  ids.map((id) => ({ id, from: { env: id, value: 'hunter2' } }));

describe('the inputs document', () => {
  it('of an image that uses nothing has what is always there', () => {
    expect(inputsDocument(LEAST).document).toBe(
      '{"dockerfile":"bb57c7da220a8753d7bdabac0d3afdb6efa742e4c736c5bc93ab40dfd5e23b9b","files":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","format":"docker-ensure/inputs/v1","platforms":["linux/amd64"]}',
    );
  });

  it('has every key that docs/hash.md names', () => {
    const { document } = inputsDocument({
      ...LEAST,
      platforms: ['linux/arm64', 'linux/amd64'],
      buildArgs: map({ PYTHON: '3.12', EMPTY: '' }),
      parents: map({ 'base:1': 'f'.repeat(64), postgres: 'postgres:16' }),
      metadata: map({ mirror: 'new' }),
      interval: { every: 86_400, epoch: 9500 },
      target: 'release',
      network: 'none',
      shmSize: '64m',
      labels: map({ b: '2', a: '1' }),
      ulimits: map({ nofile: '1024:2048' }),
      extraHosts: map({ mirror: '10.0.0.7' }),
      additionalContexts: map({ shared: EMPTY_LIST, alpine: 'docker-image://alpine:3' }),
      secrets: secrets('npm', 'key'),
      ssh: ['deploy', 'default'].map((id) => ({ id, paths: [] })),
    });
    expect(JSON.parse(document)).toEqual({
      format: 'docker-ensure/inputs/v1',
      dockerfile: LEAST.dockerfile,
      files: EMPTY_LIST,
      platforms: ['linux/amd64', 'linux/arm64'],
      build_args: { PYTHON: '3.12', EMPTY: '' },
      parents: { 'base:1': 'f'.repeat(64), postgres: 'postgres:16' },
      metadata: { mirror: 'new' },
      interval: { every: 86_400, epoch: 9500 },
      target: 'release',
      network: 'none',
      shm_size: '64m',
      labels: { a: '1', b: '2' },
      ulimits: { nofile: '1024:2048' },
      extra_hosts: { mirror: '10.0.0.7' },
      additional_contexts: { shared: EMPTY_LIST, alpine: 'docker-image://alpine:3' },
      secrets: ['key', 'npm'],
      ssh: ['default', 'deploy'],
    });
    expect(Object.keys(JSON.parse(document))).toEqual(Object.keys(JSON.parse(document)).sort());
  });

  it.each<[string, Partial<BuildInputs>]>([
    ['empty maps', { buildArgs: new Map(), parents: new Map(), metadata: new Map() }],
    ['empty lists', { secrets: [], ssh: [] }],
    ['nulls', { metadata: null, interval: null, target: null, network: null, shmSize: null }],
  ])('leaves out %s', (_, more) => {
    expect(inputsDocument({ ...LEAST, ...more })).toEqual(inputsDocument(LEAST));
  });

  it.each<[string, Partial<BuildInputs>, string]>([
    ['metadata that is text', { metadata: 'rebuilt' }, '"metadata":"rebuilt"'],
    ['metadata that is an empty text', { metadata: '' }, '"metadata":""'],
    [
      'an epoch of zero',
      { interval: { every: 60, epoch: 0 } },
      '"interval":{"epoch":0,"every":60}',
    ],
    ['an epoch before the offset', { interval: { every: 1, epoch: -3 } }, '"epoch":-3'],
    [
      'a platform once',
      { platforms: ['linux/amd64', 'linux/amd64'] },
      '"platforms":["linux/amd64"]',
    ],
    ['a secret once', { secrets: secrets('b', 'a', 'b') }, '"secrets":["a","b"]'],
    [
      'a key like any other',
      { buildArgs: map({ ['__proto__']: 'x' }) },
      '"build_args":{"__proto__":"x"}',
    ],
    [
      'keys by code unit',
      { labels: map({ b: '', Z: '', ä: '', 10: '', 9: '' }) },
      '{"10":"","9":"","Z":"","b":"","ä":""}',
    ],
    [
      'as few escapes as there can be',
      { target: 'ü\u2028"\\\n\u0001/' },
      '"target":"ü\u2028\\"\\\\\\n\\u0001/"',
    ],
  ])('has %s', (_, more, part) => {
    expect(inputsDocument({ ...LEAST, ...more }).document).toContain(part);
  });

  it('has the hash of its bytes', () => {
    const { document, hash } = inputsDocument({ ...LEAST, metadata: 'ä\u{1f600}' });
    expect(hash).toBe(sha256(document));
    expect(document.endsWith('}')).toBe(true);
  });

  const inputs = fc.record({
    buildArgs: fc.dictionary(fc.string(), fc.string()),
    labels: fc.dictionary(fc.string(), fc.string()),
    secrets: fc.array(fc.string()),
    platforms: fc.array(fc.string(), { minLength: 1 }),
  });
  type Inputs = typeof inputs extends fc.Arbitrary<infer T> ? T : never;

  const documentOf = ({ buildArgs, labels, ...lists }: Inputs, turn = false) => {
    const order = <T>(all: readonly T[]) => (turn ? all.toReversed() : all);
    return inputsDocument({
      ...LEAST,
      buildArgs: new Map(order(Object.entries(buildArgs))),
      labels: new Map(order(Object.entries(labels))),
      secrets: secrets(...order(lists.secrets)),
      platforms: order(lists.platforms),
    });
  };

  it('is the same whatever the order', () => {
    fc.assert(
      fc.property(inputs, (any) => {
        expect(documentOf(any, true)).toEqual(documentOf(any));
      }),
    );
  });

  it('differs where the inputs do', () => {
    const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
    const sorted = (any: Inputs) => [
      Object.entries(any.buildArgs).sort(),
      Object.entries(any.labels).sort(),
      [...new Set(any.secrets)].sort(),
      [...new Set(any.platforms)].sort(),
    ];
    fc.assert(
      fc.property(inputs, inputs, (one, two) => {
        expect(documentOf(one).hash === documentOf(two).hash).toBe(same(sorted(one), sorted(two)));
      }),
    );
  });

  it.each<[string, Partial<BuildInputs>, Partial<BuildInputs>]>([
    ['where a name ends', { buildArgs: map({ A: 'BC' }) }, { buildArgs: map({ AB: 'C' }) }],
    ['which map holds it', { buildArgs: map({ A: '1' }) }, { labels: map({ A: '1' }) }],
    ['a text from a map', { metadata: '{"a":"b"}' }, { metadata: map({ a: 'b' }) }],
    ['a target from a network', { target: 'none' }, { network: 'none' }],
    ['an empty argument from none', { buildArgs: map({ A: '' }) }, {}],
    [
      'a length from a number of intervals',
      { interval: { every: 1, epoch: 2 } },
      { interval: { every: 2, epoch: 1 } },
    ],
  ])('tells %s', (_, one, two) => {
    const hashes = [one, two].map((more) => inputsDocument({ ...LEAST, ...more }).hash);
    expect(hashes[0]).not.toBe(hashes[1]);
  });
});
