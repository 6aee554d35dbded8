/**
 * The plain options of a build: those that need no logic of their own, but to be read, hashed (or not)
 * and passed to docker. A new one is a row here, a row in docker/option-table.ts (its absence does not
 * compile), an entry in the schema and a test case.
 *
 * This half knows nothing of docker: each option's key in the manifest, which is its key in the inputs
 * document too; the shape of its value; and whether it is hashed.
 */
const BUILD_OPTIONS = {
  buildArgs: { key: 'build_args', shape: 'arguments', hashed: true },
  unhashedBuildArgs: { key: 'unhashed_build_args', shape: 'arguments', hashed: false },
  target: { key: 'target', shape: 'text', hashed: true },
  labels: { key: 'labels', shape: 'map', hashed: true },
  network: { key: 'network', shape: 'text', hashed: true },
  extraHosts: { key: 'extra_hosts', shape: 'map', hashed: true },
  shmSize: { key: 'shm_size', shape: 'text', hashed: true },
  ulimits: { key: 'ulimits', shape: 'map', hashed: true },
  secrets: { key: 'secrets', shape: 'secrets', hashed: true },
  ssh: { key: 'ssh', shape: 'ssh', hashed: true },
  cacheFrom: { key: 'cache_from', shape: 'cacheSources', hashed: false },
  cacheTo: { key: 'cache_to', shape: 'cacheTargets', hashed: false },
  noCache: { key: 'no_cache', shape: 'flag', hashed: false },
  pull: { key: 'pull', shape: 'flag', hashed: false },
  builder: { key: 'builder', shape: 'text', hashed: false },
} as const satisfies Readonly<Record<string, OptionRow>>;

interface OptionRow {
  readonly key: string;
  readonly shape: Shape;
  readonly hashed: boolean;
}

/** The values that an option can have, with strings of the type S. */
export interface Shapes<S> {
  readonly text: S | null;
  readonly map: ReadonlyMap<string, S>;
  /** A map whose nulls are already taken from the environment; those that are unset there are absent. */
  readonly arguments: ReadonlyMap<string, S>;
  readonly cacheSources: readonly S[];
  readonly cacheTargets: readonly S[];
  readonly flag: boolean;
  /** Hashed by their ids. */
  readonly secrets: readonly BuildSecret[];
  readonly ssh: readonly BuildSsh[];
}

export type Shape = keyof Shapes<unknown>;

type Table = typeof BUILD_OPTIONS;

export type OptionName = keyof Table;

/** The options of a build. Its strings are `Text` in a manifest, and `string` once they are final. */
export type BuildOptions<S> = {
  readonly [N in OptionName]: Shapes<S>[Table[N]['shape']];
};

/** Those that the hash covers. */
export type HashedOptions = Pick<
  BuildOptions<string>,
  { [N in OptionName]: Table[N]['hashed'] extends true ? N : never }[OptionName]
>;

/** Names and rows, in the order of the table. */
export const OPTION_ROWS = Object.entries(BUILD_OPTIONS) as readonly (readonly [
  OptionName,
  OptionRow,
])[];

/** Options made row by row. */
export function makeOptions<S>(
  make: (name: OptionName, row: OptionRow) => Shapes<S>[Shape],
): BuildOptions<S> {
  const made = OPTION_ROWS.map(([name, row]) => [name, make(name, row)]);
  return Object.fromEntries(made) as BuildOptions<S>;
}

/** The same options with other strings. */
export function mapOptions<S, T>(options: BuildOptions<S>, map: (text: S) => T): BuildOptions<T> {
  const mapped = mappers(map);
  const mapAs = <H extends Shape>(shape: H, value: Shapes<S>[Shape]): Shapes<T>[H] =>
    mapped[shape](value as Shapes<S>[H]);
  return makeOptions((name, { shape }) => mapAs(shape, options[name]));
}

type Mappers<S, T> = { readonly [H in Shape]: (value: Shapes<S>[H]) => Shapes<T>[H] };

function mappers<S, T>(map: (text: S) => T): Mappers<S, T> {
  const entries = (texts: ReadonlyMap<string, S>) =>
    new Map([...texts].map(([key, text]): [string, T] => [key, map(text)]));
  return {
    text: (text) => (text === null ? null : map(text)),
    map: entries,
    arguments: entries,
    cacheSources: (texts) => texts.map(map),
    cacheTargets: (texts) => texts.map(map),
    flag: (flag) => flag,
    secrets: (secrets) => secrets,
    ssh: (ssh) => ssh,
  };
}

/** A value for `RUN --mount=type=secret`: from the environment or from a file, never in an argv. */
export interface BuildSecret {
  readonly id: string;
  readonly from:
    | { readonly env: string /** Null: unset. */; readonly value: string | null }
    | { /** Absolute. */ readonly file: string };
}

export interface BuildSsh {
  readonly id: string;
  /** Sockets or key files, absolute; empty: the agent of the environment. */
  readonly paths: readonly string[];
}
