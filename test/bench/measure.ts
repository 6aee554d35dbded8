import { spawnSync } from 'node:child_process';

/** A command as a whole process. */
export interface Contestant {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Done before each run, outside of what is measured. */
  readonly before?: () => void;
}

/** Medians of several runs, in seconds: as the clock has it, and of all processors together. */
export interface Figures {
  readonly wall: number;
  readonly cpu: number;
}

/**
 * Runs commands in turn, after one run each that does not count. Where other things run too, ratios of processor time
 * can be relied on more than those of the clock.
 */
export function inTurn(rounds: number, contestants: readonly Contestant[]): Figures[] {
  const runs = contestants.map((): Figures[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [at, contestant] of contestants.entries()) {
      const figures = measure(contestant);
      if (round > 0) runs[at]?.push(figures);
    }
  }
  return runs.map((figures) => ({
    wall: median(figures.map(({ wall }) => wall)),
    cpu: median(figures.map(({ cpu }) => cpu)),
  }));
}

/** POSIX shells tell the processor time of what they ran: the second line is that of their children. */
const TIMES = 'trap "times >&3" EXIT; "$@" >/dev/null 2>&1 || exit 1';

function measure({ name, argv, cwd, env, before }: Contestant): Figures {
  before?.();
  const start = performance.now();
  const { status, output } = spawnSync('sh', ['-c', TIMES, 'sh', ...argv], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  });
  const wall = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`${name} failed`);
  const [, children = ''] = (output[3] ?? '').split('\n');
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  const cpu = parts.reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
  return { wall, cpu };
}

/** The largest size in memory of a run of Node, in MB. */
export function peakMemory({ argv, cwd, env, before }: Contestant): number {
  before?.();
  const tell =
    'process.on("exit", () => require("fs").writeSync(3, String(process.resourceUsage().maxRSS)))';
  const [node, ...args] = argv;
  const hook = `data:text/javascript,import {createRequire} from 'node:module';const require=createRequire('file:///');${encodeURIComponent(tell)}`;
  const { output } = spawnSync(node, ['--import', hook, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  });
  return Number(output[3]) / 1024;
}

function median(all: readonly number[]): number {
  const sorted = all.toSorted((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** The first line that a command prints of its version; null where it is not installed. */
export function versionOf(command: string, ...args: string[]): string | null {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? (stdout.split('\n')[0] ?? '') : null;
}
