import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPasswords, type PasswordOptions } from '../../src/docker/passwords.ts';
import { DEFAULT_LIMITS, type Password, type Registry } from '../../src/model/registry.ts';

const ENV = { PATH: process.env.PATH ?? '' };

const registryWith = (password: Password | null): Registry => ({
  key: 'team',
  server: 'registry.test:5000',
  credentials: password === null ? null : { username: 'ann', password },
  limits: DEFAULT_LIMITS,
});

/** Asks for a password; also what was told to be secret. */
async function ask(password: Password | null, options: Partial<PasswordOptions> = {}) {
  const secrets: string[] = [];
  const passwords = createPasswords({
    cwd: '/',
    env: ENV,
    signal: new AbortController().signal,
    onSecret: (secret) => secrets.push(secret),
    ...options,
  });
  const answer = await passwords.of(registryWith(password));
  return { answer, secrets };
}

const script = (text: string, ...args: string[]) => ({
  command: ['sh', '-c', text, 'sh', ...args],
});
const what = 'the password_command of the registry team';

describe('a password', () => {
  it('is none without credentials', async () => {
    expect(await ask(null)).toEqual({ answer: null, secrets: [] });
  });

  it('is that of the manifest, which is a secret already', async () => {
    expect(await ask({ value: 'hunter22' })).toEqual({
      answer: { value: 'hunter22' },
      secrets: [],
    });
  });
});

describe('a password command', () => {
  it('gets each word as it is, and no shell', async () => {
    const words = ['$HOME', 'a b', '', '*', '; exit 1', '"'];
    const command = { command: ['printf', '<%s>', ...words] };
    expect((await ask(command)).answer).toEqual({
      value: words.map((word) => `<${word}>`).join(''),
    });
  });

  it.each([
    ['printf "hunter22"', 'hunter22'],
    ['printf "hunter22\\n"', 'hunter22'],
    ['printf "hunter22\\r\\n"', 'hunter22'],
    ['printf " hunter 22 \\n"', ' hunter 22 '],
    ['printf "hunter22\\nuser: ann\\n"', 'hunter22'],
  ])('prints the password on its first line: %s', async (text, value) => {
    expect((await ask(script(text))).answer).toEqual({ value });
  });

  it('prints a secret, known before it is used, alone and as it is sent', async () => {
    const { answer, secrets } = await ask(script('echo hunter22'));
    expect(answer).toEqual({ value: 'hunter22' });
    expect(secrets).toEqual(['hunter22', Buffer.from('ann:hunter22').toString('base64')]);
  });

  it("runs in the manifest's folder, with the run's environment and no other", async () => {
    process.env.DOCKER_ENSURE_TEST_LEAK = 'leak';
    onTestFinished(() => {
      delete process.env.DOCKER_ENSURE_TEST_LEAK;
    });
    const cwd = await realpath(await mkdtemp(join(tmpdir(), 'docker-ensure-passwords-')));
    onTestFinished(() => rm(cwd, { recursive: true, force: true }));
    await writeFile(join(cwd, 'token.sh'), 'echo "$(pwd) $TOKEN $DOCKER_ENSURE_TEST_LEAK."');
    const options = { cwd, env: { ...ENV, TOKEN: 'x1' } };
    const { answer } = await ask({ command: ['sh', './token.sh'] }, options);
    expect(answer).toEqual({ value: `${cwd} x1 .` });
  });

  it('is given no input to wait for', async () => {
    expect((await ask(script('cat; echo end'))).answer).toEqual({ value: 'end' });
  });

  it('that fails is told of by its exit code and its last words', async () => {
    const { answer, secrets } = await ask(script('echo first >&2; echo locked >&2; exit 3'));
    expect(answer).toEqual({ problem: `${what} failed with exit code 3: locked` });
    expect(secrets).toEqual([]);
  });

  it('that fails after it printed has told a secret all the same', async () => {
    const { answer, secrets } = await ask(script('echo hunter22; echo no >&2; exit 1'));
    expect(answer).toEqual({ problem: `${what} failed with exit code 1: no` });
    expect(secrets).toContain('hunter22');
  });

  it('that fails and says nothing is not repeated', async () => {
    const { answer } = await ask(script('exit 4', 'token-1234567'));
    expect(answer).toEqual({ problem: expect.stringContaining(`${what} failed with exit code 4`) });
    expect(JSON.stringify(answer)).not.toMatch(/token-1234567|exit 4'/);
  });

  it('that is not there is told of, and not repeated', async () => {
    const { answer, secrets } = await ask({ command: ['no-such-program-1', 'token-1234567'] });
    expect(answer).toEqual({ problem: expect.stringContaining(`${what} failed`) });
    expect(answer).toEqual({ problem: expect.stringContaining('ENOENT') });
    expect(JSON.stringify(answer)).not.toContain('token-1234567');
    expect(secrets).toEqual([]);
  });

  it('that is killed is told of', async () => {
    const { answer } = await ask(script('kill -9 $$', 'token-1234567'));
    expect(answer).toEqual({ problem: expect.stringContaining(`${what} failed`) });
    expect(JSON.stringify(answer)).not.toContain('token-1234567');
  });

  it.each(['exit 0', 'echo'])('that prints nothing gives no password: %s', async (text) => {
    expect(await ask(script(text))).toEqual({
      answer: { problem: `${what} printed nothing` },
      secrets: [],
    });
  });

  it('is ended with the run', async () => {
    const reason = new Error('stopped by SIGINT');
    const abort = new AbortController();
    const asked = ask(script('exec sleep 600'), { signal: abort.signal });
    abort.abort(reason);
    await expect(asked).rejects.toBe(reason);
    await expect(ask(script('echo hunter22'), { signal: abort.signal })).rejects.toBe(reason);
  });
});
