const UNITS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

const SHORT = /^([0-9]+)([smhdw])$/;
/** https://www.iso.org/iso-8601-date-and-time-format.html, durations: years and months aside. */
const ISO =
  /^P(?=[0-9T])(?:([0-9]+)W)?(?:([0-9]+)D)?(?:T(?=[0-9])(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?)?$/;

/** So that a duration in milliseconds stays an exact number. */
const LONGEST = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

/**
 * The seconds of a duration: `90s`, `15m`, `12h`, `1d`, `2w`, or ISO 8601 (`P1D`, `PT12H`). A text
 * that is none gives the reason why.
 */
export function parseDuration(text: string): { seconds: number } | { reason: string } {
  const seconds = secondsOf(text);
  if (seconds === null) return { reason: reasonFor(text) };
  if (seconds === 0) return { reason: 'it is zero' };
  return seconds > LONGEST ? { reason: 'it is too long' } : { seconds };
}

function secondsOf(text: string): number | null {
  const short = SHORT.exec(text);
  if (short !== null) return Number(short[1]) * UNITS[short[2] as keyof typeof UNITS];
  const iso = ISO.exec(text);
  if (iso === null) return null;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = iso
    .slice(1)
    .map((n) => Number(n ?? 0));
  return weeks * UNITS.w + days * UNITS.d + hours * UNITS.h + minutes * UNITS.m + seconds;
}

function reasonFor(text: string): string {
  if (/^P[0-9.,]+[YM]/.test(text) || /^[0-9]+ *(mo|month|y|year)/i.test(text)) {
    return 'years and months have no fixed length';
  }
  if (/^[0-9]+[SMHDW]$/.test(text)) return 'its unit must be in lower case';
  if (/^[0-9.]+$/.test(text)) return 'it has no unit';
  return 'it is not of the form `1d` or `P1D`';
}
