import type { FilePolicy } from '../../model/manifest.ts';
import { Fields } from './fields.ts';

const COPIED = { kind: 'copied' } as const;

/** The `files` of a build or of an additional context. */
export function readFilePolicy(build: Fields): FilePolicy {
  const value = build.get('files');
  if (value?.kind === 'scalar') {
    const kind = build.stringOf(value);
    return kind === 'all' || kind === 'nothing' || kind === 'context' ? { kind } : COPIED;
  }
  if (value?.kind !== 'mapping') return COPIED;
  const fields = new Fields(value.entries, build.findings);
  const isTracked = fields.flag('tracked', false);
  const place = fields.get('tracked')?.place;
  const tracked = isTracked && place !== undefined ? { tracked: place } : {};
  const only = fields.get('only') === null ? null : fields.strings('only');
  const allBut = fields.get('all_but') === null ? null : fields.strings('all_but');
  if (only !== null || allBut !== null) return { kind: 'patterns', only, allBut, ...tracked };
  if (place === undefined && !build.findings.hasBadIn(value)) {
    build.findings.reject(value, {
      code: 'empty-policy',
      message: '`files` has none of `only`, `all_but` and `tracked`',
      advice: 'write `files: all` for every file, `files: nothing` for none',
    });
  }
  return { ...COPIED, ...tracked };
}
