import { parseDuration } from '../duration.ts';
import type { Scalar } from '../tree.ts';
import type { Fields } from './fields.ts';

/** The seconds of a duration; null where it is none, which is told of. */
export function readDuration(scalar: Scalar, fields: Fields): number | null {
  const text = fields.stringOf(scalar);
  if (text === null) return null;
  const parsed = parseDuration(text);
  if ('seconds' in parsed) return parsed.seconds;
  fields.findings.reject(scalar, {
    code: 'bad-duration',
    message: `\`${text}\` is not a duration: ${parsed.reason}`,
    advice: 'write `90s`, `15m`, `12h`, `1d` or `2w`, or ISO 8601 such as `PT12H`',
  });
  return null;
}
