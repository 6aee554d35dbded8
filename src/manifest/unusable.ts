import type { Diagnostic } from '../model/diagnostic.ts';
import { type FileContent, MAX_MEGABYTES } from './files.ts';

/** What to say of a file that cannot be used; `shown` is its path as the user knows it. */
export function unusable(
  what: 'manifest' | 'env-file' | 'compose-file' | 'text',
  shown: string,
  content: Exclude<FileContent, { is: 'file' }>,
): Diagnostic {
  const fault = (message: string, advice: string): Diagnostic => ({
    severity: 'error',
    code: what === 'text' ? 'no-value' : `unusable-${what}`,
    message,
    advice,
  });
  switch (content.is) {
    case 'missing':
      return fault(`there is no file ${shown}`, 'check the path');
    case 'folder':
      return fault(`${shown} is a folder`, 'name the file in it');
    case 'special':
      return fault(
        `${shown} is not a regular file`,
        'a pipe or a device may never end, so only files are read: write what it has into a file',
      );
    case 'too-large':
      return fault(`${shown} is larger than ${MAX_MEGABYTES} MB`, 'is it the right file?');
    case 'unreadable':
      return fault(
        `${shown} cannot be read: ${content.why}`,
        content.why.startsWith('ELOOP')
          ? 'its symbolic links lead in a circle'
          : 'check its permissions',
      );
  }
}
