/**
 * Records what docker makes of words with variables: `npx tsx test/rig/record-expansions.ts`. Each word is
 * the image of a FROM, behind a `!`: so it is no reference, and docker says what it made of it. Writes
 * `test/dockerfile/buildkit/expansions.jsonl`: the word, and its text or null where docker takes none.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startEngine } from './engine/index.ts';
import { randomFrom } from './random.ts';
import { DECLARED, WORDS } from './record/words.ts';

const FILE = fileURLToPath(new URL('../dockerfile/buildkit/expansions.jsonl', import.meta.url));
const RANDOM_WORDS = 300;

// An empty pattern is not among them: it ends BuildKit 0.13, and the engine with it.
/** How docker says that it takes a word for none. */
const REFUSED = /ERROR: .*(failed to process|unexpected end of statement|syntax error)/;

const random = randomFrom(14);
const pieces = [
  ...['$A', '${A', '${EMPTY', '${UNSET', '${P', '}', '}', '}', ':-', ':+', '-', '+', '#a', '##*'],
  ...['%c', '%%?', '/', '//', '*', '?', '\\', '"', "'", 'a', 'b', 'c', '.', ':', '$', '{', '[b]'],
];
const made = Array.from({ length: RANDOM_WORDS }, () => {
  const start = random.chance(70) ? random.pick(['${A', '${P', '${UNSET', '"${A']) : '';
  return start + random.several(1, 7, () => random.pick(pieces)).join('');
});

const engine = await startEngine({ name: 'record-expansions', store: 'classic' });
try {
  const lines: string[] = [];
  for (const word of [...new Set([...WORDS, ...made])]) {
    const input = `${DECLARED}FROM !${word}\n`;
    const { stderr } = await engine.docker(['buildx', 'build', '--progress=plain', '-'], { input });
    const said = /failed to parse stage name ("(?:[^"\\]|\\.)*"): /.exec(stderr)?.[1];
    if (said === undefined && !REFUSED.test(stderr)) throw new Error(`${word}: ${stderr}`);
    const text = said === undefined ? null : (JSON.parse(said) as string).slice(1);
    lines.push(`${JSON.stringify([word, text])}\n`);
  }
  await writeFile(FILE, lines.join(''));
} finally {
  await engine.stop();
}
