import { stringify } from 'yaml';
import { variableName } from '../model/variable-name.ts';

/** An image's references, as `refs` tells them. */
export interface NamedReference {
  /** The image's key in the manifest. */
  readonly key: string;
  readonly ref: string;
  /** Of its main registry; null without any. */
  readonly registryRef: string | null;
  /** Of each of its registries, by their keys. */
  readonly registryRefs: Readonly<Record<string, string>>;
  /** The input hash, all 64 digits; null for an image without `build`. */
  readonly hash: string | null;
  /** What its registry has under that name now, `sha256:…`; absent where that was not asked. */
  readonly digest?: string;
  /** The one that was asked for: of this machine or of the registry, with or without a digest. */
  readonly shown: string;
}

/** The formats that need nothing but the references themselves. */
export type Format = 'plain' | 'json' | 'dotenv' | 'make' | 'github' | 'gitlab' | 'yaml';

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
  const images = references.map(({ key, ref, registryRef, registryRefs, hash, digest }) => [
    key,
    {
      ref,
      registry_ref: registryRef,
      ...several(registryRefs),
      hash,
      ...(digest === undefined ? {} : { digest }),
    },
  ]);
  return { format: 'docker-ensure/refs/v1', ...Object.fromEntries(images) };
}

/** Where there are several. */
function several(registryRefs: NamedReference['registryRefs']): object {
  return Object.keys(registryRefs).length < 2 ? {} : { registry_refs: registryRefs };
}
