import { execa } from 'execa';
import { type Credentials, hasNone, parseHelper, sourceOf } from '../credentials.ts';
import { parseLoginConfig, readLoginConfig } from '../login-config.ts';
import type { DockerEnvironment } from '../unusable.ts';

export interface FinderOptions {
  /** Docker's environment. */
  readonly env: DockerEnvironment;
  /** The folder of docker's configuration, with the logins of this run. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Told of each secret before anybody else sees it. */
  readonly onSecret: (secret: string) => void;
}

/** A person may have to unlock a keychain; but then docker itself is the one to ask for it. */
const LONGEST_MS = 20_000;

/** The credentials that docker has for a server; null where that is not known. */
export type FindCredentials = (loginKey: string) => Promise<Credentials | null>;

/** Finds what docker would tell a server, in its configuration and by its helpers. */
export function createFinder({ env, folder, signal, onSecret }: FinderOptions): FindCredentials {
  const askHelper = async (name: string, loginKey: string): Promise<Credentials | null> => {
    const { failed, stdout } = await execa(`docker-credential-${name}`, ['get'], {
      env: { ...env },
      extendEnv: false,
      input: loginKey,
      reject: false,
      timeout: LONGEST_MS,
      cancelSignal: signal,
    });
    signal.throwIfAborted();
    if (!failed) return parseHelper(stdout ?? '');
    return hasNone(stdout ?? '') ? { kind: 'none' } : null;
  };

  return async (loginKey) => {
    const first = parseLoginConfig(env.DOCKER_AUTH_CONFIG ?? '');
    const source = sourceOf(await readLoginConfig(folder), first, loginKey);
    const found = source?.kind === 'helper' ? await askHelper(source.name, loginKey) : source;
    for (const secret of secretsOf(found)) onSecret(secret);
    return found;
  };
}

function secretsOf(found: Credentials | null): string[] {
  if (found?.kind === 'identity') return [found.token];
  return found?.kind === 'password' ? [found.password, basicOf(found)] : [];
}

/** What HTTP calls it. */
export function basicOf({ username, password }: { username: string; password: string }): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}
