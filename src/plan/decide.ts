import type { Failure } from '../model/failure.ts';
import type { Decision, Facts, RunPolicy } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';

/**
 * What to do next for one image, from what is known of it. Pure: the same facts give the same
 * decision, in a plan and in a run. A run asks again when it knows more (a pull found nothing).
 */
export function decide(resolved: ResolvedImage, policy: RunPolicy, facts: Facts): Decision {
  const must = mustBuild(resolved, policy, facts);
  if (must !== null) return build(resolved, policy, must);
  if (facts.local) return keep(resolved, policy, facts);
  const ref = pullReference(resolved, policy);
  if (ref !== null) {
    switch (facts.registry.is) {
      case 'unasked':
        return { action: 'pull', ref, reason: 'not here' };
      case 'present':
        return { action: 'pull', ref, reason: 'not here, but in the registry' };
      case 'unknown':
        return { action: 'fail', failure: registryFailure(ref, facts.registry) };
      case 'absent':
        return build(resolved, policy, 'neither here nor in the registry');
    }
  }
  return build(resolved, policy, 'not here');
}

/** An image that is here stays as it is; a push that an earlier run could not do is made good. */
function keep(resolved: ResolvedImage, policy: RunPolicy, facts: Facts): Decision {
  const push = facts.owed && pushReference(resolved, policy) !== null;
  const reason = push ? 'already here, but an earlier run could not push it' : 'already here';
  return { action: 'none', push, reason };
}

/** Why the image must be built though it may be there, or null. */
function mustBuild(
  { image, build }: ResolvedImage,
  policy: RunPolicy,
  facts: Facts,
): string | null {
  if (build === null) return null;
  if (policy.force.has(image.key)) return 'forced by --force';
  if (image.forceBuild) return 'force_build is set';
  if (facts.staleFor === null) return null;
  return `what is here was built from other inputs than the hash of ${facts.staleFor} names`;
}

/** The reference to pull the image by, or null where it may not be pulled. */
function pullReference(resolved: ResolvedImage, policy: RunPolicy): string | null {
  const { remotePolicy } = resolved.image;
  if (!policy.pull || (remotePolicy !== 'all' && remotePolicy !== 'pull_only')) return null;
  // Without a registry only an image that cannot be built is looked for, by its own name.
  return resolved.registryRef ?? (resolved.build === null ? resolved.ref : null);
}

/** The reference to push the image by once it is built, or null where it may not be pushed. */
export function pushReference(resolved: ResolvedImage, policy: RunPolicy): string | null {
  const { remotePolicy } = resolved.image;
  if (!policy.push || (remotePolicy !== 'all' && remotePolicy !== 'push_only')) return null;
  return resolved.build === null ? null : resolved.registryRef;
}

function build(resolved: ResolvedImage, policy: RunPolicy, reason: string): Decision {
  if (resolved.build === null || !policy.build) {
    return { action: 'fail', failure: notFound(resolved, policy, reason) };
  }
  return { action: 'build', push: pushReference(resolved, policy) !== null, reason };
}

function notFound(resolved: ResolvedImage, policy: RunPolicy, reason: string): Failure {
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
  if (!policy.pull) return 'run without --no-pull to pull it';
  if (pullReference(resolved, policy) === null) {
    return `let it be pulled (remote_policy: ${resolved.image.remotePolicy} forbids it), or give it a \`build\``;
  }
  return 'check its name, version and registry in the manifest, or give it a `build`';
}

function registryFailure(
  ref: string,
  answer: Extract<Facts['registry'], { is: 'unknown' }>,
): Failure {
  return {
    code: `registry-${answer.fault}`,
    message: `the registry could not say whether it has ${ref}: ${answer.message}`,
    advice: FAULT_ADVICE[answer.fault],
  };
}

/** What a user can do about each way a registry fails to answer. */
export const FAULT_ADVICE = {
  denied:
    'log in with an account that may read it, or check the name: some registries say "denied" for what does not exist',
  unauthorized: 'check the username and password of the registry, or run `docker login`',
  'rate-limited': 'wait, or log in: registries limit anonymous pulls',
  unreachable: 'check the server name, the network, and that the registry runs',
  timeout: 'try again; if it stays so, check the network and the registry',
  'server-fault': 'try again; the fault is on the side of the registry',
  tls: "check the registry's certificate, or add it to docker's insecure registries",
  unknown: 'see the message of docker above',
} as const;
