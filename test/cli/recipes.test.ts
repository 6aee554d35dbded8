import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { makeProjectHere } from '../rig/command.ts';

const FOLDER = fileURLToPath(new URL('../../docs/recipes/', import.meta.url));
const pages = (await readdir(FOLDER)).filter((name) => name.endsWith('.md'));

/** The fenced blocks of a language. */
const blocksOf = (page: string, language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text]) => text ?? '',
  );

const blocks = (
  await Promise.all(
    pages.map(async (name) => {
      const page = await readFile(FOLDER + name, 'utf8');
      return blocksOf(page, 'yaml').map((text) => ({ name, text }));
    }),
  )
).flat();
const manifests = blocks.filter(({ text }) => text.startsWith('# ensure.yaml\n'));

it.each(blocks)('$name: its YAML is YAML', ({ text }) => {
  expect(parseDocument(text).errors).toEqual([]);
});

it.each(manifests)('$name: its manifest is one', async ({ text }) => {
  const { run } = await makeProjectHere({ 'ensure.yaml': text });
  const env = { REGISTRY: 'registry.example.com' };
  expect(await run(['config'], { env })).toMatchObject({ exitCode: 0, stderr: '' });
});

it('there are manifests in them', () => {
  expect(manifests.length).toBeGreaterThanOrEqual(6);
});
