/**
 * Records which names docker takes for an image: `npx tsx test/rig/record-references.ts`. Each is given to
 * an image as a tag and taken away again. Both image stores must agree. Writes
 * `test/model/references.jsonl`: the name, and docker's short form of it or null where docker takes none.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Engine, seed, seedReference, startEngine } from './engine/index.ts';
import { randomFrom } from './random.ts';

const FILE = fileURLToPath(new URL('../model/references.jsonl', import.meta.url));
const RANDOM_NAMES = 550;

const random = randomFrom(26);
const SERVERS = [
  ...['', '', '', 'docker.io/', 'index.docker.io/', 'registry-1.docker.io/', 'localhost/', 'Host/'],
  ...['localhost:5000/', 'reg.example/', 'reg.example:80/', '10.0.0.1:5000/', '[::1]:80/', 'a_b/'],
  ...['[::1]/', 'LOCALHOST/', 'a_b.c/', 'a_b.c:80/', '-a.b/', 'a-.b/', 'a..b/', 'a.b:/', '[g]/'],
];
const PIECES = [
  ...['a', 'b', '0', '9', 'a', 'b', 'library', 'f0', '/', '/', '.', '_', '__', '-', '--', 'A'],
  ...[':', ':1', '@', '+', '~', ' ', '\u00e9', '[', '%', '___', '..', '//'],
];
const TAGS = ['', '', ':1', ':1.2-a_b', ':_', ':.', ':-a', ':A', ':', ':1:2', ':a/b', ':\u00e9'];
const made = Array.from({ length: RANDOM_NAMES }, () => {
  const path = random.several(1, 6, () => random.pick(PIECES)).join('');
  return random.pick(SERVERS) + path + random.pick(TAGS);
});
const hex = 'f0'.repeat(32);
// How long a name may be depends on docker's version: none is near the limit. `docker tag` alone refuses a
// repository of the Hub that looks like an image ID, and `sha256:` before one; a FROM takes them: none is here.
const LONG = [
  ...[hex, `${hex}0`, `team/${hex}`, `reg.example/${hex}`, hex.toUpperCase()],
  ...['a'.repeat(200), 'a'.repeat(300), `${'a/'.repeat(90)}a`, `a:${'b'.repeat(128)}`],
  ...[`a:${'b'.repeat(129)}`, `a@sha256:${hex}`, `a:1@sha256:${hex}`, 'scratch'],
];
const names = [...new Set([...LONG, ...made])];

const [classic, containerd] = await Promise.all([verdicts('classic'), verdicts('containerd')]);
const lines = names.map((name, at) => {
  if (classic[at] !== containerd[at]) throw new Error(`the stores differ: ${name}`);
  return `${JSON.stringify([name, classic[at]])}\n`;
});
await writeFile(FILE, lines.join(''));

async function verdicts(store: 'classic' | 'containerd'): Promise<(string | null)[]> {
  const engine = await startEngine({ name: `record-refs-${store}`, store });
  try {
    await seed(engine);
    const found: (string | null)[] = [];
    for (const name of names) found.push(await verdict(engine, name));
    return found;
  } finally {
    await engine.stop();
  }
}

async function verdict(engine: Engine, name: string): Promise<string | null> {
  const tagged = await engine.docker(['tag', '--', seedReference, name]);
  if (tagged.exitCode !== 0) {
    if (
      /not a valid repository|digest reference|reserved|ambiguous tag|invalid reference|invalid repository/.test(
        tagged.stderr,
      )
    )
      return null;
    throw new Error(`${name}: ${tagged.stderr}`);
  }
  const { stdout, stderr } = await engine.docker(['rmi', '--no-prune', '--', name]);
  const [, familiar] = /^Untagged: (.+)$/m.exec(stdout) ?? [];
  if (familiar === undefined) throw new Error(`${name}: ${stderr}`);
  return familiar;
}
