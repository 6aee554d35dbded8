import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Call, createExec, type ExecOptions } from '../../src/docker/exec.ts';

/** A folder with a `docker` that is this shell script. */
async function dockerOf(script: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-exec-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'docker'), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, 'docker'), 0o755);
  return folder;
}

function execIn(folder: string, options: Partial<ExecOptions> = {}) {
  return createExec({
    env: { PATH: `${folder}${delimiter}/usr/bin${delimiter}/bin` },
    signal: new AbortController().signal,
    onCall: () => undefined,
    ...options,
  });
}

describe('a docker command', () => {
  it('gives what it printed and how it ended', async () => {
    const exec = execIn(await dockerOf('printf "out\\n"; printf "err\\n\\n" >&2; exit 7'));
    expect(await exec({ argv: [] })).toEqual({
      exitCode: 7,
      stdout: 'out',
      stderr: 'err\n',
      missing: false,
      timedOut: false,
    });
  });

  it('may run many times at once, and Node does not warn of that', async () => {
    const warnings: string[] = [];
    const note = ({ name }: Error) => warnings.push(name);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    const exec = execIn(await dockerOf('sleep 0.2'));
    await Promise.all(Array.from({ length: 20 }, () => exec({ argv: [] })));
    expect(warnings).toEqual([]);
  });

  it('gets each word as it is', async () => {
    const exec = execIn(await dockerOf('for word; do printf "<%s>" "$word"; done'));
    const argv = ['tag', '$HOME', 'a b', '', '"', '*', '; exit 1', '-v', 'ü\n'];
    expect((await exec({ argv })).stdout).toBe(argv.map((word) => `<${word}>`).join(''));
  });

  it('is told of, whole, before it runs', async () => {
    const calls: (readonly string[])[] = [];
    const exec = execIn(await dockerOf('exit 0'), { onCall: (argv) => calls.push(argv) });
    await exec({ argv: ['tag', 'a', 'b'] });
    expect(calls).toEqual([['docker', 'tag', 'a', 'b']]);
  });

  it('has the environment of the run and its own, and no other', async () => {
    process.env.DOCKER_ENSURE_TEST_LEAK = 'leak';
    onTestFinished(() => {
      delete process.env.DOCKER_ENSURE_TEST_LEAK;
    });
    const folder = await dockerOf('env | grep -E "^(A|B|LC_ALL|DOCKER_)" | sort');
    const exec = execIn(folder, { env: { PATH: `${folder}:/usr/bin:/bin`, A: 'run', B: 'run' } });
    expect((await exec({ argv: [], env: { B: 'own' } })).stdout).toBe('A=run\nB=own\nLC_ALL=C');
  });

  it('speaks English, but for a build argument of that name', async () => {
    const folder = await dockerOf('echo "$LC_ALL"');
    const exec = execIn(folder, { env: { PATH: `${folder}:/usr/bin:/bin`, LC_ALL: 'de_DE' } });
    expect((await exec({ argv: [] })).stdout).toBe('C');
    expect((await exec({ argv: [], env: { LC_ALL: 'fr_FR' } })).stdout).toBe('fr_FR');
  });

  it('reads its input on stdin, and nothing where it is given none', async () => {
    const exec = execIn(await dockerOf('cat; echo end'));
    expect((await exec({ argv: [], input: 'pass word\n$x' })).stdout).toBe('pass word\n$xend');
    expect((await exec({ argv: [] })).stdout).toBe('end');
  });

  it('may leave its input unread', async () => {
    const exec = execIn(await dockerOf('exec 0<&-; exit 3'));
    expect((await exec({ argv: [], input: 'x'.repeat(1_000_000) })).exitCode).toBe(3);
  });

  it('gives each line of stderr as it comes', async () => {
    const exec = execIn(await dockerOf('printf "one\\n\\n  two\\r\\nlast" >&2; echo not this'));
    const lines: string[] = [];
    const { stderr } = await exec({ argv: [], onLine: (line) => lines.push(line) });
    expect(lines).toEqual(['one', '', '  two', 'last']);
    expect(stderr).toBe('one\n\n  two\nlast');
  });

  it('may print much: the end of what is read line by line is kept', async () => {
    const script =
      'i=0; while [ $i -lt 200 ]; do head -c 30000 /dev/zero | tr "\\0" x; echo; i=$((i+1)); done';
    const exec = execIn(await dockerOf(`(${script}) >&2; ${script}`));
    let length = 0;
    const ended = await exec({
      argv: [],
      onLine: (line) => {
        length += line.length;
      },
    });
    expect([length, ended.stdout.length, ended.stderr.length]).toEqual([
      6_000_000, 6_000_199, 6_000_199,
    ]);
  });

  it('may print more than fits in memory where it is read line by line', async () => {
    const exec = execIn(
      await dockerOf('yes "$(head -c 20000 /dev/zero | tr "\\0" x)" | head -n 6000 >&2; exit 1'),
    );
    let lines = 0;
    const ended = await exec({
      argv: [],
      onLine: () => {
        lines += 1;
      },
    });
    expect([lines, ended.exitCode]).toEqual([6000, 1]);
    expect(ended.stderr.split('\n').at(-1)).toBe('x'.repeat(20_000));
  });

  it('that is killed has failed', async () => {
    const exec = execIn(await dockerOf('kill -9 $$'));
    expect(await exec({ argv: [] })).toMatchObject({ exitCode: 1, missing: false });
  });
});

describe('a call whose time is up', () => {
  const HOUR = 3_600_000;
  const calls = [
    ['a call', {}],
    ['a call with input', { input: 'password' }],
    ['a call whose lines are read', { onLine: () => undefined }],
  ] as const;

  it.each(calls)('ends docker, and says so: %s', async (_, call) => {
    const exec = execIn(await dockerOf('echo begun; echo working >&2; exec sleep 600'));
    const ended = await exec({ argv: [], timeoutMs: 500, ...call });
    expect(ended).toMatchObject({ exitCode: 1, missing: false, timedOut: true });
  });

  it.each(calls)('is none that is done before: %s', async (_, call) => {
    const exec = execIn(await dockerOf('echo done; echo well >&2'));
    expect(await exec({ argv: [], timeoutMs: HOUR, ...call })).toEqual({
      exitCode: 0,
      stdout: 'done',
      stderr: 'well',
      missing: false,
      timedOut: false,
    });
  });
});

describe('no docker command', () => {
  const calls = [
    ['a call', {}],
    ['a call with input', { input: 'password' }],
    ['a call whose lines are read', { onLine: () => undefined }],
  ] as const;

  it.each(calls)('is an outcome of %s', async (_, call) => {
    const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-exec-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const exec = createExec({
      env: { PATH: folder },
      signal: new AbortController().signal,
      onCall: () => undefined,
    });
    expect(await exec({ argv: ['version'], ...call })).toMatchObject({
      exitCode: 1,
      missing: true,
    });
  });

  it('is a docker that may not be run', async () => {
    const folder = await dockerOf('exit 0');
    await chmod(join(folder, 'docker'), 0o644);
    const exec = createExec({
      env: { PATH: folder },
      signal: new AbortController().signal,
      onCall: () => undefined,
    });
    expect(await exec({ argv: ['version'] })).toMatchObject({ exitCode: 1, missing: true });
  });
});

it.each([
  ['a call', {}],
  ['a call whose lines are read', { onLine: () => undefined }],
])('says what the system says where docker cannot be started: %s', async (_, call) => {
  const exec = execIn(await dockerOf('exit 0'));
  // No system takes one string of that length.
  const ended = await exec({ argv: [], env: { HUGE: 'x'.repeat(3_000_000) }, ...call });
  expect(ended).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'docker could not be started: spawn E2BIG',
    missing: false,
    timedOut: false,
  });
});

describe('an aborted run', () => {
  const reason = new Error('stopped by SIGINT');

  it('starts nothing', async () => {
    const calls: unknown[] = [];
    const exec = execIn(await dockerOf('exit 0'), {
      signal: AbortSignal.abort(reason),
      onCall: (argv) => calls.push(argv),
    });
    await expect(exec({ argv: [] })).rejects.toBe(reason);
    expect(calls).toEqual([]);
  });

  it('ends docker, lets it clean up, and gives the reason', async () => {
    const folder = await dockerOf(
      'trap "echo cleaned >$(dirname $0)/trace; exit 0" TERM; echo ready >&2; while :; do sleep 1 & wait $!; done',
    );
    const abort = new AbortController();
    const exec = execIn(folder, { signal: abort.signal });
    const onLine = (line: string) => {
      if (line === 'ready') abort.abort(reason);
    };
    await expect(exec({ argv: [], onLine })).rejects.toBe(reason);
    expect(await readFile(join(folder, 'trace'), 'utf8')).toBe('cleaned\n');
  });

  it.each<[string, Partial<Call>]>([
    ['a call', {}],
    ['a call whose lines are read', { onLine: () => undefined }],
    ['a call with all that it prints', { onLine: () => undefined, withStdout: true }],
  ])('does not wait for a plugin that docker has left behind: %s', async (_, call) => {
    const folder = await dockerOf(
      'sleep 600 & echo "$$ $!" >"$(dirname "$0")/pids"; wait "$!"; echo not reached >&2',
    );
    await execa('mkfifo', [join(folder, 'pids')]);
    const abort = new AbortController();
    const ended = execIn(folder, { signal: abort.signal })({ argv: [], ...call });
    const [docker = 0, plugin = 0] = (await readFile(join(folder, 'pids'), 'utf8'))
      .split(' ')
      .map(Number);
    onTestFinished(() => void process.kill(plugin));
    abort.abort(reason);
    await expect(ended).rejects.toBe(reason);
    expect(() => process.kill(docker, 0)).toThrow('ESRCH');
  });

  it('tells docker three times, should it lose one', async () => {
    const folder = await dockerOf(
      'trap "echo told >>$(dirname $0)/trace" TERM; echo ready >&2; while :; do sleep 0.1; done',
    );
    const abort = new AbortController();
    const exec = execIn(folder, { signal: abort.signal });
    await expect(exec({ argv: [], onLine: () => abort.abort(reason) })).rejects.toBe(reason);
    expect(await readFile(join(folder, 'trace'), 'utf8')).toBe('told\ntold\ntold\n');
  });

  it('does so where nobody reads the lines', async () => {
    const folder = await dockerOf('echo $$ >"$(dirname "$0")/pid"; exec sleep 600');
    await execa('mkfifo', [join(folder, 'pid')]);
    const abort = new AbortController();
    const ended = execIn(folder, { signal: abort.signal })({ argv: [], input: 'password' });
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
    abort.abort(reason);
    await expect(ended).rejects.toBe(reason);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
