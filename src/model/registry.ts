/** An entry of `registries`. */
export interface Registry {
  readonly key: string;
  /** `host[:port]`, or null for Docker Hub. */
  readonly server: string | null;
  /** Null: the credentials that docker already has. */
  readonly credentials: Credentials | null;
  readonly limits: RegistryLimits;
}

export type Credentials = KnownCredentials | LackingCredentials;

interface KnownCredentials {
  readonly username: string;
  readonly password: Password;
}

/** Credentials with a variable that has no value: a mistake for a run that has to log in, no other. */
export interface LackingCredentials {
  /** What is lacking, with its place in the manifest. */
  readonly lacking: { readonly message: string; readonly advice: string };
  /** The user name as it is written, its variables not replaced. */
  readonly username: string;
}

/** A password, or the command that prints it: an argv, no shell. */
export type Password = { readonly value: string } | { readonly command: readonly string[] };

/** How a registry is to be treated. */
export interface RegistryLimits {
  /** How often what may pass is tried again; null: as the command line or the default says. */
  readonly retries: number | null;
  /** Milliseconds that one try of a docker command may take. */
  readonly timeoutMs: number;
  /** Docker commands at once; null: as many as the run allows. */
  readonly maxConcurrent: number | null;
}

/** What holds for a registry that says nothing of it. A pull of many gigabytes takes its time. */
export const DEFAULT_LIMITS: RegistryLimits = {
  retries: null,
  timeoutMs: 30 * 60 * 1000,
  maxConcurrent: null,
};

export const REMOTE_POLICIES = ['all', 'pull_only', 'push_only', 'none'] as const;
export type RemotePolicy = (typeof REMOTE_POLICIES)[number];

/** A registry that an image lives in. */
export interface Home {
  readonly registry: Registry;
  /** What may be done with the image there. */
  readonly remotePolicy: RemotePolicy;
}
