import { stringify } from 'yaml';
import { OPTION_ROWS, type Shape, type Shapes } from '../model/build-options.ts';
import { isRemoteContext } from '../model/contexts.ts';
import {
  type Build,
  type BuildCache,
  DEFAULT_TEST_TIMEOUT_MS,
  type Image,
  type ImageTest,
  type Manifest,
} from '../model/manifest.ts';
import { type Credentials, DEFAULT_LIMITS, type Registry } from '../model/registry.ts';
import type { Text } from '../model/text.ts';
import type { Redact } from './redact.ts';
import {
  duration,
  filePolicy,
  interval,
  list,
  literal,
  MASK,
  mapped,
  masked,
  type Written,
} from './written.ts';

interface ManifestOptions {
  readonly only: string | null;
  readonly redact: Redact;
  readonly relative: (from: string, to: string) => string;
}

/**
 * A manifest as it could have been written without `defaults` and variables: it is valid in the same folder, and
 * its images have the same hashes. What is not used, or as it is anyway, is left out. Secrets are masked.
 *
 * `only`: the key of the one image that is wanted; null for all of them. `relative`: `path.relative`.
 */
export function formatManifest(
  format: 'yaml' | 'json',
  manifest: Manifest,
  { only, redact, relative }: ManifestOptions,
): string {
  const images = [...manifest.images.values()].filter(({ key }) => only === null || key === only);
  const used = new Set(images.flatMap(({ homes }) => homes.map(({ registry }) => registry)));
  const registries = [...manifest.registries.values()].filter(
    (registry) => only === null || used.has(registry),
  );
  const writer = new Writer(manifest.folder, redact, relative);
  const groups = [...manifest.entries, ...manifest.groups].filter(
    ([name, keys]) => only === null && keys.length > 0 && !manifest.images.has(name),
  );
  const document = {
    registries: mapped(registries.map((each) => [each.key, writer.registry(each)])),
    images: mapped(images.map((each) => [each.key, writer.image(each)])),
    groups: mapped(groups),
  };
  return format === 'yaml'
    ? stringify(document, { lineWidth: 0 })
    : `${JSON.stringify({ format: 'docker-ensure/config/v1', ...document }, null, 2)}\n`;
}

/** One key, or a list; entries say what may be done there where the image says otherwise. */
function registryOf({ homes, remotePolicy: policy }: Image): Written {
  const entries = homes.map(({ registry: { key }, remotePolicy }) =>
    remotePolicy === policy ? key : { registry: key, remote_policy: remotePolicy },
  );
  const [first] = entries;
  return entries.length === 1 && typeof first === 'string' ? first : list(entries);
}

class Writer {
  readonly #folder: string;
  readonly #redact: Redact;

  readonly #relative: ManifestOptions['relative'];

  constructor(folder: string, redact: Redact, relative: ManifestOptions['relative']) {
    this.#folder = folder;
    this.#redact = redact;
    this.#relative = relative;
  }

  registry({ server, credentials, limits }: Registry): Written {
    const { retries, timeoutMs, maxConcurrent } = limits;
    return {
      server: server ?? undefined,
      ...(credentials === null ? {} : this.#credentials(credentials)),
      retries: retries ?? undefined,
      timeout: timeoutMs === DEFAULT_LIMITS.timeoutMs ? undefined : duration(timeoutMs / 1000),
      max_concurrent: maxConcurrent ?? undefined,
    };
  }

  /** A user name that lacks a variable stays as it is written, so that a run can still say what it lacks. */
  #credentials(credentials: Credentials): { readonly [key: string]: Written } {
    if ('lacking' in credentials) return { username: credentials.username, password: MASK };
    const { username, password } = credentials;
    return 'value' in password
      ? { username: this.#value(username), password: MASK }
      : { username: this.#value(username), password_command: password.command.map(this.#value) };
  }

  image(image: Image): Written {
    const { homes, build } = image;
    const mayRequire = homes.some(({ remotePolicy }) => remotePolicy !== 'none');
    return {
      name: image.name === image.key ? undefined : literal(image.name),
      version: image.version === null ? undefined : literal(image.version),
      with_hash: image.withHash || undefined,
      hash_len: image.hashLength === 16 ? undefined : image.hashLength,
      force_build: image.forceBuild || undefined,
      registry: registryOf(image),
      prepend_server: image.prependServer ? undefined : false,
      remote_policy: image.remotePolicy === 'all' ? undefined : image.remotePolicy,
      require: image.require === 'local' || !mayRequire ? undefined : image.require,
      on_registry_error: image.onRegistryError === 'fail' ? undefined : image.onRegistryError,
      tags: list(image.tags.map(literal)),
      skip_checks: list([...image.skipChecks]),
      test: list(image.tests.map(this.#test)),
      build: build === null ? undefined : this.#build(build, image.folder),
    };
  }

  readonly #test = (test: ImageTest): Written => ({
    command: test.command.map(this.#value),
    entrypoint: test.entrypoint?.map(this.#value),
    env: mapped([...test.env].map(([name, text]) => [name, this.#value(text)])),
    mounts: list(
      test.mounts.map(({ source, target }) => `${this.#path(source)}:${literal(target)}`),
    ),
    network: test.network === 'none' ? undefined : literal(test.network),
    timeout:
      test.timeoutMs === DEFAULT_TEST_TIMEOUT_MS ? undefined : duration(test.timeoutMs / 1000),
    hashed: test.hashed || undefined,
  });

  #build(build: Build, folder: string): Written {
    const directory = this.#relative(this.#folder, build.directory);
    return {
      directory: directory === '' ? undefined : literal(directory),
      ...this.#dockerfile(build),
      parents: list(
        build.parents.flatMap(({ key, foundIn }) => (foundIn === undefined ? key : [])),
      ),
      files: filePolicy(build.files),
      metadata:
        build.metadata instanceof Map
          ? this.#map(build.metadata)
          : this.#text(build.metadata as Text | null),
      interval: build.interval === null ? undefined : interval(build.interval),
      cache: this.#cache(build.cache),
      platforms: list((build.platforms ?? []).map(this.#text)),
      additional_contexts: this.#contexts(build, folder),
      ...Object.fromEntries(
        OPTION_ROWS.map(([name, { key, shape }]) => [key, this.#option(shape, build[name])]),
      ),
      ...(build.unhashedBuildArgs.size === 0
        ? {}
        : { unhashed_build_args: mapped([...build.unhashedBuildArgs.keys()].map(masked)) }),
    };
  }

  #cache(cache: BuildCache | null): Written {
    if (cache === null || cache.kind === 'inline') return cache?.kind;
    const { ref, mode } = cache;
    if (ref === null && mode === 'max') return 'registry';
    return {
      ref: ref === null ? undefined : this.#value(ref),
      mode: mode === 'max' ? undefined : mode,
    };
  }

  #contexts({ additionalContexts, contextFiles }: Build, folder: string): Written {
    const contexts = [...additionalContexts].map(([name, text]): readonly [string, Written] => {
      const policy = contextFiles.get(name);
      const files = policy === undefined ? undefined : filePolicy(policy);
      const directory = this.#context(text, folder);
      return [name, files === undefined ? directory : { directory, files }];
    });
    return mapped(contexts);
  }

  /** A folder of a manifest that is included starts at that one's. */
  #context(text: Text, folder: string): string | undefined {
    const written = this.#text(text);
    const way = this.#relative(this.#folder, folder);
    const isFolder = written !== undefined && !isRemoteContext(written) && !written.startsWith('/');
    return way === '' || !isFolder ? written : `${literal(way)}/${written}`;
  }

  #dockerfile({ directory, dockerfile }: Build): { readonly [key: string]: Written } {
    if (dockerfile.kind === 'inline') return { dockerfile_inline: this.#text(dockerfile.text) };
    const path = this.#relative(directory, dockerfile.path);
    return path === 'Dockerfile' ? {} : { dockerfile: literal(path) };
  }

  #option(shape: Shape, value: Shapes<Text>[Shape]): Written {
    const write: (value: Shapes<Text>[typeof shape]) => Written = this.#options[shape] as never;
    return write(value);
  }

  readonly #options: { readonly [H in Shape]: (value: Shapes<Text>[H]) => Written } = {
    text: (text) => this.#text(text),
    map: (map) => this.#map(map),
    arguments: (map) => this.#map(map),
    cacheSources: (caches) => list(caches.map(this.#text)),
    cacheTargets: (caches) => list(caches.map(this.#text)),
    flag: (flag) => flag || undefined,
    secrets: (secrets) =>
      list(
        secrets.map(({ id, from }) =>
          'env' in from
            ? { id: literal(id), env: literal(from.env) }
            : { id: literal(id), src: this.#path(from.file) },
        ),
      ),
    ssh: (mounts) =>
      list(
        mounts.map(({ id, paths }) =>
          paths.length === 0 ? literal(id) : `${literal(id)}=${paths.map(this.#path).join(',')}`,
        ),
      ),
  };

  readonly #path = (path: string): string => {
    const short = this.#relative(this.#folder, path);
    // A name that begins with `~` would mean the home folder.
    return literal(short.startsWith('~') ? `./${short}` : short);
  };

  readonly #value = (text: string): string => literal(this.#redact(text));

  readonly #text = (text: Text | null): string | undefined =>
    text
      ?.map((part) =>
        typeof part === 'string' ? this.#value(part) : `\${images.${part.refOf}.ref}`,
      )
      .join('');

  #map(map: ReadonlyMap<string, Text>): Written {
    return map.size === 0
      ? undefined
      : mapped([...map].map(([key, text]) => [key, this.#text(text)]));
  }
}
