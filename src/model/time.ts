const DATE = /^(\d{4})-(\d\d)-(\d\d)/;
const TIME = /[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/**
 * A point in time as people write it: RFC 3339 with its zone, a plain date (its midnight, UTC), or
 * whole seconds since 1970. Gives milliseconds since 1970, or null for anything else. A time without
 * a zone would mean something else on every machine, so it is none.
 */
export function parseTimestamp(text: string): number | null {
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  const date = DATE.exec(text);
  if (date === null) return null;
  const rest = text.slice(date[0].length);
  if (rest !== '' && !TIME.test(rest)) return null;
  // Date.parse would carry the 31st of February over into March.
  const midnight = new Date(`${date[0]}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.getUTCDate() !== Number(date[3])) return null;
  const time = Date.parse(rest === '' ? date[0] : text.toUpperCase().replace(' ', 'T'));
  return Number.isNaN(time) ? null : time;
}
