import type { ResolvedBuild } from '../model/resolved.ts';
import type { Exec } from './exec.ts';
import { bakedSince } from './option-table.ts';

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
      const needed = bakedSince(build);
      return needed === 0 || (await version()) >= needed;
    },
  };
}

/** Of `github.com/docker/buildx v0.29.1 …`. A version of another form is a build of one's own, and taken for new. */
function minorVersion(text: string): number {
  const [, major, minor] = /\bv?(\d+)\.(\d+)\.\d+/.exec(text) ?? [];
  return major === '0' ? Number(minor) : Number.POSITIVE_INFINITY;
}
