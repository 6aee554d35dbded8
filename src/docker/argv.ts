import { familiarReference, parseReference } from '../model/reference.ts';
import { optionArgv } from './option-table.ts';

/** Docker's own names for what we ask of it: each verb to its argv, without the leading `docker`. */

/**
 * One call for all references: `image ls` costs less than `image inspect` on either image store. Its
 * filter knows familiar forms only.
 */
export function findLocalArgv(refs: readonly string[]): string[] {
  return listArgv(refs.map(familiar));
}

/** One call for all tags of some repositories. */
export function listRepositoriesArgv(repositories: readonly string[]): string[] {
  return listArgv(repositories.map((name) => familiar(name).replace(/:latest$/, '')));
}

function listArgv(patterns: readonly string[]): string[] {
  const filters = patterns.flatMap((pattern) => ['--filter', `reference=${pattern}`]);
  return ['image', 'ls', '--no-trunc', '--format', '{{json .}}', ...filters];
}

export function inspectLabelsArgv(ids: readonly string[]): string[] {
  return ['image', 'inspect', '--format', '{{.Id}} {{json .Config.Labels}}', ...ids];
}

/**
 * An ID, the times when it was made and when it got a name last, its size and its labels a line. An image without steps
 * has no time, and one that only sets metadata that of its base.
 */
export function inspectStoredArgv(ids: readonly string[]): string[] {
  const times = '{{json (index . "Created")}} {{json (index .Metadata "LastTagTime")}}';
  const format = `{{.Id}} ${times} {{.Size}} {{json .Config.Labels}}`;
  return ['image', 'inspect', '--format', format, ...ids];
}

/** Digest and configuration, whose labels say what the image was built from. */
export function probeArgv(ref: string): string[] {
  const format = '{"manifest":{{json .Manifest}},"image":{{json .Image}}}';
  return ['buildx', 'imagetools', 'inspect', '--format', format, ref];
}

/**
 * `asIs`: a copy, byte for byte. Else, and always with a buildx that is too old for the option, an image
 * for one platform is wrapped in an index of its own, with another digest.
 */
export function tagRemotelyArgv(source: string, target: string, asIs: boolean): string[] {
  const how = asIs ? ['--prefer-index=false'] : [];
  return ['buildx', 'imagetools', 'create', ...how, '--tag', target, source];
}

export function pullArgv(ref: string, platform: string | null): string[] {
  return ['pull', '--quiet', ...(platform === null ? [] : ['--platform', platform]), ref];
}

export function pushArgv(ref: string): string[] {
  return ['push', '--quiet', ref];
}

export function tagArgv(source: string, target: string): string[] {
  return ['tag', source, target];
}

export function untagArgv(...refs: readonly string[]): string[] {
  return ['image', 'rm', '--no-prune', ...refs];
}

export function removeArgv(ref: string): string[] {
  return ['image', 'rm', ref];
}

export function listContainersArgv(): string[] {
  return ['container', 'ls', '--all', '--quiet', '--no-trunc'];
}

/** The ID of the image that each container has, one a line. */
export function inspectContainersArgv(ids: readonly string[]): string[] {
  return ['container', 'inspect', '--format', '{{.Image}}', ...ids];
}

/** The platform that an image on this machine is for, and what it leaves to builds on it. */
export function inspectImageArgv(ref: string, platform: string | null): string[] {
  const format =
    '{"os":{{json .Os}},"architecture":{{json .Architecture}},"variant":{{json .Variant}},"onBuild":{{json .Config.OnBuild}}}';
  return ['image', 'inspect', '--format', format, ...optionArgv('--platform', platform), ref];
}

export function inspectIdArgv(ref: string): string[] {
  return ['image', 'inspect', '--format', '{{.Id}}', ref];
}

/** The references of a repository that are on this machine, one a line. */
export function listTagsArgv(repository: string): string[] {
  const format = '{{.Repository}}:{{.Tag}}';
  return ['image', 'ls', '--format', format, '--filter', `reference=${repository}`];
}

/** What a builder is; null: the current one. */
export function inspectBuilderArgv(builder: string | null): string[] {
  return ['buildx', 'inspect', ...(builder === null ? [] : [builder])];
}

/** What the engine's image store is made of: `driver-type` names it where it is containerd's. */
export function storeArgv(): string[] {
  return ['info', '--format', '{{json .DriverStatus}}'];
}

/** The password goes to stdin. No server: Docker Hub. */
export function loginArgv(server: string | null, username: string): string[] {
  return [
    'login',
    '--username',
    username,
    '--password-stdin',
    ...(server === null ? [] : [server]),
  ];
}

/** Forgets the login at a server; null: Docker Hub. */
export function logoutArgv(server: string | null): string[] {
  return ['logout', ...(server === null ? [] : [server])];
}

/** The short form that docker prints a reference in; what is none stays as it is. */
export function familiar(ref: string): string {
  const reference = parseReference(ref);
  return reference === null ? ref : familiarReference(reference);
}
