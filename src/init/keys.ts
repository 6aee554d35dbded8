import type { Candidate, Draft, Note } from './draft.ts';

/** A candidate with its key. */
export type Keyed = Candidate & Pick<Draft, 'key'>;

/**
 * Makes one image of candidates that are built alike, and gives each a key: after its folder, service or target,
 * with more of its place in front where several would have the same.
 */
export function withKeys(candidates: readonly Candidate[]): { images: Keyed[]; notes: Note[] } {
  const merged = new Map<string, Candidate>();
  const notes: Note[] = [];
  for (const candidate of candidates) {
    const id = buildOf(candidate);
    const earlier = merged.get(id);
    if (earlier === undefined) {
      merged.set(id, candidate);
      continue;
    }
    const origins = [...earlier.origins, ...candidate.origins];
    merged.set(id, { ...earlier, origins, name: earlier.name ?? candidate.name });
    const [one, other] = [earlier.name, candidate.name].map((name) => JSON.stringify(name));
    if (one !== other && earlier.name !== null && candidate.name !== null)
      notes.push({
        where: candidate.origins.join(', '),
        text: `it is built like ${earlier.origins[0]}, so its name ${candidate.name.repository} was left out`,
      });
  }
  const taken = new Set<string>();
  const images = [...merged.values()].map((candidate) => {
    const key = freeKey(candidate, taken);
    taken.add(key);
    return { ...candidate, key };
  });
  return { images, notes };
}

/** What two builds must have alike to be one. */
function buildOf({ directory, dockerfile, options, links }: Candidate): string {
  return JSON.stringify([directory, dockerfile, sorted(options), [...links].sort()]);
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.entries(value)
    .map(([key, inner]) => [key, sorted(inner)])
    .sort(([one], [other]) => (String(one) < String(other) ? -1 : 1));
}

function freeKey({ base, place }: Candidate, taken: ReadonlySet<string>): string {
  const steps = place.split('/').filter((step) => step !== '.' && step !== '..');
  let key = safe(base);
  while (taken.has(key) && steps.length > 0) key = safe(`${steps.pop()}-${key}`);
  for (let next = 2; taken.has(key); next += 1) key = safe(`${base}-${next}`);
  return key;
}

/** Letters that a key and the name of a repository may both have. */
export function safe(text: string): string {
  const letters = text.toLowerCase().replace(/[^a-z0-9._-]+/g, '-');
  const one = letters.replace(/[._-]{2,}/g, '-').replace(/^[._-]+|[._-]+$/g, '');
  return one === '' ? 'image' : one.slice(0, 60).replace(/[._-]+$/, '');
}
