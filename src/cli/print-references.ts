import { appendFile } from 'node:fs/promises';
import { resolveImages } from '../inputs/resolve.ts';
import { readServices } from '../manifest/compose-file.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { mainRegistryRef } from '../model/homes.ts';
import { nearest } from '../model/nearest.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { sameVariable } from '../model/variable-name.ts';
import {
  type Format,
  formatComposeOverride,
  formatReferences,
  type NamedReference,
} from '../report/references.ts';
import { readRegistryDigests } from '../run/registry-digests.ts';
import { type Context, EXIT, UsageError } from './context.ts';
import type { GlobalOptions } from './options.ts';
import { chooseImages, loadProject, type Project } from './project.ts';
import { reporter } from './run-report.ts';
import { withRunSession } from './run-session.ts';

/** The options of `refs`. */
export interface RefsOptions {
  readonly format: Format | 'compose';
  readonly registry?: boolean;
  readonly digest?: boolean;
  /** Image keys by the compose services that they are for. */
  readonly services?: ReadonlyMap<string, string>;
}

/** What `refs` does: gives the exit code. */
export async function printReferences(
  names: readonly string[],
  options: RefsOptions,
  global: GlobalOptions,
  context: Context,
): Promise<number> {
  const { format, services } = options;
  if (services !== undefined && format !== 'compose')
    throw new UsageError('--services is for --format compose', 'leave one of them out');
  const project = await loadProject(global, context, 'errors');
  if (project === null) return EXIT.usage;
  const wanted = chooseImages(project, names);
  // Which images a compose file names is known before anything is asked for them.
  const isCompose = format === 'compose';
  const found = isCompose ? await readServices([context.cwd, project.manifest.folder]) : null;
  if (found !== null && 'code' in found) {
    project.report([found]);
    return EXIT.usage;
  }
  const chosen = isCompose ? chooseServices(found, wanted, services) : new Map<string, string>();
  const { manifest, graph, conditions } = project;
  const resolution = await resolveImages(manifest, graph, wanted, conditions);
  project.report(resolution.diagnostics);
  if (hasErrors(resolution.diagnostics)) return EXIT.usage;
  const images = [...manifest.images.keys()].flatMap((key) =>
    wanted.has(key) ? (resolution.images.get(key) ?? []) : [],
  );
  refuseSameNames(images, format);
  const digests =
    options.digest === true ? await askDigests(images, project, global, context) : null;
  if (digests === 'failed') return EXIT.failed;
  const references = images.map((image) => named(image, options, digests));
  const text =
    format === 'compose'
      ? formatComposeOverride(pinned(chosen, references))
      : formatReferences(format, references);
  await write(text, format, context);
  return EXIT.ok;
}

function named(
  resolved: ResolvedImage,
  { registry = false, digest = false }: RefsOptions,
  digests: ReadonlyMap<string, string> | null,
): NamedReference {
  const { image, ref, hash } = resolved;
  const registryRef = mainRegistryRef(resolved);
  const registryRefs = Object.fromEntries(
    resolved.homes.flatMap(({ registry, ref: each }) =>
      registry === null ? [] : [[registry.key, each]],
    ),
  );
  const known = digests?.get(image.key);
  const name = registry || digest ? (registryRef ?? ref) : ref;
  return {
    ...{ key: image.key, ref, registryRef, registryRefs, hash },
    ...(known === undefined ? {} : { digest: known }),
    shown: known === undefined ? name : `${name}@${known}`,
  };
}

/** Two images must not get one variable, nor one the place of the document's own key. */
function refuseSameNames(images: readonly ResolvedImage[], format: RefsOptions['format']): void {
  const keys = images.map(({ image }) => image.key);
  if (format === 'json' && keys.includes('format'))
    throw new UsageError(
      'an image called `format` has no place in the JSON document, whose own key that is',
      'choose another format, or name the images to print',
    );
  const same = ['plain', 'json', 'yaml', 'compose'].includes(format) ? null : sameVariable(keys);
  if (same !== null)
    throw new UsageError(
      `\`${same[0]}\` and \`${same[1]}\` come to the same variable name`,
      'rename one of them, or name the images to print',
    );
}

async function askDigests(
  images: readonly ResolvedImage[],
  project: Project,
  global: GlobalOptions,
  context: Context,
): Promise<ReadonlyMap<string, string> | 'failed'> {
  const emit = reporter({ ...global, quiet: true }, context, project);
  const session = { project, context, emit, jobs: null, retries: null };
  const { digests, failures } = await withRunSession(session, ({ services }) =>
    readRegistryDigests(images, services),
  );
  for (const [image, failure] of failures) emit({ type: 'image-failed', image, failure });
  return failures.size > 0 ? 'failed' : digests;
}

/** The image of each service: those that are named alike, and those that the command line names. */
function chooseServices(
  found: readonly string[] | null,
  wanted: ReadonlySet<string>,
  named: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  if (found === null && named.size === 0)
    throw new UsageError(
      'there is no compose file here, nor beside the manifest',
      'name the services: --services web=app',
    );
  const services = new Map(
    (found ?? []).filter((name) => wanted.has(name)).map((name) => [name, name]),
  );
  for (const [service, key] of named) {
    if (!wanted.has(key)) {
      const near = nearest(key, [...wanted]);
      throw new UsageError(
        `--services: \`${key}\` is none of the images`,
        near === null ? `they are: ${[...wanted].join(', ')}` : `did you mean \`${near}\`?`,
      );
    }
    if (found !== null && !found.includes(service)) {
      const near = nearest(service, found);
      throw new UsageError(
        `--services: the compose file has no service \`${service}\``,
        near === null ? `it has: ${found.join(', ')}` : `did you mean \`${near}\`?`,
      );
    }
    services.set(service, key);
  }
  if (services.size === 0)
    throw new UsageError(
      'no service of the compose file has the name of an image',
      'name them: --services web=app',
    );
  return services;
}

function pinned(
  services: ReadonlyMap<string, string>,
  references: readonly NamedReference[],
): ReadonlyMap<string, NamedReference> {
  const byKey = new Map(references.map((reference) => [reference.key, reference]));
  return new Map(
    [...services].flatMap(([service, key]) => {
      const reference = byKey.get(key);
      return reference === undefined ? [] : [[service, reference] as const];
    }),
  );
}

/** A GitHub job takes its outputs from a file; everybody else reads stdout. */
async function write(
  text: string,
  format: RefsOptions['format'],
  { env, out }: Context,
): Promise<void> {
  const file = format === 'github' ? env.GITHUB_OUTPUT : undefined;
  if (file === undefined || file === '') out(text);
  else await appendFile(file, text);
}
