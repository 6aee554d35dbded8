import type { RegistryAnswer } from '../model/plan.ts';
import type { LackingCredentials } from '../model/registry.ts';
import type { Ended } from './exec.ts';
import { errorLine, type Refusal, refusalOf } from './faults.ts';
import type { Done, Transfer } from './port.ts';

/** What a registry's no comes to. `read`: how its words are taken. */
export function refusal(ended: Ended, name: string, read = refusalOf): Refusal {
  if (!ended.timedOut) return read(ended.stderr, name);
  const message = 'docker was not done in time, and was stopped';
  return { is: 'error', fault: 'timeout', message, retryable: 'yes' };
}

/** The answer of a registry that has not said that it has the image. */
export function unanswered(refused: Refusal): Exclude<RegistryAnswer, { is: 'present' }> {
  if (refused.is === 'absent') return { is: 'absent' };
  return { ...refused, is: 'unknown' };
}

/** How a pull, a push, a copy or a login has ended. */
export function transfer(ended: Ended, name: string, read = refusalOf): Transfer {
  if (ended.exitCode === 0) return { ok: true };
  const { is, ...registryError } = refusal(ended, name, read);
  return { ok: false, kept: is === 'kept', ...registryError };
}

/** A login for which the manifest lacks a value. */
export function lacking({ lacking: { message, advice } }: LackingCredentials): Transfer {
  return { ok: false, kept: false, fault: 'unauthorized', message, retryable: 'no', advice };
}

/** How a command has ended that needs no registry. */
export function done(ended: Ended): Done {
  return ended.exitCode === 0 ? { ok: true } : { ok: false, message: errorLine(ended.stderr) };
}
