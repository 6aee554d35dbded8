import { readFile } from 'node:fs/promises';
import { kill } from 'node:process';

/**
 * Ends a process and all that it has started, as far as the system tells (it must have /proc): a shell
 * that is ended by itself leaves its commands running.
 */
export async function endWithDescendants(process: number): Promise<void> {
  const own = await readFile(`/proc/${process}/task/${process}/children`, 'utf8').catch(() => '');
  const children = own.split(' ').filter((text) => text !== '');
  end(process);
  for (const child of children) await endWithDescendants(Number(child));
}

function end(process: number): void {
  try {
    kill(process, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}
