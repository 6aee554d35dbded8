/** A lock between processes that cannot go stale. */
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { shortHash } from './place.ts';

/**
 * Runs `work` while no other process runs work under the same name.
 * The lock is a listening socket in Linux's abstract namespace: the kernel lets go of it when its
 * process ends, however it ends, so there is no lock file to judge or to remove.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const address = `\0docker-ensure-${shortHash(name)}`;
  let server = await tryListen(address);
  while (server === undefined) {
    await sleep(50);
    server = await tryListen(address);
  }
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

function tryListen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => resolve(server));
  });
}
