import type { Done } from '../port.ts';
import { saidBy, saysAbsent } from './answers.ts';
import type { Channel } from './channel.ts';

/**
 * Removes a manifest, and with it all tags that name it. One that is gone already counts as removed. Says in the
 * registry's words why it could not be.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#deleting-manifests
 */
export async function removeManifest(channel: Channel, digest: string): Promise<Done> {
  const answer = await channel({ path: `manifests/${digest}`, method: 'DELETE' });
  if (answer === null) return { ok: false, message: 'no answer came, or it gives no access' };
  if (answer.status === 202 || answer.status === 200 || saysAbsent(answer)) return { ok: true };
  return { ok: false, message: reasonOf(answer.status, saidBy(answer)) };
}

function reasonOf(status: number, said: string): string {
  if (status === 405 || status === 400) return `the registry does not allow deletion: ${said}`;
  if (status === 401 || status === 403) return `the login may not delete: ${said}`;
  return `the registry answers: ${said}`;
}
