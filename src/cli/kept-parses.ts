import { join } from 'node:path';
import { sha256 } from '../files/canonical.ts';
import { keptFile } from '../machine/kept-file.ts';
import type { KeptParses } from '../manifest/yaml/kept-tree.ts';
import { CACHE_PARTS, cacheFolder } from './cache-folder.ts';
import type { Context } from './context.ts';

/** Enough for some manifests of a thousand images, and for hundreds of usual ones. */
const MOST_BYTES = 8 * 1024 * 1024;

/** A smaller manifest is parsed sooner than looked for. */
const LEAST_LENGTH = 500;

/**
 * What was made of manifests, in the cache folder: a file for each text, called by its hash and that of the program.
 * It begins with the hash of its name and of what it holds.
 */
export function keptParses(context: Context): KeptParses {
  const folder = join(cacheFolder(context).path, CACHE_PARTS.manifests);
  const nameOf = (text: string) => sha256(`${context.build}\0${text}`);
  const fileOf = (name: string) => keptFile(join(folder, name.slice(0, 32)), MOST_BYTES);
  return {
    recall(text) {
      if (text.length < LEAST_LENGTH) return null;
      const name = nameOf(text);
      const bytes = fileOf(name).read();
      if (bytes === null) return null;
      const whole = Buffer.from(bytes).toString('utf8');
      const parsed = whole.slice(whole.indexOf('\n') + 1);
      return whole === sealed(name, parsed) ? parsed : null;
    },
    keep(text, parsed) {
      if (text.length < LEAST_LENGTH) return;
      const name = nameOf(text);
      fileOf(name).write(Buffer.from(sealed(name, parsed), 'utf8'));
    },
  };
}

function sealed(name: string, parsed: string): string {
  return `${sha256(`${name}\n${parsed}`)}\n${parsed}`;
}
