import { describe, expect, test } from 'vitest';
import { complaints } from './checking.ts';
import { REALISTIC, type Realistic } from './realistic.ts';

const CASES = Object.entries(REALISTIC);

function found({ dockerfile, files, build = '' }: Realistic, interval: string): Promise<string[]> {
  return complaints({
    'ensure.yaml': `images:\n  app:\n    with_hash: true\n    build:\n      ${interval}\n      ${build}\n`,
    Dockerfile: dockerfile,
    ...Object.fromEntries(files.map((file) => [file, ''])),
  });
}

describe(`no false alarm on ${CASES.length} Dockerfiles as people write them`, () => {
  test.each(CASES)('%s', async (_, realistic) => {
    expect(await found(realistic, 'interval: 1d')).toEqual([]);
  });
});

describe('without an interval only fetching is told of', () => {
  test.each(CASES)('%s', async (_, realistic) => {
    const lines = await found(realistic, 'interval: null');
    const shortened = lines.map((line) =>
      line.replace(/warning fetch-without-interval: `(.*?)`.*/, '$1'),
    );
    expect(shortened).toEqual(realistic.fetches === null ? [] : [realistic.fetches]);
  });
});
