import type { ResolvedBuild } from './resolved.ts';

export type Labels = Readonly<Record<string, string>>;

/** The labels by which a built image says what it was built from. They are not themselves hashed. */
export const HASH_LABEL = 'dev.docker-ensure.hash';
export const INPUTS_LABEL = 'dev.docker-ensure.inputs';

/** All labels that a build gives its image: the user's, under our own. */
export function labelsOf({ labels, hash, inputs }: ResolvedBuild): ReadonlyMap<string, string> {
  return new Map([...labels, [HASH_LABEL, hash], [INPUTS_LABEL, inputs]]);
}
