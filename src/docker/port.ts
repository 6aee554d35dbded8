import type { RegistryError } from '../model/failure.ts';
import type { Registry } from '../model/manifest.ts';
import type { ProbeAnswer, RegistryAnswer } from '../model/plan.ts';
import type { ResolvedBuild } from '../model/resolved.ts';
import type { StagedBuild } from '../model/staging.ts';

/**
 * The verbs that the product needs of docker. What can be expected to go wrong is part of the
 * answer; a call throws `DockerUnusable` where docker itself cannot be used, and nothing else.
 * `timeoutMs`: the time that the call may take; one that is not done by then is a `timeout`.
 */
export interface Docker {
  /** The IDs of those references that are on this machine, by reference as it was given. */
  findLocal(refs: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The labels of those images that are on this machine, by ID as it was given. */
  labels(ids: readonly string[]): Promise<ReadonlyMap<string, Labels>>;
  /** What an image on this machine is; null where it is not known to be here for the platform. */
  inspect(ref: string, platform: string | null): Promise<LocalImage | null>;
  /** True where one reference can be here for several platforms: in the containerd image store. */
  keepsPlatforms(): Promise<boolean>;
  /** Asks the registry for a reference without pulling it. */
  probe(ref: string, timeoutMs: number): Promise<ProbeAnswer>;
  pull(ref: string, platform: string | null, timeoutMs: number): Promise<RegistryAnswer>;
  push(ref: string, timeoutMs: number): Promise<Transfer>;
  /** Gives an image in a registry a second name there, without pulling it. */
  tagRemotely(source: string, target: string, timeoutMs: number): Promise<Transfer>;
  tag(source: string, target: string): Promise<Done>;
  /** Takes a name away from an image on this machine; one without a name is removed. */
  untag(ref: string): Promise<Done>;
  build(request: BuildRequest): Promise<BuildOutcome>;
  /** Logs in for this run only; the user's own docker configuration stays as it is. */
  login(registry: Registry, password: string, timeoutMs: number): Promise<Transfer>;
}

export interface LocalImage {
  /** Of several the engine's own; null where it does not say. */
  readonly platform: string | null;
  /** The instructions that a build on it carries out first, as they were written. */
  readonly onBuild: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;

export type Done = { readonly ok: true } | { readonly ok: false; readonly message: string };

export type Transfer = { readonly ok: true } | NotTransferred;

/** `kept`: the registry has another image under that tag, and does not let it be replaced. */
export type NotTransferred = { readonly ok: false; readonly kept: boolean } & RegistryError;

/** One build, its files staged. */
export interface BuildRequest {
  readonly build: ResolvedBuild;
  readonly staged: StagedBuild;
  /** No registry may be asked, neither for base images nor for caches. */
  readonly offline: boolean;
  /** Takes each line of the build's own output. */
  readonly onLog: (line: string) => void;
}

export type BuildOutcome = { readonly ok: true; readonly id: string } | BuildFailed;

export interface BuildFailed {
  readonly ok: false;
  readonly message: string;
  readonly log: readonly string[];
  /** Set where a registry that the build takes an image from is to blame. */
  readonly registryError?: RegistryError;
  readonly advice?: string;
}

/** Docker cannot be used at all: exit code 3. */
export class DockerUnusable extends Error {
  constructor(
    readonly code:
      | 'missing'
      | 'no-daemon'
      | 'denied'
      | 'misconfigured'
      | 'unreachable'
      | 'no-buildx'
      | 'old-engine',
    message: string,
    readonly advice: string,
  ) {
    super(message);
    this.name = 'DockerUnusable';
  }
}
