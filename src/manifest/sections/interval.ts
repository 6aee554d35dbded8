import { DEFAULT_OFFSET, type Interval } from '../../model/manifest.ts';
import { parseTimestamp } from '../../model/time.ts';
import { readDuration } from './durations.ts';
import { Fields } from './fields.ts';

/** A build's `interval`: a duration, or a map with `every` and `offset`. */
export function readInterval(build: Fields): Interval | null {
  const value = build.get('interval');
  if (value?.kind === 'scalar') {
    const seconds = readDuration(value, build);
    return seconds === null ? null : { seconds, offset: DEFAULT_OFFSET };
  }
  if (value?.kind !== 'mapping') return null;
  const fields = new Fields(value.entries, build.findings);
  const every = fields.get('every');
  const seconds = every?.kind === 'scalar' ? readDuration(every, fields) : null;
  const offset = readOffset(fields);
  return seconds === null ? null : { seconds, offset };
}

function readOffset(fields: Fields): number {
  const value = fields.get('offset');
  const text = fields.string('offset');
  if (value === null || text === null) return DEFAULT_OFFSET;
  const moment = parseTimestamp(text);
  if (moment !== null) return moment;
  fields.findings.reject(value, {
    code: 'bad-timestamp',
    message: `\`${text}\` is not a date or timestamp`,
    advice: 'write `2000-01-01` or, with a time zone, `2000-01-01T04:00:00Z`',
  });
  return DEFAULT_OFFSET;
}
