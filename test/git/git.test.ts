import { chmod, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGit, type GitOptions } from '../../src/git/git.ts';
import { gitOutput, gitTrouble } from '../../src/model/git.ts';
import { temporaryFolder } from '../rig/temporary-tree.ts';

/** The gateway to a `git` that is this shell script. */
async function gitOf(script: string, options: Partial<GitOptions> = {}) {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'git'), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, 'git'), 0o755);
  const { env, ...others } = options;
  return createGit({
    env: { ...env, PATH: `${folder}${delimiter}/usr/bin${delimiter}/bin` },
    signal: new AbortController().signal,
    onCall: () => undefined,
    ...others,
  });
}

describe('a git command', () => {
  it('gets each word as it is, and is told of before it runs', async () => {
    const calls: (readonly string[])[] = [];
    const git = await gitOf('for word; do printf "<%s>" "$word"; done', {
      onCall: (argv) => calls.push(argv),
    });
    const ended = await git('/some folder', ['tag', '$HOME', '; exit 1']);
    expect(gitOutput(ended)).toBe(
      '<-C></some folder><-c><core.fsmonitor=false><tag><$HOME><; exit 1>',
    );
    expect(calls).toEqual([
      ['git', '-C', '/some folder', '-c', 'core.fsmonitor=false', 'tag', '$HOME', '; exit 1'],
    ]);
  });

  it('belongs to the folder alone, and only reads', async () => {
    const env = { GIT_DIR: '/else', GIT_INDEX_FILE: 'x', GIT_CONFIG_COUNT: '0' };
    const git = await gitOf('env | grep ^GIT_ | sort', { env });
    expect(gitOutput(await git('/', []))).toBe(
      'GIT_CONFIG_COUNT=0\nGIT_NO_LAZY_FETCH=1\nGIT_OPTIONAL_LOCKS=0\nGIT_TERMINAL_PROMPT=0',
    );
  });

  it('gives bytes, and says how it ended', async () => {
    const git = await gitOf("printf 'a\\0\\377\\n'; echo 'fatal: oh' >&2; exit 3");
    const ended = await git('/x', []);
    expect(ended).toEqual({
      is: 'ended',
      exitCode: 3,
      stdout: new Uint8Array([97, 0, 255, 10]),
      stderr: 'fatal: oh\n',
    });
    expect(gitOutput(ended)).toBeNull();
    expect(gitTrouble(ended, '/x').message).toBe('git failed in /x: oh');
  });

  it('may be missing', async () => {
    const { signal } = new AbortController();
    const git = createGit({ env: { PATH: '/nowhere' }, signal, onCall: () => undefined });
    const ended = await git('/', []);
    expect(ended).toEqual({ is: 'missing' });
    expect(gitTrouble(ended, '/').message).toBe('there is no `git` command');
  });

  it('ends with the run', async () => {
    const stop = new AbortController();
    const git = await gitOf('exec sleep 60', { signal: stop.signal });
    const running = git('/', []);
    const reason = new Error('stopped');
    setTimeout(() => stop.abort(reason), 50);
    await expect(running).rejects.toBe(reason);
    await expect(git('/', [])).rejects.toBe(reason);
  });
});

describe('what git says', () => {
  it.each([
    [
      'fatal: not a git repository (or any of the parent directories): .git',
      '/x is in no git repository',
    ],
    [
      "fatal: detected dubious ownership in repository at '/x'\nTo add an exception…",
      'git refuses the repository of /x, which belongs to another user',
    ],
    ['', 'git failed in /x: exit code 128'],
  ])('%j', (stderr, message) => {
    const ended = { is: 'ended', exitCode: 128, stdout: new Uint8Array(), stderr } as const;
    expect(gitTrouble(ended, '/x').message).toBe(message);
  });
});
