/**
 * Records how the real docker compose reads env files and interpolates strings, for test/manifest:
 * `npx tsx test/rig/record-compose.ts PROGRAM`. With a count and a seed it compares our own reading with
 * the program's on so many random texts instead, and prints where they differ.
 *
 * The program is compose's own, `docker-compose` in the folder of docker's plugins. Debian's package
 * `docker-compose` has it: its newest suite is what is recorded, and `dpkg -x` is enough.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { randomFrom } from './random.ts';
import { interpolateAsCompose, readAsCompose } from './reading-as-compose.ts';
import { Compose } from './record/compose.ts';
import { randomEnvFile, randomTemplate } from './record/random-texts.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/compose/', import.meta.url));

const [program, count, seed = '1'] = process.argv.slice(2);
if (program === undefined) throw new Error('name the program of docker compose');

const compose = new Compose(program);
try {
  if (count === undefined) await record();
  else await compare(Number(count), Number(seed));
} finally {
  await compose.end();
}

/** Asks all that was ever asked once more: a new case is a line with a `text` alone. */
async function record(): Promise<void> {
  const version = await compose.version();
  await each('env-files.json', version, (text) => compose.readsEnvFile(text));
  await each('templates.json', version, (text) => compose.interpolates(text));
}

async function each(
  name: string,
  version: string,
  ask: (text: string) => Promise<object>,
): Promise<void> {
  const path = join(FIXTURES, name);
  const { cases }: { cases: { text: string }[] } = JSON.parse(await readFile(path, 'utf8'));
  const lines: string[] = [];
  for (const { text } of cases) lines.push(`  ${JSON.stringify({ text, ...(await ask(text)) })}`);
  await writeFile(path, `{ "version": "${version}", "cases": [\n${lines.join(',\n')}\n] }\n`);
}

async function compare(count: number, seed: number): Promise<void> {
  const random = randomFrom(seed);
  let [differences, mistakes] = [0, 0];
  const check = (text: string, theirs: unknown, ours: unknown) => {
    if (theirs === null) mistakes += 1;
    if (isDeepStrictEqual(theirs, ours)) return;
    differences += 1;
    console.log(JSON.stringify({ text, theirs, ours }));
  };
  for (let done = 0; done < count; done += 1) {
    const file = randomEnvFile(random);
    const read = await compose.readsEnvFile(file);
    check(file, 'error' in read ? null : read.values, readAsCompose(file));
    const template = randomTemplate(random);
    const made = await compose.interpolates(template);
    check(template, 'error' in made ? null : made.value, interpolateAsCompose(template));
  }
  console.log(`${count} env files and ${count} strings: ${mistakes} refused by docker compose`);
  console.log(`${differences} read otherwise by us`);
}
