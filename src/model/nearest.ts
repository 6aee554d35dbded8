import { distance } from 'fastest-levenshtein';

/** The known name that a mistyped one is likely to mean, or null where none is near. */
export function nearest(typed: string, known: Iterable<string>): string | null {
  let best: string | null = null;
  // A third of it mistyped, but not the whole of it.
  let least = Math.min(Math.ceil(typed.length / 3) + 1, typed.length);
  for (const name of known) {
    // They are at least that far apart, and a long one takes long to compare.
    if (Math.abs(name.length - typed.length) >= least) continue;
    const away = distance(typed.toLowerCase(), name.toLowerCase());
    if (away < least) [best, least] = [name, away];
  }
  return best;
}
