import type { OptionName } from '../model/build-options.ts';
import { HASH_LABEL, labelsOf } from '../model/image-labels.ts';
import type { ResolvedBuild } from '../model/resolved.ts';
import { cachesOf, pullsAll, secretsOf, sshOf } from './build-options.ts';

/** A value as a bake definition has it. */
export type Value = string | boolean | null | readonly string[] | ReadonlyMap<string, string>;

/** What a build's options depend on beside the build. */
export interface Circumstances {
  readonly offline: boolean;
  /** How many secrets the builds before it have, in the same call. */
  readonly secretsBefore: number;
}

/** How docker gets an option. */
interface DockerOption {
  /** The attribute of a target in a bake definition; null: bake itself has it as an option, not a target. */
  readonly attribute: string | null;
  /** The option of `docker buildx build`, and of `bake` where there is no attribute. */
  readonly option: string;
  /** The minor version of buildx 0 from which on bake knows the attribute; earlier ones skip it silently. */
  readonly bakedSince?: number;
  readonly value: (build: ResolvedBuild, circumstances: Circumstances) => Value;
  /** The value for an argv, where it must be another one. */
  readonly valueInArgv?: (build: ResolvedBuild) => Value;
}

/**
 * The options that are passed together, with a logic of their own: their values stay out of an argv, and the
 * frontend is one of them.
 */
type Arguments = 'buildArgs' | 'unhashedBuildArgs';

/**
 * Docker's half of model/build-options.ts, in the order in which docker is told.
 *
 * Versions: https://github.com/docker/buildx/pull/3234, 2671 and 2242.
 */
const DOCKER_OPTIONS: Readonly<Record<Exclude<OptionName, Arguments>, DockerOption>> = {
  builder: { attribute: null, option: '--builder', value: ({ builder }) => builder },
  target: { attribute: 'target', option: '--target', value: ({ target }) => target },
  labels: {
    attribute: 'labels',
    option: '--label',
    value: labelsOf,
    // The inputs document holds values of build arguments.
    valueInArgv: ({ labels, hash }) => new Map([...labels, [HASH_LABEL, hash]]),
  },
  network: {
    attribute: 'network',
    option: '--network',
    bakedSince: 17,
    value: ({ network }) => network,
  },
  extraHosts: {
    attribute: 'extra-hosts',
    option: '--add-host',
    bakedSince: 25,
    value: ({ extraHosts }) => extraHosts,
  },
  shmSize: {
    attribute: 'shm-size',
    option: '--shm-size',
    bakedSince: 13,
    value: ({ shmSize }) => shmSize,
  },
  ulimits: {
    attribute: 'ulimits',
    option: '--ulimit',
    bakedSince: 13,
    value: ({ ulimits }) => [...ulimits].map(([name, limit]) => `${name}=${limit}`),
  },
  secrets: {
    attribute: 'secret',
    option: '--secret',
    value: (build, { secretsBefore }) => secretsOf(build, secretsBefore),
  },
  ssh: { attribute: 'ssh', option: '--ssh', value: sshOf },
  cacheFrom: {
    attribute: 'cache-from',
    option: '--cache-from',
    value: ({ cacheFrom }, { offline }) => cachesOf(cacheFrom, offline),
  },
  cacheTo: {
    attribute: 'cache-to',
    option: '--cache-to',
    value: ({ cacheTo }, { offline }) => cachesOf(cacheTo, offline),
  },
  noCache: { attribute: 'no-cache', option: '--no-cache', value: ({ noCache }) => noCache },
  pull: {
    attribute: 'pull',
    option: '--pull',
    value: (build, { offline }) => pullsAll(build) && !offline,
  },
};

const ROWS = Object.values(DOCKER_OPTIONS);

/** The attributes of a target in a bake definition. */
export function attributesOf(
  build: ResolvedBuild,
  circumstances: Circumstances,
): (readonly [string, Value])[] {
  return ROWS.flatMap(({ attribute, value }) =>
    attribute === null ? [] : [[attribute, value(build, circumstances)] as const],
  );
}

/** What `bake` is told of a build by options of its own. All builds of one call have the same. */
export function callArgv(build: ResolvedBuild): string[] {
  return argvOf(
    ROWS.filter(({ attribute }) => attribute === null),
    build,
    { offline: false, secretsBefore: 0 },
  );
}

/** What a plain build is told beside that. */
export function plainArgv(build: ResolvedBuild, offline: boolean): string[] {
  return argvOf(
    ROWS.filter(({ attribute }) => attribute !== null),
    build,
    { offline, secretsBefore: 0 },
  );
}

function argvOf(
  rows: readonly DockerOption[],
  build: ResolvedBuild,
  circumstances: Circumstances,
): string[] {
  return rows.flatMap(({ option, value, valueInArgv = value }) =>
    optionArgv(option, valueInArgv(build, circumstances)),
  );
}

/** An option with a value: once for each, where there are several. */
export function optionArgv(option: string, value: Value): string[] {
  if (isUnset(value)) return [];
  if (value === true) return [option];
  if (typeof value === 'string') return [option, value];
  const words =
    value instanceof Map
      ? [...value].map(([key, text]) => `${key}=${text}`)
      : (value as readonly string[]);
  return words.flatMap((word) => [option, word]);
}

/** True for what docker need not be told. */
export function isUnset(value: Value): boolean {
  if (typeof value === 'string') return false;
  if (typeof value === 'boolean' || value === null) return !value;
  return value instanceof Map ? value.size === 0 : (value as readonly string[]).length === 0;
}

/** The first minor version of buildx 0 whose bake can be told all options of a build; 0: every one. */
export function bakedSince(build: ResolvedBuild): number {
  const circumstances = { offline: false, secretsBefore: 0 };
  const needed = ROWS.filter(({ value }) => !isUnset(value(build, circumstances)));
  return Math.max(0, ...needed.map((row) => row.bakedSince ?? 0));
}
