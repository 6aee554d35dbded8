import { expect, test } from 'vitest';
import { originsIn } from '../../src/files/origins.ts';
import type { CopiedSource } from '../../src/model/manifest.ts';
import { temporaryTree } from '../rig/temporary-tree.ts';

const source = (path: string, reads: CopiedSource['reads'] = 'glob'): CopiedSource => ({
  ...{ path, reads },
  by: { what: path, place: null },
});

test.each<[string, string | null]>([
  ['a.txt', '*.txt'],
  ['src/x', 'src/?'],
  ['src/deep/y', 'src'],
  // By a link, which leads elsewhere.
  ['link', 'link'],
  ['target/z', 'link'],
  // No longer there.
  ['b.txt', '*.txt'],
  ['src/gone', 'src'],
  ['other', null],
])('%s is let in by %s', async (path, by) => {
  const directory = await temporaryTree({
    'a.txt': '',
    'src/x': '',
    'src/deep/y': '',
    'target/z': '',
    link: { kind: 'link', target: 'target' },
  });
  const originOf = originsIn({
    ...{ directory, selected: [], list: { entries: new Map(), document: '{}', hash: '' } },
    policy: {
      kind: 'copied',
      sources: [source('*.txt'), source('src/?'), source('src'), source('link', 'path')],
    },
  });
  expect(originOf(path)?.what ?? null).toBe(by);
});
