import { CONTENT_TRUST_ADVICE, isContentTrust } from '../model/content-trust.ts';
import type { Failure, RegistryError, RegistryFault } from '../model/failure.ts';
import { FULL_DISK_ADVICE, isFullDisk } from '../model/full-disk.ts';
import type { RunPolicy } from '../model/plan.ts';
import type { ResolvedHome, ResolvedImage } from '../model/resolved.ts';
import { homesToPull } from './run-policy.ts';

/** The words for each way in which a decision can be that there is no way. */

export function notFound(resolved: ResolvedImage, policy: RunPolicy, reason: string): Failure {
  const why =
    resolved.build === null
      ? 'it has no `build` in the manifest'
      : '--no-build forbids to build it';
  return {
    code: 'not-found',
    message: `${resolved.ref} cannot be had: ${reason}, and ${why}`,
    advice: notFoundAdvice(resolved, policy),
  };
}

function notFoundAdvice(resolved: ResolvedImage, policy: RunPolicy): string {
  if (resolved.build !== null) return 'run without --no-build to build it';
  if (policy.offline) return 'run without --offline to pull it';
  if (!policy.pull) return 'run without --no-pull to pull it';
  if (homesToPull(resolved, policy).length === 0) {
    const forbidden = resolved.image.homes[0]?.remotePolicy ?? resolved.image.remotePolicy;
    return `let it be pulled (remote_policy: ${forbidden} forbids it), or give it a \`build\``;
  }
  return 'check its name, version and registry in the manifest, or give it a `build`';
}

/** `home`: the first that it must be in. */
export function notInRegistry({ ref, remotePolicy }: ResolvedHome, policy: RunPolicy): Failure {
  const forbidden = policy.test ? '--no-push' : '--no-test';
  const [why, advice] =
    policy.push && policy.test
      ? [
          `remote_policy: ${remotePolicy} forbids to push it`,
          'let it be pushed, or push it from where that is allowed',
        ]
      : [`${forbidden} forbids to push it`, `run without ${forbidden}`];
  return {
    code: 'not-in-registry',
    message: `${ref} must be in the registry and is not known to be, and ${why}`,
    advice,
  };
}

/** What has the image's tag, here or in the registry, was built from other inputs. */
export function hashMismatch(
  ref: string,
  where: 'here' | 'in the registry',
  { image, hash }: ResolvedImage,
  builtFrom: string | null,
): Failure {
  const advice =
    where === 'here'
      ? `\`docker image rm ${ref}\` removes it, \`docker-ensure up --force ${image.key}\` builds it anew`
      : `find out who pushed it; \`docker-ensure up --force ${image.key}\` builds and pushes it anew`;
  const short = image.hashLength < 16 ? ', or raise `hash_len`: two hashes may begin alike' : '';
  return {
    code: 'hash-mismatch',
    message: `${ref} is ${where}, but its label says that it was built from the inputs ${builtFrom}, and its tag stands for ${hash}`,
    advice: `${advice}${short}`,
  };
}

/** The registry has another image under the tag of one that was to be pushed. */
export function pushConflict(
  ref: string,
  { hash, image }: ResolvedImage,
  theirs: string | null,
): Failure {
  const other = theirs === null ? 'one that does not say what it was built from' : theirs;
  return {
    code: 'push-conflict',
    message: `${ref} was pushed by somebody else meanwhile, and is not the same: it was built from the inputs ${other}, this one from ${hash}`,
    advice: image.withHash
      ? `find out who pushed it; \`docker-ensure up --force ${image.key}\` builds and pushes it anew`
      : 'give the image a new `version`, or `with_hash: true`',
  };
}

/** The registry lets no tag be moved. */
export function pushConflictOfTag(ref: string, message: string): Failure {
  return {
    code: 'push-conflict',
    message: `the registry does not let the tag ${ref} be moved: ${message}`,
    advice: 'allow that in the registry, or leave the tag out of `tags`',
  };
}

/** A parent that is not built here, and cannot be had for the platform of a child. */
export function wrongPlatform(
  parent: ResolvedImage,
  child: ResolvedImage,
  { here, lacking }: { here: string; lacking: readonly string[] },
  policy: RunPolicy,
): Failure {
  const mayPull = homesToPull(parent, policy).length > 0;
  const why = mayPull ? 'the registry does not have it for that' : 'it may not be pulled';
  return {
    code: 'wrong-platform',
    message: `${parent.ref} is here for ${here}, but ${child.ref} takes it for ${lacking.join(', ')}, and ${why}`,
    advice: mayPull
      ? 'build the child for a platform that its parent has (`platforms`), or take the parent as it is by `FROM --platform=…`'
      : notFoundAdvice(parent, policy),
  };
}

export function registryFailure(ref: string, registryError: RegistryError): Failure {
  return registryProblem(`the registry could not say whether it has ${ref}`, registryError);
}

/** What could not be done, why, and what to do about it. */
export function registryProblem(what: string, registryError: RegistryError): Failure {
  const { fault, message } = registryError;
  const advice = registryError.advice ?? advise(fault, message);
  return { code: `registry-${fault}`, message: `${what}: ${message}`, advice };
}

function advise(fault: RegistryFault, message: string): string {
  if (isFullDisk(message)) return FULL_DISK_ADVICE;
  return isContentTrust(message) ? CONTENT_TRUST_ADVICE : FAULT_ADVICE[fault];
}

/** What a user can do about each way a registry fails to answer. */
const FAULT_ADVICE = {
  denied:
    'log in with an account that may do that, or log in again, since a login may have expired; some registries say so of what does not exist',
  unauthorized: 'check the username and password of the registry, or run `docker login`',
  'rate-limited': 'wait, or log in: registries limit anonymous pulls',
  unreachable: 'check the server name, the network, and that the registry runs',
  timeout: "try again; if it stays so, check the network, or raise the registry's `timeout`",
  'server-fault': 'try again; the fault is on the side of the registry',
  tls: "check the registry's certificate, or add it to docker's insecure registries",
  unknown: 'see the message of docker above',
} as const;

/** The files of a build could not be laid out for docker. */
export function stagingProblem({ ref }: ResolvedImage, why: string): Failure {
  return {
    code: 'staging-failed',
    message: `the files of ${ref} could not be laid out for docker: ${why}`,
    advice:
      'see that the cache folder can be written to and has room (DOCKER_ENSURE_CACHE names another)',
  };
}

/** Files that changed twice while they were listed and copied: nothing was built of them. */
export function inputsMoved({ ref }: ResolvedImage, what: string): Failure {
  return {
    code: 'inputs-changed',
    message: `${what} while the files of ${ref} were listed and copied, so it was not built`,
    advice: KEEP_STILL,
  };
}

/** The project has moved on since an image was built: the names of its new state are not there. */
export function leftBehind({ ref }: ResolvedImage, what: string): Failure {
  return {
    code: 'inputs-changed',
    message: `${what} while it was built: ${ref} is there and true to its name, but it is not what the files say now`,
    advice: KEEP_STILL,
  };
}

const KEEP_STILL =
  'run again; if a tool writes into the build directory, leave its files out by `files`';
