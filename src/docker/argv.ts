import { familiarReference, parseReference } from '../model/reference.ts';
import type { BoundParent, ResolvedBuild } from '../model/resolved.ts';
import type { BuildRequest } from './port.ts';

/** Docker's own names for what we ask of it: each verb to its argv, without the leading `docker`. */

/**
 * One call for all references: `image ls` costs less than `image inspect` on either image store. Its
 * filter knows familiar forms only.
 */
export function findLocalArgv(refs: readonly string[]): string[] {
  const filters = refs.flatMap((ref) => ['--filter', `reference=${familiar(ref)}`]);
  return ['image', 'ls', '--no-trunc', '--format', '{{json .}}', ...filters];
}

export function inspectLabelsArgv(ids: readonly string[]): string[] {
  return ['image', 'inspect', '--format', '{{.Id}} {{json .Config.Labels}}', ...ids];
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

export function untagArgv(ref: string): string[] {
  return ['image', 'rm', '--no-prune', ref];
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

/**
 * A build without a tag: its ID is written to a file, and the caller names the image once its inputs
 * are seen not to have moved. Build arguments are named only; docker takes their values from the
 * environment (see `buildEnvironment`), where no process list shows them.
 */
export function buildArgv({ build, staged, offline }: BuildRequest): string[] {
  const allowed = (cache: string) => !offline || isOnThisMachine(cache);
  return [
    'buildx',
    'build',
    ...option('--builder', build.builder),
    '--load',
    ...['--progress', 'plain'],
    ...['--iidfile', staged.idFile],
    ...['--metadata-file', staged.metadataFile],
    ...['--file', staged.dockerfile],
    ...['--platform', build.platforms.join(',')],
    ...option('--target', build.target),
    ...[...build.buildArgs.keys(), ...build.unhashedBuildArgs.keys()].flatMap((name) => [
      '--build-arg',
      name,
    ]),
    ...pairs('--label', build.labels),
    ...option('--network', build.network),
    ...pairs('--add-host', build.extraHosts),
    ...pairs('--build-context', contextsOf(build, staged.additionalContexts)),
    ...option('--shm-size', build.shmSize),
    ...pairs('--ulimit', build.ulimits),
    ...build.secrets.flatMap(({ id, from }, index) => [
      '--secret',
      csv([`id=${id}`, 'env' in from ? `env=${secretVariable(index)}` : `src=${from.file}`]),
    ]),
    ...build.ssh.flatMap(({ id, paths }) => [
      '--ssh',
      paths.length === 0 ? id : `${id}=${paths.join(',')}`,
    ]),
    ...build.cacheFrom.filter(allowed).flatMap((source) => ['--cache-from', source]),
    ...build.cacheTo.filter(allowed).flatMap((target) => ['--cache-to', target]),
    ...(build.noCache ? ['--no-cache'] : []),
    ...(pullsAll(build) && !offline ? ['--pull'] : []),
    '--',
    staged.context,
  ];
}

/** A cache in a folder, or inline in what is built; a bare name is one in a registry. */
function isOnThisMachine(cache: string): boolean {
  return /(^|,)type=(local|inline)(,|$)/.test(cache);
}

/**
 * True where docker is to look for newer versions of all images of a build. With `--pull` it looks for
 * parents too, in a registry that need not have them, and takes what is there: so an image with
 * parents has the others pulled one by one.
 */
export function pullsAll({ pull, parents }: ResolvedBuild): boolean {
  return pull && parents.length === 0;
}

/** The variables that a build's argv refers to by name. */
export function buildEnvironment(build: ResolvedBuild): Record<string, string> {
  const secrets = build.secrets.flatMap(({ from }, index): [string, string][] =>
    'env' in from && from.value !== null ? [[secretVariable(index), from.value]] : [],
  );
  return Object.fromEntries([...build.buildArgs, ...build.unhashedBuildArgs, ...secrets]);
}

/** A variable of its own for a secret: a build argument may have the name of the user's. */
function secretVariable(index: number): string {
  return `DOCKER_ENSURE_SECRET_${index + 1}`;
}

/** The named contexts of a build: its parents, then its additional contexts, by name. */
function contextsOf(
  build: ResolvedBuild,
  folders: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const contexts = new Map(build.parents.flatMap(parentContexts));
  for (const [name, context] of build.additionalContexts) {
    const folder = folders.get(name);
    contexts.set(
      name,
      context.kind === 'remote' ? context.source : (folder ?? context.files.directory),
    );
  }
  return contexts;
}

/**
 * A parent whose name already means its reference needs no context; sparing it lets engines older
 * than 23, which know no named contexts, build such an image.
 */
function parentContexts({ contexts, ref }: BoundParent): [string, string][] {
  return contexts
    .filter((name) => familiar(name) !== familiar(ref))
    .map((name) => [name, `docker-image://${ref}`]);
}

/** The short form that docker prints a reference in; what is none stays as it is. */
export function familiar(ref: string): string {
  const reference = parseReference(ref);
  return reference === null ? ref : familiarReference(reference);
}

function option(name: string, value: string | null): string[] {
  return value === null ? [] : [name, value];
}

function pairs(name: string, values: ReadonlyMap<string, string>): string[] {
  return [...values].flatMap(([key, value]) => [name, `${key}=${value}`]);
}

/** Docker reads these options as one CSV record: a field with a comma or a quote is quoted. */
function csv(fields: readonly string[]): string {
  return fields
    .map((field) => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',');
}
