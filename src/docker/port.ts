import type { RegistryFault } from '../model/failure.ts';
import type { Registry } from '../model/manifest.ts';
import type { RegistryAnswer } from '../model/plan.ts';
import type { ResolvedBuild } from '../model/resolved.ts';
import type { StagedBuild } from '../model/staging.ts';

/**
 * The verbs that the product needs of docker. What can be expected to go wrong is part of the
 * answer; a call throws `DockerUnusable` where docker itself cannot be used, and nothing else.
 */
export interface Docker {
  /** The IDs of those references that are on this machine, by reference as it was given. */
  findLocal(refs: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The labels of an image on this machine, or null where it is not here. */
  labels(ref: string): Promise<Readonly<Record<string, string>> | null>;
  /** Asks the registry for a reference without pulling it. */
  probe(ref: string): Promise<RegistryAnswer>;
  pull(ref: string, platform: string | null): Promise<RegistryAnswer>;
  push(ref: string): Promise<Transfer>;
  tag(source: string, target: string): Promise<Done>;
  build(request: BuildRequest): Promise<BuildOutcome>;
  /** Logs in for this run only; the user's own docker configuration stays as it is. */
  login(registry: Registry): Promise<Transfer>;
}

export type Done = { readonly ok: true } | { readonly ok: false; readonly message: string };

export type Transfer =
  | { readonly ok: true }
  | { readonly ok: false; readonly fault: RegistryFault; readonly message: string };

/** One build, its files staged. */
export interface BuildRequest {
  readonly build: ResolvedBuild;
  readonly staged: StagedBuild;
  /** Takes each line of the build's own output. */
  readonly onLog: (line: string) => void;
}

export type BuildOutcome =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly message: string; readonly log: readonly string[] };

/** Docker cannot be used at all: exit code 3. */
export class DockerUnusable extends Error {
  constructor(
    readonly code: 'missing' | 'no-daemon' | 'no-buildx' | 'old-engine',
    message: string,
    readonly advice: string,
  ) {
    super(message);
    this.name = 'DockerUnusable';
  }
}
