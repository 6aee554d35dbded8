/** Secrets that are planted to be looked for, and the places where one might have come out. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../rig/engine/index.ts';

/** A secret that occurs nowhere by chance, with characters that addresses and shells have to escape. */
export function canary(): string {
  return `tweet/${randomBytes(12).toString('hex')}+%&=#?`;
}

/** A text that was written somewhere. */
export interface Written {
  readonly where: string;
  readonly text: string;
}

/** How a secret may look: as it is, escaped, or in base64 behind whatever comes before it. */
function spellingsOf(secret: string): string[] {
  const shifted = [0, 1, 2].map((shift) => {
    const text = Buffer.from(`${'x'.repeat(shift)}${secret}`).toString('base64');
    // What stands at the ends also depends on the neighbours.
    return text.slice(shift === 0 ? 0 : 4, -4);
  });
  const urlSafe = shifted.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const [core = secret] = /[0-9a-f]{24}/.exec(secret) ?? [];
  return [...new Set([secret, core, encodeURIComponent(secret), ...shifted, ...urlSafe])];
}

/** Where the secrets are, by their names. */
export function sightings(
  secrets: Readonly<Record<string, string>>,
  written: readonly Written[],
): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const spellings = spellingsOf(secret);
    return written
      .filter(({ text }) => spellings.some((spelling) => text.includes(spelling)))
      .map(({ where }) => `${name} in ${where}`);
  });
}

/** All files beneath a folder, whatever is in them; links by what they say. */
export async function filesIn(folder: string): Promise<Written[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const files = names.map(async (name): Promise<Written[]> => {
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => null);
    if (stats?.isSymbolicLink()) return [{ where: path, text: `${name} ${await readlink(path)}` }];
    if (!stats?.isFile()) return [{ where: path, text: name }];
    return [{ where: path, text: `${name} ${await readFile(path, 'latin1')}` }];
  });
  return (await Promise.all(files)).flat();
}

/** What an image says of itself: its configuration with labels, and its history. */
export async function imageTexts(engine: Engine, ref: string): Promise<Written[]> {
  const inspected = await engine.docker(['image', 'inspect', ref]);
  const history = await engine.docker([
    ...['image', 'history', '--no-trunc', '--format', '{{.CreatedBy}} {{.Comment}}'],
    ref,
  ]);
  // Docker itself writes the arguments of a RUN before its command: `|1 TOKEN=… /bin/sh -c …`.
  const lines = history.stdout.split('\n').filter((line) => !/^RUN \|\d+ /.test(line));
  return [
    { where: `image inspect ${ref}`, text: inspected.stdout },
    { where: `image history ${ref}`, text: lines.join('\n') },
  ];
}

/** Reads all command lines again and again, and prints each that it has not seen before. */
const WATCH = `
const fs = require('node:fs');
const seen = new Set();
setInterval(() => {
  for (const pid of fs.readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(pid)) continue;
    try {
      const line = fs.readFileSync('/proc/' + pid + '/cmdline', 'latin1').replaceAll('\\0', ' ');
      if (line !== '' && !seen.has(line)) { seen.add(line); console.log(JSON.stringify(line)); }
    } catch {}
  }
}, 20);
console.log('""');
`;

/** Looks at the list of processes, every 20 ms, until it is told to stop. */
export async function watchProcesses(): Promise<{ stop(): Promise<Written[]> }> {
  const child = spawn(process.execPath, ['-e', WATCH], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child.stdout, 'data');
  return {
    async stop() {
      child.kill();
      await once(child, 'close');
      const lines = text.split('\n').filter(Boolean);
      return lines.map((line) => {
        const command = JSON.parse(line) as string;
        return { where: `command line: ${command}`, text: command };
      });
    },
  };
}
