import { hasLogin } from './credentials.ts';
import { readLoginConfig } from './login-config.ts';
import type { Docker, Transfer } from './port.ts';

/**
 * Docker whose logins must be in the run's own configuration, in `folder`. One from snap has a `/tmp` of its own and
 * makes the same folder there, which no run could remove: such a login is ended at once, and fails.
 */
export function withSeenLogins(docker: Docker, folder: string): Docker {
  return {
    ...docker,
    async login(registry, password, timeoutMs) {
      const outcome = await docker.login(registry, password, timeoutMs);
      if (!outcome.ok || registry.credentials === null) return outcome;
      if (hasLogin(await readLoginConfig(folder), registry.server)) return outcome;
      const wasElsewhere = await docker.logout(registry, timeoutMs);
      return wasElsewhere ? notSeen(folder) : outcome;
    },
  };
}

function notSeen(folder: string): Transfer {
  return {
    ...{ ok: false, kept: false, fault: 'unknown', retryable: 'no' },
    message: `docker does not see ${folder}, where the login has to be`,
    advice:
      'let TMPDIR name a folder that docker sees: one from snap has a /tmp of its own and sees no hidden folders',
  };
}
