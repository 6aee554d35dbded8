import { describe, expect, it } from 'vitest';
import type { ResolvedImage } from '../../src/model/resolved.ts';
import { findStale, type StalePolicy, type TaggedImage } from '../../src/plan/stale.ts';
import { imagine } from '../rig/imagined.ts';

const HOUR_MS = 3_600_000;
const hashOf = (digit: string) => digit.repeat(64);

/** An image of `team/app` that was built from inputs with this digit, so many hours ago. */
function built(digit: string, hours: number, more: Partial<TaggedImage> = {}): TaggedImage {
  return {
    id: `id ${digit}`,
    refs: [`team/app:1-${digit.repeat(16)}`],
    createdMs: -hours * HOUR_MS,
    size: 1,
    labels: {
      'dev.docker-ensure.hash': hashOf(digit),
      'dev.docker-ensure.inputs': '{"platforms":["linux/amd64"]}',
    },
    ...more,
  };
}

const app: ResolvedImage = (() => {
  const imagined = imagine('app');
  const image = { ...imagined.image, name: 'team/app', version: '1', withHash: true };
  return { ...imagined, image, ref: `team/app:1-${'a'.repeat(16)}` };
})();

const POLICY: StalePolicy = { keep: 0, olderThanMs: 0, nowMs: 0, used: new Set() };

const fates = (stored: readonly TaggedImage[], policy: Partial<StalePolicy> = {}) =>
  findStale([app], stored, { ...POLICY, ...policy }).map(({ ref, kept }) => [
    ref.replace(/^team\/app:/, '').replace(/([0-9a-f])\1{15}/, '$1…'),
    kept,
  ]);

describe('stale tags', () => {
  it('are those with another hash than the current one, of any version', () => {
    const old = built('c', 3, { refs: [`team/app:${'c'.repeat(16)}`] });
    expect(fates([old, built('a', 1), built('b', 2)])).toEqual([
      ['1-a…', 'current'],
      ['1-b…', null],
      ['c…', null],
    ]);
  });

  it.each([
    ['without labels', { labels: {} }],
    ['of another hash', { labels: { 'dev.docker-ensure.hash': hashOf('c') } }],
    ['whose tag has no hash', { refs: ['team/app:1', 'team/app:latest', 'team/app:abc'] }],
  ])('are no images %s', (_, more) => {
    expect(fates([built('b', 1, more)])).toEqual([]);
  });

  it('are no moving tags, though they look like hashes', () => {
    const tagged = { ...app, image: { ...app.image, tags: ['bbbb'] } };
    const stored = [built('b', 1, { refs: ['team/app:bbbb'] })];
    expect(findStale([tagged], stored, POLICY)).toEqual([]);
    expect(findStale([app], stored, POLICY)).toMatchObject([{ kept: null }]);
  });

  it('stay where a container has the image, or where they are for another platform', () => {
    const other = built('c', 2, {
      labels: {
        'dev.docker-ensure.hash': hashOf('c'),
        'dev.docker-ensure.inputs': '{"platforms":["linux/arm64"]}',
      },
    });
    expect(fates([built('b', 1), other], { used: new Set(['id b']) })).toEqual([
      ['1-b…', 'in-use'],
      ['1-c…', 'other-platform'],
    ]);
  });

  it('stay as the newest, beside the current one, and as the young', () => {
    const stored = [built('a', 9), built('b', 1), built('c', 2), built('d', 30)];
    expect(fates(stored, { keep: 1 })).toEqual([
      ['1-b…', 'newest'],
      ['1-c…', null],
      ['1-a…', 'current'],
      ['1-d…', null],
    ]);
    expect(fates(stored, { olderThanMs: 24 * HOUR_MS })).toEqual([
      ['1-b…', 'young'],
      ['1-c…', 'young'],
      ['1-a…', 'current'],
      ['1-d…', null],
    ]);
  });

  it('count an image with two tags once', () => {
    const twice = built('b', 1, { refs: [`team/app:1-${'b'.repeat(16)}`, 'team/app:bbbbbbbb'] });
    expect(fates([twice, built('c', 2)], { keep: 1 })).toEqual([
      ['1-b…', 'newest'],
      ['bbbbbbbb', 'newest'],
      ['1-c…', null],
    ]);
  });
});
