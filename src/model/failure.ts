/** Why an image could not be ensured. Expected, so a value; only bugs throw. */
export interface Failure {
  readonly code: FailureCode;
  /** What happened, in one line or a few. */
  readonly message: string;
  /** What to do about it, in one line. */
  readonly advice?: string;
  /** The last lines of the log of what failed, oldest first. */
  readonly log?: readonly string[];
}

type FailureCode =
  /** It is neither here nor in the registry, and it may not or cannot be built. */
  | 'not-found'
  /** The registry gave no clear answer; see `RegistryFault`. */
  | `registry-${RegistryFault}`
  | 'build-failed'
  /** A test of the image: it is here, and is not published. */
  | 'test-failed'
  /** A parent is here for another platform than its child takes it for. */
  | 'wrong-platform'
  /** An ONBUILD of an image names an image of the manifest that the build is not given. */
  | 'unbound-name'
  /** A hashed file or the Dockerfile changed while the build ran. */
  | 'inputs-changed'
  | 'staging-failed'
  | 'tag-failed'
  /** It must be in the registry, is not there, and may not be pushed. */
  | 'not-in-registry'
  /** What has its tag says that it was built from other inputs than the tag names. */
  | 'hash-mismatch'
  /** The registry has another image under that tag, and keeps it. */
  | 'push-conflict'
  /** It does not say what it was built from, or is nowhere. */
  | 'no-inputs';

/** Why a registry's answer is neither "present" nor "absent". */
export const REGISTRY_FAULTS = [
  'denied',
  'unauthorized',
  'rate-limited',
  'unreachable',
  'timeout',
  'server-fault',
  'tls',
  'unknown',
] as const;
export type RegistryFault = (typeof REGISTRY_FAULTS)[number];

/** A registry that could not do, or say, what it was asked. */
export interface RegistryError {
  readonly fault: RegistryFault;
  /** Docker's words. */
  readonly message: string;
  /**
   * Whether it may pass by itself. `perhaps`: nobody listens, which is a mistake in the manifest, or a
   * registry that starts anew.
   */
  readonly retryable: 'yes' | 'perhaps' | 'no';
  /** `denied`, in the words that the registry has for what does not exist, too. */
  readonly mayBeAbsent?: true;
  /** What to do about it, where that is known better than from the fault. */
  readonly advice?: string;
}
