import { OPERATING_SYSTEMS } from './operating-systems.ts';

/**
 * Platforms as docker spells them, `os/architecture[/variant]`, normalised the way containerd does
 * (https://github.com/containerd/platforms): one spelling for one platform, since it is hashed.
 */

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  i386: '386',
  i486: '386',
  i586: '386',
  i686: '386',
  x86: '386',
  // Node's names, where they differ from Go's
  x64: 'amd64',
  ia32: '386',
  ppc64el: 'ppc64le',
};

const SYSTEM_ALIASES: Readonly<Record<string, string>> = { macos: 'darwin' };

const PART = /^[a-z0-9_][a-z0-9_.-]*$/;

/**
 * The normalised platform, or null where the text is not one. A lone system leaves its architecture to
 * docker's client, and `local` both: they are those of `machine`, and no platform without one.
 *
 * https://docs.docker.com/reference/cli/docker/buildx/build/#platform
 */
export function normalizePlatform(text: string, machine: string | null = null): string | null {
  const parts = text.trim().toLowerCase().split('/');
  if (parts.length > 3 || !parts.every((part) => PART.test(part))) return null;
  const [first = ''] = parts;
  const system = SYSTEM_ALIASES[first] ?? first;
  if (parts.length === 1) {
    if (first === 'local') return machine;
    if (!OPERATING_SYSTEMS.has(first)) return joinPlatform('linux', first, undefined);
    return machine === null ? null : [system, ...machine.split('/').slice(1)].join('/');
  }
  const [, architecture = '', variant] = parts;
  return joinPlatform(system, architecture, variant);
}

/** The platform of images built on a machine whose `process.arch` is `architecture`. */
export function machinePlatform(architecture: string): string {
  return joinPlatform('linux', architecture, undefined);
}

function joinPlatform(system: string, written: string, variant: string | undefined): string {
  if (written === 'armhf') return `${system}/arm/v7`;
  if (written === 'armel') return `${system}/arm/v6`;
  const architecture = ARCHITECTURES[written] ?? written;
  const kept = normalizeVariant(architecture, variant);
  return [system, architecture, ...(kept ? [kept] : [])].join('/');
}

/** The variants that are an architecture's default go unsaid; plain `arm` is v7. */
function normalizeVariant(architecture: string, variant: string | undefined): string | null {
  if (architecture === 'arm') return (variant ?? 'v7').replace(/^(?=\d)/, 'v');
  if (architecture === 'arm64')
    return variant === 'v8' || variant === '8' ? null : (variant ?? null);
  if (architecture === 'amd64') return variant === 'v1' ? null : (variant ?? null);
  return variant ?? null;
}

/**
 * True where docker takes an image of one platform for another one: of an older variant or, for `arm64`,
 * of a 32-bit `arm`.
 *
 * Rules: https://github.com/containerd/platforms/blob/main/compare.go (Only); measured on both image stores.
 */
export function fitsPlatform(image: string, wanted: string): boolean {
  if (image === wanted) return true;
  const [system, architecture, variant] = image.split('/');
  const [wantedSystem, wantedArchitecture, wantedVariant] = wanted.split('/');
  if (system !== wantedSystem) return false;
  if (architecture === 'arm' && wantedArchitecture === 'arm64') return true;
  return architecture === wantedArchitecture && level(variant) <= level(wantedVariant);
}

function level(variant: string | undefined): number {
  return Number(/^v(\d+)$/.exec(variant ?? 'v0')?.[1] ?? Number.NaN);
}
