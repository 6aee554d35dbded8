import { setFlagsFromString } from 'node:v8';

/** From so many files on it is worth it. */
const MANY_FILES = 2000;

/** The major versions of V8 that have been seen to know the flag: those of Node 20 to 24. */
const KNOWING: readonly string[] = ['11', '12', '13'];

/**
 * To be called for each file that is found. What is kept of a file outlives V8's collections of new objects, and V8
 * answers that by making room for more new objects: 32 MB of room that is never needed again. With very many files it
 * is told not to.
 *
 * The flag is read whenever the room may grow. https://nodejs.org/api/v8.html#v8setflagsfromstringflags
 */
export function memorySaver(): () => void {
  let count = 0;
  return () => {
    count += 1;
    if (count !== MANY_FILES) return;
    const [major = ''] = process.versions.v8.split('.');
    if (KNOWING.includes(major)) setFlagsFromString('--semi-space-growth-factor=1');
  };
}
