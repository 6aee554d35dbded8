import { stringify } from 'yaml';

/** An image's references, as `refs` tells them. */
export interface NamedReference {
  /** The image's key in the manifest. */
  readonly key: string;
  readonly ref: string;
  readonly registryRef: string | null;
  /** The input hash, all 64 digits; null for an image without `build`. */
  readonly hash: string | null;
  /** What its registry has under that name now, `sha256:…`; absent where nobody asked. */
  readonly digest?: string;
  /** The one that was asked for: of this machine or of the registry, with or without a digest. */
  readonly shown: string;
}

/** The formats that need nothing but the references themselves. */
export const FORMATS = ['plain', 'json', 'dotenv', 'make', 'github', 'gitlab', 'yaml'] as const;
export type Format = (typeof FORMATS)[number];

/** The references as text, in the order given. */
export function formatReferences(format: Format, references: readonly NamedReference[]): string {
  switch (format) {
    case 'plain':
      return lines(references, ({ key, shown }) => `${key} ${shown}`);
    case 'json':
      return `${JSON.stringify(document(references), null, 2)}\n`;
    case 'make':
      return lines(references, ({ key, shown }) => `${variableName(key)} := ${shown}`);
    case 'yaml':
      return stringify(Object.fromEntries(references.map(({ key, shown }) => [key, shown])));
    case 'dotenv':
    case 'github':
    case 'gitlab':
      return lines(references, ({ key, shown }) => `${variableName(key)}=${shown}`);
  }
}

/**
 * The variable that holds an image's reference, in each format that has variables and in the environment of
 * `exec`: the key in upper case, all but letters and digits as `_`, and `_REF`. A name that would begin
 * with a digit, which no shell takes, begins with `_`.
 */
export function variableName(key: string): string {
  const name = `${key.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_REF`;
  return /^\d/.test(name) ? `_${name}` : name;
}

/** The first two keys whose variables have one name; null where all differ. */
export function sameVariable(keys: readonly string[]): readonly [string, string] | null {
  const taken = new Map<string, string>();
  for (const key of keys) {
    const other = taken.get(variableName(key));
    if (other !== undefined) return [other, key];
    taken.set(variableName(key), key);
  }
  return null;
}

/** A compose file to lay over another one: it pins the image of each service. */
export function formatComposeOverride(
  services: ReadonlyMap<string, Pick<NamedReference, 'shown'>>,
): string {
  const pinned = [...services].map(([name, { shown }]) => [name, { image: shown }]);
  return stringify({ services: Object.fromEntries(pinned) });
}

function lines(
  references: readonly NamedReference[],
  line: (reference: NamedReference) => string,
): string {
  return references.map((reference) => `${line(reference)}\n`).join('');
}

function document(references: readonly NamedReference[]): object {
  const images = references.map(({ key, ref, registryRef, hash, digest }) => [
    key,
    { ref, registry_ref: registryRef, hash, ...(digest === undefined ? {} : { digest }) },
  ]);
  return { format: 'docker-ensure/refs/v1', ...Object.fromEntries(images) };
}
