import { canonicalJson, type Json, sha256 } from '../files/canonical.ts';

/**
 * Everything that goes into a build, as it is hashed: docs/hash.md. A key that the image does not
 * use is absent, so that a new key never changes the hash of those who don't use it.
 */
export interface BuildInputs {
  /** SHA-256 of the Dockerfile's bytes, hex. */
  readonly dockerfile: string;
  /** SHA-256 of the file list, hex. */
  readonly files: string;
  /** Normalised, at least one. */
  readonly platforms: readonly string[];
  readonly buildArgs?: ReadonlyMap<string, string>;
  /** What a Dockerfile calls the parent, to its hash or (not built here) its reference. */
  readonly parents?: ReadonlyMap<string, string>;
  readonly metadata?: string | ReadonlyMap<string, string> | null;
  readonly interval?: { readonly every: number; readonly epoch: number } | null;
  readonly target?: string | null;
  readonly network?: string | null;
  readonly shmSize?: string | null;
  readonly labels?: ReadonlyMap<string, string>;
  readonly ulimits?: ReadonlyMap<string, string>;
  readonly extraHosts?: ReadonlyMap<string, string>;
  /** Name to the file list's hash of a folder, or the string given. */
  readonly additionalContexts?: ReadonlyMap<string, string>;
  /** Ids only. */
  readonly secrets?: readonly string[];
  readonly ssh?: readonly string[];
}

const FORMAT = 'docker-ensure/inputs/v1';

/** The inputs document and its SHA-256, the input hash. */
export function inputsDocument(inputs: BuildInputs): { document: string; hash: string } {
  const record = withoutUnused({
    format: FORMAT,
    dockerfile: inputs.dockerfile,
    files: inputs.files,
    platforms: uniqueSorted(inputs.platforms),
    build_args: inputs.buildArgs,
    parents: inputs.parents,
    metadata: inputs.metadata,
    interval: inputs.interval ?? undefined,
    target: inputs.target,
    network: inputs.network,
    shm_size: inputs.shmSize,
    labels: inputs.labels,
    ulimits: inputs.ulimits,
    extra_hosts: inputs.extraHosts,
    additional_contexts: inputs.additionalContexts,
    secrets: inputs.secrets && uniqueSorted(inputs.secrets),
    ssh: inputs.ssh && uniqueSorted(inputs.ssh),
  });
  const document = canonicalJson(record);
  return { document, hash: sha256(document) };
}

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
