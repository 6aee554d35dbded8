import { writeSync } from 'node:fs';

/** A stream of this process that text goes to. */
export interface Output {
  write(text: string): void;
}

/**
 * Writes to a file descriptor at once, as Node's own streams for stdout and stderr do; but those load a quarter of the
 * modules that Node starts with. `stream` gives Node's own, which takes what a pipe has no room for now. `failed`
 * is called with what the system says.
 */
export function createOutput(
  descriptor: number,
  stream: () => Pick<NodeJS.WriteStream, 'write'>,
  failed: (error: NodeJS.ErrnoException) => void,
): Output {
  let own: Output['write'] = (text) => {
    const bytes = Buffer.from(text, 'utf8');
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(descriptor, bytes, written);
    } catch (reason) {
      const error = reason as NodeJS.ErrnoException;
      if (error.code !== 'EAGAIN') {
        failed(error);
        return;
      }
      // Somebody has made it so that nobody waits: from now on Node does.
      const node = stream();
      own = (next) => void node.write(next);
      node.write(bytes.subarray(written));
    }
  };
  return { write: (text) => own(text) };
}
