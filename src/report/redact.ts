/** Values shorter than this would mask ordinary words and numbers everywhere. */
const SHORTEST_SECRET = 4;

const MASK = '***';

/** Replaces secret values in text. */
export type Redact = (text: string) => string;

/** Keeps secrets out of what is shown. Some become known only on the way. */
export interface Mask {
  readonly add: (secret: string) => void;
  readonly redact: Redact;
}

/**
 * Masks each of the values wherever it occurs; those of fewer than 4 characters are left alone. The password in an
 * address, as in `https://user:password@host`, is masked whoever wrote it.
 */
export function createMask(secrets: readonly string[] = []): Mask {
  const values = new Set<string>();
  const add = (secret: string) => {
    for (const value of spellings(secret)) if (value.length >= SHORTEST_SECRET) values.add(value);
  };
  secrets.forEach(add);
  return {
    add,
    redact(text) {
      let masked = '';
      let end = 0;
      for (const span of spansOf(text, values)) {
        // Secrets that overlap are masked together: half of one would be too much.
        if (span.start >= end) masked += text.slice(end, span.start) + MASK;
        end = Math.max(end, span.end);
      }
      return masked + text.slice(end);
    },
  };
}

/** An `@` before a digest is of a reference, `docker-image://app:1@sha256:…`. */
const PASSWORD = /(?<=:\/\/[^\s/?#'"`:@]*:)[^\s/?#'"`]+(?=@(?!sha\d+:))/g;

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where the values occur, in order. */
function spansOf(text: string, values: Iterable<string>): Span[] {
  const spans: Span[] = [];
  if (text.includes('://'))
    for (const { index, 0: password } of text.matchAll(PASSWORD))
      spans.push({ start: index, end: index + password.length });
  for (const value of values) {
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
      spans.push({ start: at, end: at + value.length });
    }
  }
  return spans.sort((a, b) => a.start - b.start);
}

/** A secret as it may come out: as it is, line by line, inside JSON and inside an address. */
function spellings(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    ...(secret.isWellFormed() ? [encodeURIComponent(secret)] : []),
    ...secret.split('\n').map((line) => line.trim()),
  ];
}

/**
 * Our own words and the names of images, by the keys that hold them. Programs read them, and a secret
 * may be an ordinary word: an argument `MODE: build`, a mirror that is the server of an image.
 */
const NAMES = new Set([
  ...['type', 'step', 'result', 'severity', 'code', 'action', 'outcome', 'fault', 'retryable'],
  ...['image', 'images', 'ref', 'registryRef', 'registry', 'tag', 'hash'],
]);

/** A copy of a value with every string in it masked that is not a name. */
export function redactDeep<T>(value: T, redact: Redact): T {
  if (typeof value === 'string') return redact(value) as T;
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      NAMES.has(key) ? item : redactDeep(item, redact),
    ]),
  ) as T;
}
