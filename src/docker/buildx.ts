import type { ResolvedBuild } from '../model/resolved.ts';
import type { Exec } from './exec.ts';

/** The buildx at hand, as far as its version matters: it is asked for that once, and only then. */
export interface Buildx {
  /** Can it be told all that this build needs by a bake definition? An older one skips what it does not know. */
  canBake(build: ResolvedBuild): Promise<boolean>;
}

export function createBuildx(run: Exec): Buildx {
  let asked: Promise<number> | null = null;
  const version = () => {
    asked ??= run({ argv: ['buildx', 'version'] }).then(({ stdout }) => minorVersion(stdout));
    return asked;
  };
  return {
    async canBake(build) {
      const needed = neededVersion(build);
      return needed === 0 || (await version()) >= needed;
    },
  };
}

/** Minor versions of buildx 0: https://github.com/docker/buildx/pull/3234, 2671 and 2242. */
const EXTRA_HOSTS_SINCE = 25;
const NETWORK_SINCE = 17;
const LIMITS_SINCE = 13;

function neededVersion({ extraHosts, network, shmSize, ulimits }: ResolvedBuild): number {
  if (extraHosts.size > 0) return EXTRA_HOSTS_SINCE;
  if (network !== null) return NETWORK_SINCE;
  return shmSize !== null || ulimits.size > 0 ? LIMITS_SINCE : 0;
}

/** Of `github.com/docker/buildx v0.29.1 …`. A version of another form is somebody's own, and new. */
function minorVersion(text: string): number {
  const [, major, minor] = /\bv?(\d+)\.(\d+)\.\d+/.exec(text) ?? [];
  return major === '0' ? Number(minor) : Number.POSITIVE_INFINITY;
}
