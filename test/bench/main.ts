/**
 * `npm run bench`, or `npm run bench -- NAME…` for a part of it: whole processes, ours and others' in turn, as a table
 * in Markdown. What misses its target is marked.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchBuilds } from './builds.ts';
import { type Bench, benchFiles, benchMany, benchStart, HEAD } from './files.ts';
import { versionOf } from './measure.ts';
import { benchPresent } from './present.ts';

const PARTS: Readonly<Record<string, (bench: Bench) => void | Promise<void>>> = {
  start: benchStart,
  many: benchMany,
  files: benchFiles,
  present: benchPresent,
  builds: ({ work }) => benchBuilds(work),
};

const say = (line: string) => process.stdout.write(`${line}\n`);
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in PARTS));
if (unknown !== undefined)
  throw new Error(`no part is called ${unknown}: there are ${Object.keys(PARTS).join(', ')}`);

const rounds = Number(process.env.DOCKER_ENSURE_ROUNDS ?? 10);
const load = () => loadavg()[0]?.toFixed(1);
const work = await mkdtemp(join(tmpdir(), 'docker-ensure-bench-'));
try {
  const versions = [versionOf('git', '--version'), versionOf('sha256sum', '--version')];
  const known = versions.filter((version) => version !== null).join(', ');
  say(`${new Date().toISOString()}, Node ${process.version}, ${cpus().length} cores, ${known}`);
  say(`load ${load()} at the start`);
  for (const [name, part] of Object.entries(PARTS)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    say(`\n## ${name}\n`);
    if (part !== PARTS.builds) say(`medians of ${rounds} rounds\n\n${HEAD}`);
    await part({ work, rounds, say });
  }
  say(`\nload ${load()} at the end`);
} finally {
  await rm(work, { recursive: true, force: true });
}
