import type { RegistryError } from '../model/failure.ts';
import type { Labels } from '../model/image-labels.ts';
import type { ImageTest } from '../model/manifest.ts';
import type { FoundInRegistry, ProbeAnswer, RegistryAnswer } from '../model/plan.ts';
import type { Registry } from '../model/registry.ts';
import type { ResolvedBuild } from '../model/resolved.ts';
import type { StagedBuild } from '../model/staging.ts';
import type { RemoteTag } from '../model/stale.ts';

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
  /** The images on this machine that have tags in these repositories, in docker's order. */
  stored(repositories: readonly string[]): Promise<readonly StoredImage[]>;
  /** The labels of an image in a registry, which is not pulled; none where it has none of ours. */
  remoteLabels(ref: string, timeoutMs: number): Promise<RemoteLabels>;
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
  /** Removes a reference and, with its last one, the image; not where a container has it. */
  remove(ref: string): Promise<Done>;
  /** The IDs of the images that containers have, those that do not run included. */
  used(): Promise<ReadonlySet<string>>;
  /** Builds images in one call. */
  build(group: BuildGroup): Promise<BuildOutcome>;
  /** Runs one test of an image that is here, in a container which is gone afterwards. */
  runTest(run: TestRun): Promise<TestOutcome>;
  /** Can an image be built together with others? What bake cannot be told is built by itself. */
  canGroup(build: ResolvedBuild): Promise<boolean>;
  /** Logs in for this run only; the user's own docker configuration stays as it is. */
  login(registry: Registry, password: string, timeoutMs: number): Promise<Transfer>;
  /** Makes docker forget a login, as far as it can. False where it says of none that it is removed. */
  logout(registry: Registry, timeoutMs: number): Promise<boolean>;
}

/**
 * Registries, asked by their own HTTP interface: far cheaper than by a docker command, and silent
 * wherever docker might know better.
 */
export interface RegistryApi {
  /**
   * What the registry says of a reference, within the time; null where that is not clear, or where it
   * could not be asked so: then docker is to be asked. Throws the signal's reason where the run is
   * aborted.
   */
  ask(ref: string, timeoutMs: number): Promise<ClearAnswer | null>;
  /**
   * May one push a reference there, with the login that docker has? Null where only a push can tell: nothing is
   * written to find out.
   */
  mayPush(ref: string, timeoutMs: number): Promise<boolean | null>;
  /** All tags of a repository, which is named as references name it. */
  inventory(name: string, options: InventoryOptions): Promise<Inventory>;
  /** Removes a manifest from a repository, and with it all tags that name it. */
  remove(name: string, digest: string, timeoutMs: number): Promise<Done>;
}

interface InventoryOptions {
  /** For each request. */
  readonly timeoutMs: number;
  /** Picks the tags of which it is to be known what their images say of themselves. */
  readonly isWanted: (tag: string) => boolean;
  /** Bounds how many requests are made at once. */
  readonly inTurn: <T>(request: () => Promise<T>) => Promise<T>;
}

/** The tags of a repository in a registry: all of them, or why they cannot be told. */
export type Inventory =
  | { readonly ok: true; readonly tags: readonly RemoteTag[] }
  | { readonly ok: false; readonly message: string };

/** What a registry said for certain. */
export type ClearAnswer = FoundInRegistry | { readonly is: 'absent' };

export interface LocalImage {
  /** Of several the engine's own; null where it does not say. */
  readonly platform: string | null;
  /** The instructions that a build on it carries out first, as they were written. */
  readonly onBuild: readonly string[];
}

/** An image on this machine with what it says of itself. */
export interface StoredImage {
  readonly id: string;
  /** Its tags in the repositories that were asked for: familiar references. */
  readonly refs: readonly string[];
  /** When it was made, or got a name last: the later. Milliseconds since 1970; null where docker does not say. */
  readonly createdMs: number | null;
  /** Bytes, layers that it shares with others included. */
  readonly size: number;
  readonly labels: Labels;
}

type RemoteLabels =
  | { readonly is: 'present'; readonly labels: Labels }
  | Exclude<RegistryAnswer, { readonly is: 'present' }>;

export type Done = { readonly ok: true } | { readonly ok: false; readonly message: string };

export type Transfer = { readonly ok: true } | NotTransferred;

/** `kept`: the registry has another image under that tag, and does not let it be replaced. */
export type NotTransferred = { readonly ok: false; readonly kept: boolean } & RegistryError;

/** One image to build, its files staged. */
export interface BuildRequest {
  /** Its key in the manifest. */
  readonly key: string;
  readonly build: ResolvedBuild;
  /** The names that BuildKit gives it, once its export has succeeded. */
  readonly names: readonly string[];
  readonly staged: StagedBuild;
  readonly caches?: OwnCaches;
}

/** The caches that `cache` comes to, in docker's spelling. What goes wrong with them fails no build. */
export interface OwnCaches {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** Images that are built in one call. */
export interface BuildGroup {
  /** Parents before children. A parent of the group is given to its children before it has a name. */
  readonly builds: readonly BuildRequest[];
  /** No registry may be asked, neither for base images nor for caches. */
  readonly offline: boolean;
  /** An image is here, under its names; its like may still be in the making. */
  readonly onBuilt: (key: string) => void;
  /** Takes each line of the build's own output; null: it is of no one image. */
  readonly onLog: (key: string | null, line: string) => void;
  /** Takes what is good to know, and fails nothing: such as a cache that cannot be reached. */
  readonly onNote?: (text: string) => void;
}

/** A test of an image, as it is to be run. */
export interface TestRun {
  /** What docker knows the image by: its ID. */
  readonly image: string;
  readonly test: ImageTest;
  /** Null: docker chooses. */
  readonly platform: string | null;
  /** Takes each line that the test prints. */
  readonly onLog: (line: string) => void;
}

export type TestOutcome = { readonly ok: true } | TestFailed;

interface TestFailed {
  readonly ok: false;
  readonly message: string;
  /** The last lines that it has printed. */
  readonly log: readonly string[];
  readonly advice?: string;
}

export type BuildOutcome =
  /** By key, the IDs by which the engine may know what was built. */
  { readonly ok: true; readonly ids: ReadonlyMap<string, readonly string[]> } | BuildFailed;

/** One failure ends a whole group: what is not built by then was called off. */
export interface BuildFailed {
  readonly ok: false;
  /** The image that failed; null where it concerns all of the group. */
  readonly key: string | null;
  readonly message: string;
  readonly log: readonly string[];
  /** Set where a registry that the build takes an image from is to blame. */
  readonly registryError?: RegistryError;
  readonly advice?: string;
  /**
   * It is no fault of the image, and another try is worth while. `apart`: each image in a call of its own,
   * once its parents have their names.
   */
  readonly again?: 'as-it-is' | 'apart';
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
