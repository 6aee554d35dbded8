import { canonicalJson, type Json, sha256 } from '../files/canonical.ts';
import {
  type BuildOptions,
  type HashedOptions,
  OPTION_ROWS,
  type Shape,
  type Shapes,
} from '../model/build-options.ts';
import type { ImageTest } from '../model/manifest.ts';

/**
 * Everything that goes into a build, as it is hashed: docs/hash.md. A key that the image does not
 * use is absent, so that a new key never changes the hash of those who don't use it.
 */
export interface BuildInputs extends Partial<HashedOptions> {
  /** SHA-256 of the Dockerfile's bytes, hex. */
  readonly dockerfile: string;
  /** SHA-256 of the file list, hex. */
  readonly files: string;
  /** Normalised, at least one. */
  readonly platforms: readonly string[];
  /** What a Dockerfile calls the parent, to its hash or (not built here) its reference. */
  readonly parents?: ReadonlyMap<string, string>;
  readonly metadata?: string | ReadonlyMap<string, string> | null;
  readonly interval?: { readonly every: number; readonly epoch: number } | null;
  /** Name to the file list's hash of a folder, or the string given, without a login. */
  readonly additionalContexts?: ReadonlyMap<string, string>;
  /** The image's tests; those that are hashed count. */
  readonly tests?: readonly Pick<ImageTest, 'hashed' | 'command' | 'entrypoint'>[];
}

/** The value of the document's own key `format`. */
export const FORMAT = 'docker-ensure/inputs/v1';

/** The inputs document and its SHA-256, the input hash. */
export function inputsDocument(inputs: BuildInputs): { document: string; hash: string } {
  const record = withoutUnused({
    format: FORMAT,
    dockerfile: inputs.dockerfile,
    files: inputs.files,
    platforms: uniqueSorted(inputs.platforms),
    parents: inputs.parents,
    metadata: inputs.metadata,
    interval: inputs.interval ?? undefined,
    additional_contexts: inputs.additionalContexts,
    test: hashedTests(inputs.tests),
    ...hashedOptions(inputs),
  });
  const document = canonicalJson(record);
  return { document, hash: sha256(document) };
}

function hashedTests(tests: BuildInputs['tests'] = []): Json {
  return tests
    .filter(({ hashed }) => hashed)
    .map(({ command, entrypoint }) =>
      entrypoint === null
        ? { command: [...command] }
        : { command: [...command], entrypoint: [...entrypoint] },
    );
}

/** The hashed options by their keys in the manifest. */
function hashedOptions(options: Partial<BuildOptions<string>>): Readonly<Record<string, Value>> {
  const hashed = OPTION_ROWS.filter(([, row]) => row.hashed);
  return Object.fromEntries(
    hashed.map(([name, { key, shape }]) => [key, hashedValue(shape, options[name])]),
  );
}

function hashedValue<H extends Shape>(shape: H, value: Shapes<string>[Shape] | undefined): Value {
  const hash: (value: Shapes<string>[H]) => Value = HASHED[shape];
  return value === undefined ? undefined : hash(value as Shapes<string>[H]);
}

const ids = (mounts: readonly { readonly id: string }[]) =>
  uniqueSorted(mounts.map(({ id }) => id));

/** By shape, what stands for a value in the document. */
const HASHED: { readonly [H in Shape]: (value: Shapes<string>[H]) => Value } = {
  text: (text) => text,
  map: (map) => map,
  arguments: (map) => map,
  cacheSources: (caches) => [...caches],
  cacheTargets: (caches) => [...caches],
  // An option that is off is one that is not used.
  flag: (flag) => flag || undefined,
  secrets: ids,
  ssh: ids,
};

type Value = Json | ReadonlyMap<string, string> | undefined;

/** Maps become objects; empty ones, empty lists, null and undefined are left out. */
function withoutUnused(record: Readonly<Record<string, Value>>): Json {
  const used = Object.entries(record).flatMap(([key, value]): [string, Json][] => {
    // fromEntries defines its keys, so that a key called `__proto__` is one like any other.
    const json = value instanceof Map ? Object.fromEntries(value) : (value as Json | undefined);
    return json === undefined || json === null || isEmpty(json) ? [] : [[key, json]];
  });
  return Object.fromEntries(used);
}

function isEmpty(json: Json): boolean {
  return typeof json === 'object' && json !== null && Object.keys(json).length === 0;
}

/** Sorted by UTF-16 code unit, which no locale changes. */
function uniqueSorted(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
