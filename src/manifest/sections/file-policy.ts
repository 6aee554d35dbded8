import type { FilePolicy } from '../../model/manifest.ts';
import { Fields } from './fields.ts';

const CONTEXT = { kind: 'context' } as const;

/** A build's `files`. */
export function readFilePolicy(build: Fields): FilePolicy {
  const value = build.get('files');
  if (value?.kind === 'scalar') {
    const kind = build.stringOf(value);
    return kind === 'all' || kind === 'nothing' || kind === 'copied' ? { kind } : CONTEXT;
  }
  if (value?.kind !== 'mapping') return CONTEXT;
  const fields = new Fields(value.entries, build.findings);
  const only = fields.get('only') === null ? null : fields.strings('only');
  const allBut = fields.get('all_but') === null ? null : fields.strings('all_but');
  if (only === null && allBut === null && !build.findings.hasBadIn(value)) {
    build.findings.reject(value, {
      code: 'empty-policy',
      message: '`files` has neither `only` nor `all_but`',
      advice: 'write `files: all` for every file, `files: nothing` for none',
    });
  }
  return { kind: 'patterns', only, allBut };
}
