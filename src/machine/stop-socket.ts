import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

/** Milliseconds between two looks. */
const PATIENCE_MS = 300;

/**
 * Calls `stop` once the socket is closed by which docker tells a plugin to stop: its path or, in Linux's abstract
 * namespace, `@` and a name. Keeps no process alive.
 */
export function onSocketClosed(name: string, stop: () => void): void {
  if (name.startsWith('@')) watchName(name, stop);
  else watchPath(name, stop);
}

/** Node 20 connects to no abstract socket but its own: it fills names up with zeros. So the kernel is asked. */
function watchName(name: string, stop: () => void): void {
  // Docker made it before it called: so it is there, or that is not known.
  if (isThere(name) !== true) return;
  const timer = setInterval(() => {
    if (isThere(name) !== false) return;
    clearInterval(timer);
    stop();
  }, PATIENCE_MS);
  timer.unref();
}

/** Null where the kernel does not say. */
function isThere(name: string): boolean | null {
  try {
    const sockets = readFileSync('/proc/net/unix', 'latin1');
    return sockets.split('\n').some((line) => line.endsWith(` ${name}`));
  } catch {
    return null;
  }
}

function watchPath(path: string, stop: () => void): void {
  const socket = connect(path);
  let isOpen = false;
  socket.on('connect', () => {
    isOpen = true;
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (isOpen) stop();
  });
  socket.resume();
  socket.unref();
}
