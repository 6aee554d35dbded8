import { join, resolve } from 'node:path';
import type { Tree } from '../tree.ts';
import type { Context } from './context.ts';

/**
 * The absolute path of a file that docker is to read and that no hash covers: relative to the manifest,
 * or with a `~` for the home folder, as a shell would have expanded it. Null, which is told of, where
 * nobody knows that folder.
 */
export function outsidePath(path: string, place: Tree, context: Context): string | null {
  if (!path.startsWith('~')) return resolve(context.folder, path);
  const [user = '', ...rest] = path.slice(1).split('/');
  const home = context.variables.get('HOME') ?? '';
  if (user === '' && home !== '') return join(home, ...rest);
  context.findings.reject(place, {
    code: 'unknown-home',
    message:
      user === ''
        ? `\`${path}\` begins with the home folder, and HOME is not set`
        : `\`${path}\` begins with the home folder of another user`,
    advice: `write the whole path, or \`./${path}\` for a file whose name begins with \`~\``,
  });
  return null;
}
