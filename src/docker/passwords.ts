import { execa } from 'execa';
import { endWithDescendants } from '../machine/descendants.ts';
import type { Registry } from '../model/registry.ts';

export interface PasswordOptions {
  /** The manifest's folder. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Told of each password before anybody else sees it. */
  readonly onSecret: (password: string) => void;
}

type Password = { readonly value: string } | { readonly problem: string; readonly advice?: string };

/** A person may have to unlock a keychain. */
const LONGEST_MS = 120_000;

/** Gives the passwords of registries: those of the manifest, or what their commands print. */
export function createPasswords(options: PasswordOptions): {
  of(registry: Registry): Promise<Password | null>;
} {
  return {
    async of({ key, credentials }) {
      if (credentials === null) return null;
      if ('lacking' in credentials) {
        const { message, advice } = credentials.lacking;
        return { problem: message, advice };
      }
      const { username, password } = credentials;
      if ('value' in password) return password;
      const printed = await runCommand(key, password.command, options);
      if ('problem' in printed) return printed;
      options.onSecret(printed.value);
      options.onSecret(Buffer.from(`${username}:${printed.value}`).toString('base64'));
      return printed;
    },
  };
}

/** What a program came to; null where it was stopped, with all that it had started. */
async function unlessStopped<T>(
  child: Promise<T> & { readonly pid?: number | undefined },
  signal: AbortSignal,
): Promise<T | null> {
  let stop = () => {};
  const stopped = new Promise<null>((resolve) => {
    stop = () => {
      const ended = child.pid === undefined ? Promise.resolve() : endWithDescendants(child.pid);
      ended.then(() => resolve(null));
    };
  });
  signal.addEventListener('abort', stop);
  // What it has started may hold its output open: that is not waited for.
  return Promise.race([child, stopped]).finally(() => signal.removeEventListener('abort', stop));
}

/** The first line that it prints: tools such as pass print more. What it says of a failure is passed on. */
async function runCommand(
  key: string,
  [program = '', ...args]: readonly string[],
  { cwd, env, signal, onSecret }: PasswordOptions,
): Promise<Password> {
  signal.throwIfAborted();
  const what = `the password_command of the registry ${key}`;
  const options = { cwd, env: { ...env }, extendEnv: false } as const;
  const child = execa(program, args, { ...options, reject: false, stdin: 'ignore' });
  const ended = await unlessStopped(
    child,
    AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]),
  );
  signal.throwIfAborted();
  if (ended === null) return { problem: `${what} did not end within two minutes` };
  const { failed, exitCode, stdout, stderr, originalMessage } = ended;
  if (failed) {
    // It may have printed the password all the same.
    if (typeof stdout === 'string' && stdout.trim() !== '') onSecret(stdout.trim());
    const said = (stderr ?? '').trim().split('\n').at(-1) || originalMessage;
    const how = exitCode === undefined ? '' : ` with exit code ${exitCode}`;
    return { problem: `${what} failed${how}${said ? `: ${said}` : ''}` };
  }
  const [line = ''] = stdout.split(/\r?\n/);
  return line === '' ? { problem: `${what} printed nothing` } : { value: line };
}
