/** How long hashes take: the start, many images, many files. Needs no docker. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Contestant, type Figures, inTurn, peakMemory, versionOf } from './measure.ts';

const BINARY = fileURLToPath(new URL('../../bin/docker-ensure.js', import.meta.url));

export interface Bench {
  /** A folder to work in. */
  readonly work: string;
  readonly rounds: number;
  readonly say: (line: string) => void;
}

const NODE: Contestant = { name: '`node -e 0`', argv: [process.execPath, '-e', '0'] };

/** A command of docker-ensure's own. */
export function ensure({ work }: Bench, cwd: string, ...args: string[]): Contestant {
  const env = { DOCKER_ENSURE_CACHE: join(work, 'cache') };
  return { name: `\`${args.join(' ')}\``, argv: [process.execPath, BINARY, ...args], cwd, env };
}

export const HEAD = `| what | time | CPU | beside | its time | its CPU | ratio | of CPU | target |
|---|---|---|---|---|---|---|---|---|`;

const seconds = (value: number) => `${value.toFixed(2)} s`;

/** A row with a target that is a ratio of times; null for a row that only shows growth. */
export function compare(
  bench: Bench,
  own: Contestant,
  peer: Contestant,
  target: number | null,
): void {
  const [one, other] = inTurn(bench.rounds, [own, peer]) as [Figures, Figures];
  const [wall, cpu] = [one.wall / other.wall, one.cpu / other.cpu];
  const cells = [own.name, seconds(one.wall), seconds(one.cpu), peer.name];
  const verdict =
    target === null
      ? ''
      : `${Number(target.toFixed(2))}: ${wall <= target ? 'within' : '**missed**'}`;
  const ratios = [seconds(other.wall), seconds(other.cpu), wall.toFixed(2), cpu.toFixed(2)];
  bench.say(`| ${[...cells, ...ratios, verdict].join(' | ')} |`);
}

/** A row with a target in seconds. */
function against(bench: Bench, name: string, own: Contestant, target: number): void {
  const [{ wall, cpu }] = inTurn(bench.rounds, [own]) as [Figures];
  const verdict = `${target} s: ${wall <= target ? 'within' : '**missed**'}`;
  bench.say(`| ${name} | ${seconds(wall)} | ${seconds(cpu)} | | | | | | ${verdict} |`);
}

/** Rows 1 and 2: what a command takes that has nothing to do. */
export function benchStart(bench: Bench): void {
  const folder = images(bench, 20);
  for (const args of [['--version'], ['--help'], ['schema']])
    compare(bench, ensure(bench, folder, ...args), NODE, 1.25);
  compare(bench, { ...ensure(bench, folder, 'ref', 'i19'), name: '`ref` of one of 20' }, NODE, 1.6);
}

/** Rows 6 and 11: manifests of many images. */
export function benchMany(bench: Bench): void {
  for (const [count, ref, refs, validate] of [
    [100, 0.35, 1, 2],
    [300, 0.35, 1, 1],
    [1000, 0.35, 1, 2],
  ] as const) {
    const folder = images(bench, count);
    against(bench, `\`ref\` of one of ${count}`, ensure(bench, folder, 'ref', 'i9'), ref);
    against(bench, `\`refs\` of ${count}`, ensure(bench, folder, 'refs'), refs);
    against(bench, `\`validate\` of ${count}`, ensure(bench, folder, '-q', 'validate'), validate);
  }
}

/** What the targets for many files are about. */
const MANY = 50_000;

/** Rows 7, 8, 9 and 11: one image with many files. */
export function benchFiles(bench: Bench): void {
  for (const count of [500, 5000, MANY]) {
    const folder = tree(bench, count);
    const context = join(folder, 'app');
    const own = ensure(bench, folder, 'ref', 'app');
    const tables = join(bench.work, 'cache/docker-ensure-cache/hashes');
    const before = () => rmSync(tables, { recursive: true, force: true });
    const first = { ...own, before, name: `${count} files, nothing known` };
    const sums =
      'find . -path ./.git -prune -o -type f -print0 | xargs -0 -P "$(nproc)" -n 500 sha256sum';
    const argv = ['sh', '-c', sums] as const;
    compare(
      bench,
      first,
      { name: '`xargs -P sha256sum`', argv, cwd: context },
      count === MANY ? 0.8 : null,
    );
    const again = { ...own, name: `${count} files, all known` };
    if (versionOf('git', '--version') === null)
      bench.say('| git is not installed | | | | | | | | |');
    else {
      const status: Contestant = { name: '`git status`', argv: ['git', 'status'], cwd: context };
      for (const args of [
        ['init', '-q'],
        ['add', '-A'],
      ])
        spawnSync('git', args, { cwd: context });
      compare(bench, again, status, count === MANY ? 2 : null);
    }
    for (const each of [first, again]) {
      const peak = peakMemory(each);
      const verdict = `120 MB: ${peak <= 120 ? 'within' : '**missed**'}`;
      bench.say(`| ${each.name}: memory | ${peak.toFixed(0)} MB | | | | | | | ${verdict} |`);
    }
  }
}

/** A project of so many images with five files each, three of four with a parent. */
function images({ work }: Bench, count: number): string {
  const folder = join(work, `images-${count}`);
  const entries: Record<string, object> = {};
  for (let at = 0; at < count; at += 1) {
    const directory = join(folder, `i${at}`);
    mkdirSync(directory, { recursive: true });
    const base = at % 4 === 0 ? 'scratch' : `bench/i${at - 1}`;
    writeFileSync(join(directory, 'Dockerfile'), `FROM ${base}\nCOPY . /app/\nENV AT=${at}\n`);
    for (let file = 1; file < 5; file += 1)
      writeFileSync(join(directory, `file-${file}`), `${file} of ${at}\n`.repeat(50));
    const build = { directory: `i${at}`, ...(at % 4 === 0 ? {} : { parents: [`i${at - 1}`] }) };
    entries[`i${at}`] = { name: `bench/i${at}`, with_hash: true, build };
  }
  writeFileSync(join(folder, 'ensure.yaml'), JSON.stringify({ images: entries }, null, 2));
  return folder;
}

/** A project of one image with so many files, of 8 kB on average. */
export function tree({ work }: Bench, count: number): string {
  const folder = join(work, `files-${count}`);
  for (let at = 0; at < count; at += 1) {
    const directory = join(folder, 'app', `d${at % 50}`, `e${Math.floor(at / 50) % 20}`);
    if (at < 1000) mkdirSync(directory, { recursive: true });
    const digest = createHash('sha512').update(String(at)).digest('hex');
    writeFileSync(join(directory, `file-${at}.ts`), digest.repeat(1 + ((at * 7919) % 124)));
  }
  mkdirSync(join(folder, 'app'), { recursive: true });
  writeFileSync(join(folder, 'app/Dockerfile'), 'FROM scratch\nCOPY . /\n');
  writeFileSync(join(folder, 'app/.dockerignore'), '.git\n');
  const build = { directory: 'app' };
  writeFileSync(
    join(folder, 'ensure.yaml'),
    JSON.stringify({ images: { app: { build, with_hash: true } } }),
  );
  return folder;
}
