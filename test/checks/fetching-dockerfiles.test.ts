import { describe, expect, test } from 'vitest';
import { complaints } from './checking.ts';
import { FETCHING, QUIET } from './fetching-dockerfiles.ts';

/** `line:column tool` of what is told of a Dockerfile; null for nothing. */
async function told(dockerfile: string): Promise<string | null> {
  const found = await complaints({
    'ensure.yaml': 'images: { app: { with_hash: true, build: { files: all } } }\n',
    Dockerfile: `${dockerfile}\n`,
  });
  const [first = null] = found.filter((line) => line.includes('fetch-without-interval'));
  return (
    first?.replace(/^Dockerfile:(\S+) warning fetch-without-interval: `(.*?)`.*/s, '$1 $2') ?? null
  );
}

/** Made up after how people write them: which of them get other things tomorrow. */
describe.each([
  [`no word of ${QUIET.length} Dockerfiles whose network access is pinned`, QUIET],
  [`a word of ${FETCHING.length} Dockerfiles that get what is newest`, FETCHING],
])('%s', (_, judged) => {
  test.each(judged)('%s: %s', async (_name, expected, dockerfile) => {
    expect(await told(dockerfile)).toBe(expected);
  });
});
