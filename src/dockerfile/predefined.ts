/** Arguments of platforms that all of docker's versions set. */
export const PLATFORM_ARGUMENTS: readonly string[] = ['BUILD', 'TARGET'].flatMap((whose) =>
  ['PLATFORM', 'OS', 'ARCH', 'VARIANT'].map((what) => `${whose}${what}`),
);

/** Those that only newer versions set. */
export const NEWER_ARGUMENTS: readonly string[] = [
  'BUILDOSVERSION',
  'TARGETOSVERSION',
  'TARGETSTAGE',
];

const BY_NAME = new Set([...PLATFORM_ARGUMENTS, ...NEWER_ARGUMENTS]);

/**
 * True for an argument to which docker itself gives a value, where a build gives it none.
 *
 * https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope
 */
export function isSetByDocker(name: string): boolean {
  return BY_NAME.has(name) || isProxy(name);
}

/**
 * True for an argument that a build takes without an ARG.
 *
 * https://docs.docker.com/reference/dockerfile/#predefined-args
 */
export function needsNoArg(name: string): boolean {
  return isSetByDocker(name) || /^BUILDKIT_/.test(name) || name === 'SOURCE_DATE_EPOCH';
}

function isProxy(name: string): boolean {
  return /^(https?|ftp|no|all)_proxy$/i.test(name);
}
