import {
  type AdditionalContext,
  type BoundParent,
  imageInContext,
  type ResolvedBuild,
} from '../model/resolved.ts';
import { familiar } from './argv.ts';
import { secretEnvironment } from './build-options.ts';
import { callArgv, optionArgv, plainArgv } from './option-table.ts';
import type { BuildRequest } from './port.ts';

/**
 * A single build, for what `bake` cannot be told. Build arguments are named only; docker takes their
 * values from the environment (see `buildEnvironment`), where no process list shows them. For the same
 * reason the image does not get its inputs document as a label, only the hash.
 */
export function buildArgv(
  { build, names, staged }: BuildRequest,
  offline: boolean,
  located: Located = new Map(),
): string[] {
  return [
    'buildx',
    'build',
    ...callArgv(build),
    '--load',
    ...names.flatMap((name) => ['--tag', name]),
    ...['--progress', 'rawjson'],
    ...['--metadata-file', staged.metadataFile],
    ...['--file', staged.dockerfile],
    ...['--platform', build.platforms.join(',')],
    ...optionArgv('--build-arg', namedArguments(build, located)),
    ...optionArgv('--build-context', contextsOf(build, staged.additionalContexts, located)),
    ...plainArgv(build, offline),
    '--',
    staged.context,
  ];
}

/** The variables that the argv of a build refers to by name. */
export function buildEnvironment(build: ResolvedBuild): Record<string, string> {
  const args = [...build.buildArgs, ...build.unhashedBuildArgs];
  return { ...Object.fromEntries(args), ...secretEnvironment([build]) };
}

/** Where an image is to be taken from, in the place of the name that a build has for it. */
export type Located = ReadonlyMap<string, string>;

/**
 * The named contexts of a build: images, then its additional contexts, by name. `targets`: by key, the
 * images that are built in the same call, as contexts.
 */
export function contextsOf(
  build: ResolvedBuild,
  folders: ReadonlyMap<string, string>,
  located: Located,
  targets: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const contexts = new Map(
    build.parents.flatMap((parent) => {
      const target = targets.get(parent.key);
      if (target === undefined) return parentContexts(parent, located);
      return parent.contexts.map((name): [string, string] => [name, target]);
    }),
  );
  for (const [name, parent] of build.unseen ?? []) {
    const ref = parent === null ? barred(build, name) : (located.get(parent.ref) ?? parent.ref);
    contexts.set(name, targets.get(parent?.key ?? '') ?? imageContext(ref));
  }
  for (const name of build.baseImages) {
    const place = located.get(name);
    if (place !== undefined) contexts.set(name, imageContext(place));
  }
  for (const [name, context] of build.additionalContexts)
    contexts.set(
      name,
      additionalContext(build, context, { folder: folders.get(name), located, targets }),
    );
  return contexts;
}

interface ContextPlaces {
  /** Where the files of a folder have been laid out. */
  readonly folder: string | undefined;
  readonly located: Located;
  readonly targets: ReadonlyMap<string, string>;
}

function additionalContext(
  build: ResolvedBuild,
  context: AdditionalContext,
  { folder, located, targets }: ContextPlaces,
): string {
  const image = imageInContext(context);
  // A parent by its reference, as `${images.KEY.ref}` has it, may not be here before the build is over.
  const parent = build.parents.find(({ ref }) => ref === image);
  const target = targets.get(parent?.key ?? '');
  if (target !== undefined) return target;
  const place = image === null ? undefined : located.get(image);
  if (place !== undefined) return imageContext(place);
  return context.kind === 'remote' ? context.source : (folder ?? context.files.directory);
}

/** The images that docker would fetch from a registry for a build, where they are not here. */
export function imagesToPull(build: ResolvedBuild): string[] {
  const contexts = [...build.additionalContexts.values()].flatMap(
    (context) => imageInContext(context) ?? [],
  );
  const bases = build.baseImages.filter((name) => name !== 'scratch');
  return [...new Set([...bases, ...contexts, ...(build.syntax === null ? [] : [build.syntax])])];
}

/** https://docs.docker.com/build/buildkit/frontend/ */
const SYNTAX = 'BUILDKIT_SYNTAX';

/** The build's arguments; the frontend is taken from where it is here. */
export function buildArguments(build: ResolvedBuild, located: Located): Map<string, string> {
  const args = new Map([...build.buildArgs, ...build.unhashedBuildArgs]);
  const syntax = located.get(build.syntax ?? '');
  return syntax === undefined ? args : args.set(SYNTAX, syntax);
}

/** The same for an argv: by name, but for the frontend, whose value is no secret. */
function namedArguments(build: ResolvedBuild, located: Located): string[] {
  const syntax = located.get(build.syntax ?? '');
  return [...buildArguments(build, located).keys()].map((name) =>
    name === SYNTAX && syntax !== undefined ? `${SYNTAX}=${syntax}` : name,
  );
}

/**
 * A parent whose name already means its reference needs no context; sparing it lets engines older
 * than 23, which know no named contexts, build such an image.
 */
function parentContexts({ contexts, ref }: BoundParent, located: Located): [string, string][] {
  const place = located.get(ref);
  if (place !== undefined) return contexts.map((name) => [name, imageContext(place)]);
  return contexts
    .filter((name) => familiar(name) !== familiar(ref))
    .map((name) => [name, imageContext(ref)]);
}

/** What stands for a name that a build must not ask for: nothing can listen on port 0. */
function barred({ unseen }: ResolvedBuild, name: string): string {
  return `${BARRED}:${[...(unseen?.keys() ?? [])].indexOf(name)}`;
}

const BARRED = '127.0.0.1:0/docker-ensure-barred';

/** The name that a build has asked for and must not, by what it said; null for none. */
export function barredName({ unseen }: ResolvedBuild, lines: readonly string[]): string | null {
  const index = new RegExp(`${BARRED}:(\\d+)`).exec(lines.join('\n'))?.[1];
  return index === undefined ? null : ([...(unseen?.keys() ?? [])][Number(index)] ?? null);
}

function imageContext(ref: string): string {
  return `docker-image://${ref}`;
}
