import type { Image } from './manifest.ts';
import { homeReferenceOf, referenceOf } from './naming.ts';
import { isPulledFrom, isPushedTo } from './remote-policy.ts';
import type { ResolvedHome, ResolvedImage } from './resolved.ts';

/** Where an image with that hash is in registries. */
export function resolvedHomes(image: Image, hash: string | null): readonly ResolvedHome[] {
  const known = image.homes.map((home) => ({ ...home, ref: homeReferenceOf(image, home, hash) }));
  if (known.length > 0 || image.build !== null) return known;
  const remotePolicy = isPulledFrom(image) ? 'pull_only' : 'none';
  return [{ registry: null, remotePolicy, ref: referenceOf(image, hash) }];
}

/** The homes of an image in registries of the manifest, `remote_policy: none` included. */
export function registryHomes({ homes }: Pick<ResolvedImage, 'homes'>): readonly ResolvedHome[] {
  return homes.filter(({ registry }) => registry !== null);
}

/** The registry where one will do: the first that is pushed to, else the first; null without any. */
export function mainHome(resolved: Pick<ResolvedImage, 'homes'>): ResolvedHome | null {
  const homes = registryHomes(resolved);
  return homes.find(isPushedTo) ?? homes[0] ?? null;
}

/** The name that the image's main registry has it by; null without a registry. */
export function mainRegistryRef(resolved: Pick<ResolvedImage, 'homes'>): string | null {
  return mainHome(resolved)?.ref ?? null;
}

/** The names that a build gives the image: its own, and those of the registries that it is for. */
export function namesGiven({ ref, ...resolved }: Pick<ResolvedImage, 'ref' | 'homes'>): string[] {
  const pushed = registryHomes(resolved).filter(isPushedTo);
  const names = pushed.map((home) => home.ref);
  return [...new Set([ref, mainRegistryRef(resolved) ?? ref, ...names])];
}

/** Every name that the image may be here by, its own first. */
export function namesHere({ ref, homes }: Pick<ResolvedImage, 'ref' | 'homes'>): string[] {
  return [...new Set([ref, ...homes.map((home) => home.ref)])];
}

/** `the registry`, and which, where the image has several: `the registries one, other`. */
export function theRegistry(
  resolved: Pick<ResolvedImage, 'homes'>,
  homes: readonly ResolvedHome[],
): string {
  const keys = homes.flatMap(({ registry }) => registry?.key ?? []);
  if (resolved.homes.length < 2 || keys.length === 0) return 'the registry';
  return `the ${keys.length === 1 ? 'registry' : 'registries'} ${keys.join(', ')}`;
}
