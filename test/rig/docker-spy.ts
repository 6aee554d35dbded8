import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Engine } from './engine/index.ts';

/** A `docker` before the real one on PATH: it notes how it is called, and hands over. */
export interface DockerSpy {
  /** To be laid over the environment of a run. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder for what `before` and `after` have to say; they know it as `$notes`. */
  readonly notes: string;
  /** The argv of each call so far, without `docker` itself. */
  calls(): Promise<string[][]>;
  /** The command lines of the real docker, and of what it started, as a process list shows them. */
  processes(): string;
}

export interface SpyOptions {
  /** Shell that runs before the real docker, with its argv as `$@`. */
  readonly before?: string;
  /** Shell that runs after it. */
  readonly after?: string;
  /** Look at the process list all the time while docker runs. */
  readonly watchProcesses?: boolean;
  /** Shell in the place of the real docker. */
  readonly instead?: string;
}

/** Puts a spy before the docker of an engine. It is removed when the test ends. */
export async function spyOnDocker(engine: Engine, options: SpyOptions = {}): Promise<DockerSpy> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-spy-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = engine.env.PATH ?? '';
  const script = join(folder, 'docker');
  await writeFile(script, scriptOf(folder, await findDocker(path), options));
  await chmod(script, 0o755);
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '');
  const processes = options.watchProcesses ? watchCalls(folder) : () => '';
  return {
    env: { PATH: `${folder}${delimiter}${path}` },
    notes: folder,
    processes,
    async calls() {
      const records = (await read('calls')).split(RECORD).slice(0, -1);
      return records.map((record) => record.split(FIELD).slice(0, -1));
    },
  };
}

/** Waits until there are so many notes whose names begin so: until docker has come that far. */
export async function noted(spy: DockerSpy, start: string, count = 1): Promise<void> {
  const found = async () => (await readdir(spy.notes)).filter((name) => name.startsWith(start));
  while ((await found()).length < count) await sleep(20);
}

const FIELD = '\x1f';
const RECORD = '\x1e';

function scriptOf(notes: string, real: string, options: SpyOptions): string {
  const { before = '', after = '', instead } = options;
  // Where nothing comes after it docker takes the spy's place, and gets the signals meant for it.
  const start = options.watchProcesses ? NOTED : '"$real" "$@"';
  const handOver = after === '' ? `exec ${start}` : start;
  return [
    '#!/bin/sh',
    `notes='${notes}' real='${real}'`,
    // One write a call: calls side by side do not mix.
    'record=',
    `for word; do record="$record$word${FIELD}"; done`,
    `printf '%s${RECORD}' "$record" >>"$notes/calls"`,
    before,
    instead ?? handOver,
    'status=$?',
    after,
    'exit $status',
    '',
  ].join('\n');
}

/** The real docker, whose process id is noted. */
const NOTED = `sh -c 'echo $$ >>"$0"; exec "$@"' "$notes/pids" "$real" "$@"`;

/** Notes, every 20 ms, the command lines of the real docker, and of what it has started. */
function watchCalls(notes: string): () => string {
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  };
  const seen = new Set<string>();
  const look = (pid: string) => {
    const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
    seen.add(command);
    for (const thread of threadsOf(pid)) {
      const children = read(`/proc/${pid}/task/${thread}/children`);
      for (const child of children.split(' ').filter(Boolean)) look(child);
    }
  };
  const timer = setInterval(() => {
    for (const pid of read(join(notes, 'pids')).split('\n').filter(Boolean)) look(pid);
  }, 20);
  onTestFinished(() => clearInterval(timer));
  return () => [...seen].join('\n');
}

function threadsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

async function findDocker(path: string): Promise<string> {
  for (const folder of path.split(delimiter)) {
    const names: string[] = await readdir(folder).catch(() => []);
    if (names.includes('docker')) return join(folder, 'docker');
  }
  throw new Error(`there is no docker on ${path}`);
}
