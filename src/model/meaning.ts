import type { Meaning } from './resolved.ts';

/** Where a name is used that a build cannot be given the right image for. */
interface Unbound {
  readonly instruction: string;
  readonly name: string;
  /** The key of the image that is built. */
  readonly of: string;
}

/** What is wrong with a name that `adviceFor` has an advice on. */
export function unboundMessage({ instruction, name, of }: Unbound, meaning: Meaning): string {
  if (meaning.is === 'shared') {
    const keys = meaning.keys.map((key) => `\`${key}\``).join(' and ');
    return `\`${instruction}\` names \`${name}\`, and the parents ${keys} of \`${of}\` all answer to that`;
  }
  const key = meaning.is === 'undeclared' ? meaning.key : name;
  return `\`${instruction}\` names \`${name}\`, which is the image \`${key}\` of this manifest, but not a parent of \`${of}\`: it is neither ensured first nor hashed`;
}

/** What to do about a name that cannot be bound; null where it can, or need not be. */
export function adviceFor(name: string, meaning: Meaning): string | null {
  switch (meaning.is) {
    case 'shared':
      return 'call the one that is meant by a name that it alone has, such as its name with the version';
    case 'undeclared':
      return `add \`${meaning.key}\` to \`parents\`; if another image is meant, give \`${meaning.key}\` another name, or name the other one by its digest (\`${name}@sha256:…\`)`;
    case 'parent':
    case 'outside':
      return null;
  }
}
