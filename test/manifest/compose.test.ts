import { describe, expect, test } from 'vitest';
import envFiles from '../../fixtures/compose/env-files.json' with { type: 'json' };
import templates from '../../fixtures/compose/templates.json' with { type: 'json' };
import { interpolateAsCompose, readAsCompose } from '../rig/reading-as-compose.ts';
import { OUTSIDE, SET } from '../rig/record/compose.ts';
import { read } from './reading.ts';

/** A text, and what the real docker compose answered. */
interface Recorded {
  readonly text: string;
  readonly error?: string;
  readonly value?: string;
  readonly values?: Readonly<Record<string, string>>;
}

const FILES: readonly Recorded[] = envFiles.cases;
const STRINGS: readonly Recorded[] = templates.cases;

const answers = (cases: readonly Recorded[]) =>
  cases.map(({ text, values, value, error }) => [text, values ?? value ?? `refused: ${error}`]);

test('env files are read as docker compose reads them', () => {
  expect(FILES.length).toBeGreaterThan(300);
  const ours = FILES.map(({ text, error }) => [text, readAsCompose(text) ?? `refused: ${error}`]);
  expect(ours).toEqual(answers(FILES));
});

test('what stands in them is interpolated as docker compose does', () => {
  expect(STRINGS.length).toBeGreaterThan(200);
  const ours = STRINGS.map(({ text, error }) => [
    text,
    interpolateAsCompose(text) ?? `refused: ${error}`,
  ]);
  expect(ours).toEqual(answers(STRINGS));
});

describe('a string of the manifest', () => {
  const variables = { ...SET, ...OUTSIDE };
  const inManifest = STRINGS.map(({ text, value, error }) => {
    const manifest = `images: { a: { build: { metadata: ${JSON.stringify(text)} } } }`;
    const { diagnostics, manifest: made } = read(manifest, variables);
    const metadata = made?.images.get('a')?.build?.metadata;
    const ours = diagnostics.length > 0 ? null : Array.isArray(metadata) ? metadata.join('') : '';
    const codes = new Set(diagnostics.map(({ code }) => code));
    const bare = diagnostics.some(({ message }) => message.includes('without braces'));
    return { text, theirs: value, error, ours, codes, bare };
  });

  test('never becomes anything else than docker compose makes of it', () => {
    const other = inManifest.filter(
      ({ ours, theirs }) => ours !== null && theirs !== undefined && ours !== theirs,
    );
    expect(other).toEqual([]);
    expect(inManifest.filter(({ ours }) => ours !== null).length).toBeGreaterThan(80);
  });

  test('is refused where docker compose takes it only for a variable that is not set, or bare', () => {
    const stricter = inManifest.filter(
      ({ ours, theirs, codes, bare }) =>
        ours === null && theirs !== undefined && !codes.has('unset-variable') && !bare,
    );
    expect(stricter).toEqual([]);
  });

  test('is taken where docker compose refuses it only for a word that is not needed', () => {
    const laxer = inManifest.filter(({ ours, theirs }) => ours !== null && theirs === undefined);
    expect(laxer.map(({ error }) => error)).toEqual(
      laxer.map(() => expect.stringContaining('is missing a value')),
    );
    expect(laxer.map(({ text }) => text)).toContain('${A:-${NONE:?m}}');
  });
});
