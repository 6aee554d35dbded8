import type { ResolvedBuild } from '../model/resolved.ts';

/** Secrets, agents and caches of a build in docker's spelling, the same for bake and for a plain build. */

/**
 * The build's secrets as docker takes them, their values left in a variable or a file. `before`: how many
 * secrets the builds before it have, in the same call.
 */
export function secretsOf({ secrets }: ResolvedBuild, before = 0): string[] {
  return secrets.map(({ id, from }, at) =>
    csv([`id=${id}`, 'env' in from ? `env=${secretVariable(before + at)}` : `src=${from.file}`]),
  );
}

/** The agents and keys that the build may use, as docker takes them. */
export function sshOf({ ssh }: ResolvedBuild): string[] {
  return ssh.map(({ id, paths }) => (paths.length === 0 ? id : `${id}=${paths.join(',')}`));
}

/** Those caches that may be used: offline, the ones on this machine. */
export function cachesOf(caches: readonly string[], offline: boolean): string[] {
  return caches.filter((cache) => !offline || isOnThisMachine(cache));
}

/** A cache in a folder, or inline in what is built; a bare name is one in a registry. */
function isOnThisMachine(cache: string): boolean {
  return /(^|,)type=(local|inline)(,|$)/.test(cache);
}

/** The variables that hold the values of secrets, of all builds of one call. */
export function secretEnvironment(builds: readonly ResolvedBuild[]): Record<string, string> {
  const secrets = builds.flatMap((build) => build.secrets);
  return Object.fromEntries(
    secrets.flatMap(({ from }, at): [string, string][] =>
      'env' in from && from.value !== null ? [[secretVariable(at), from.value]] : [],
    ),
  );
}

/** A variable of its own for a secret: a build argument may have the name of the user's. */
function secretVariable(index: number): string {
  return `DOCKER_ENSURE_SECRET_${index + 1}`;
}

/** Docker reads these options as one CSV record: a field with a comma or a quote is quoted. */
export function csv(fields: readonly string[]): string {
  return fields
    .map((field) => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',');
}

/**
 * True where docker is to look for newer versions of all images of a build. With `--pull` it looks for
 * parents too, in a registry that need not have them, and takes what is there: so an image with
 * parents has the others pulled one by one.
 */
export function pullsAll({ pull, parents }: ResolvedBuild): boolean {
  return pull && parents.length === 0;
}
