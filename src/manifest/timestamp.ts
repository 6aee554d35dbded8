const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const TIMESTAMP =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?)([Zz]|[-+][0-9]{2}:[0-9]{2})$/;

/**
 * The moment that an RFC 3339 timestamp or a date (its midnight, UTC) names, in milliseconds since
 * 1970-01-01T00:00:00Z; null for anything else, a timestamp without a time zone included.
 */
export function parseTimestamp(text: string): number | null {
  if (DATE.test(text)) return isDate(text) ? Date.parse(`${text}T00:00:00Z`) : null;
  const [, date, time, zone] = TIMESTAMP.exec(text) ?? [];
  if (date === undefined || !isDate(date)) return null;
  const moment = Date.parse(`${date}T${time}${zone?.toUpperCase()}`);
  return Number.isNaN(moment) ? null : moment;
}

/** False for 2023-02-30, which `Date` takes for the second of March. */
function isDate(text: string): boolean {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
