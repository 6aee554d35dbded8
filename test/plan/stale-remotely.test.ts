import { describe, expect, it } from 'vitest';
import type { ResolvedImage } from '../../src/model/resolved.ts';
import type { RemoteTag } from '../../src/model/stale.ts';
import { findStaleRemotely } from '../../src/plan/stale-remotely.ts';
import { imagine } from '../rig/imagined.ts';

const NAME = 'r.example/team/app';
const hash = (digit: string) => digit.repeat(64);

const app: ResolvedImage = (() => {
  const imagined = imagine('app');
  const image = { ...imagined.image, name: NAME, version: null, withHash: true };
  return { ...imagined, image, ref: `${NAME}:${'a'.repeat(16)}` };
})();

/** A tag with a digest, which carries a hash where its name is a digit. */
function tagged(tag: string, digest = tag, parts: readonly string[] = []): RemoteTag {
  const isHash = /^[0-9a-f]$/.test(tag);
  return {
    tag: isHash ? tag.repeat(16) : tag,
    ...{ digest, parts, createdMs: null, size: 1 },
    labels: isHash ? { 'dev.docker-ensure.hash': hash(tag) } : {},
  };
}

function found(...tags: readonly RemoteTag[]) {
  const policy = { keep: 0, olderThanMs: 0, nowMs: 0 };
  const pruned = findStaleRemotely([app], { name: NAME, tags }, policy);
  const fates = pruned.tags.map(({ ref, kept }) => [ref.split(':')[1]?.[0], kept]);
  return { fates: Object.fromEntries(fates), manifests: pruned.manifests };
}

describe('stale tags in a registry', () => {
  it('go with their manifests, each once', () => {
    expect(found(tagged('a'), tagged('b'), tagged('c', 'b'), tagged('other'))).toEqual({
      fates: { a: 'current', b: null, c: null },
      manifests: [{ digest: 'b', parts: [] }],
    });
  });

  it('stay where another tag names the manifest, or has it in it', () => {
    const tags = [tagged('b'), tagged('stable', 'b'), tagged('c'), tagged('all', 'x', ['y', 'c'])];
    expect(found(...tags)).toEqual({ fates: { b: 'tagged', c: 'tagged' }, manifests: [] });
    expect(found(tagged('a', 'b'), tagged('b'))).toEqual({
      fates: { a: 'current', b: 'tagged' },
      manifests: [],
    });
  });

  it('go with all that they alone consist of', () => {
    const tags = [
      tagged('b', 'x', ['p', 'q', 'r', 'x']),
      tagged('a', 'y', ['q']),
      tagged('o', 'r'),
    ];
    expect(found(...tags)).toEqual({
      fates: { a: 'current', b: null },
      manifests: [{ digest: 'x', parts: ['p'] }],
    });
  });
});
