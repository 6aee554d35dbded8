import { resolve } from 'node:path';
import { secretsIn } from '../../model/login-in-address.ts';
import type { Build, DockerfileSource, FilePolicy, ParentKey } from '../../model/manifest.ts';
import type { Place } from '../../model/source.ts';
import type { Text } from '../../model/text.ts';
import { type Entries, entriesOf } from '../tree.ts';
import { readBuildCache } from './build-cache.ts';
import { checkArguments, checkContexts, checkLabels, checkPlatforms } from './build-checks.ts';
import { readOptions } from './build-options.ts';
import type { Context } from './context.ts';
import { checkDockersValues } from './docker-values.ts';
import { Fields } from './fields.ts';
import { readFilePolicy } from './file-policy.ts';
import { readInterval } from './interval.ts';

/** An image's `build`, over the one of `defaults`. */
export function readBuild(own: Entries, defaults: Entries, context: Context): Build {
  const { folder, findings } = context;
  const fields = new Fields(withDefaults(own, defaults), findings);
  const directory = resolve(folder, fields.string('directory') ?? '.');
  const options = readOptions(fields, context);
  for (const text of options.unhashedBuildArgs.values()) keepSecret(text, context);
  const build = {
    ...options,
    directory,
    dockerfile: readDockerfile(fields, directory),
    files: readFilePolicy(fields),
    metadata:
      fields.get('metadata')?.kind === 'mapping'
        ? fields.textMap('metadata')
        : fields.text('metadata'),
    interval: readInterval(fields),
    cache: readBuildCache(fields, context),
    platforms: readPlatforms(fields),
    ...readContexts(fields, context),
    places: placesOf(fields.entries),
  };
  checkArguments(fields.entries, findings);
  checkContexts(fields.entries, findings);
  checkLabels(fields.entries, findings);
  checkPlatforms(fields.entries, findings);
  checkDockersValues(fields.entries, findings);
  // Last, when all texts that may name images were read.
  return { ...build, parents: readParents(fields) };
}

/** The additional contexts, and the `files` of those that are maps. */
function readContexts(
  fields: Fields,
  { secrets }: Context,
): Pick<Build, 'additionalContexts' | 'contextFiles'> {
  const additionalContexts = fields.textMap('additional_contexts');
  for (const [start] of additionalContexts.values())
    if (typeof start === 'string') for (const secret of secretsIn(start)) secrets.add(secret);
  const contextFiles = new Map<string, FilePolicy>();
  for (const [name, { value }] of entriesOf(fields.get('additional_contexts') ?? undefined)) {
    if (value.kind !== 'mapping') continue;
    const own = new Fields(value.entries, fields.findings);
    const directory = own.text('directory');
    if (directory === null) continue;
    additionalContexts.set(name, directory);
    contextFiles.set(name, readFilePolicy(own));
    fields.refs.push(...own.refs);
  }
  return { additionalContexts, contextFiles };
}

/** The parents that are listed, then those of `${images.KEY.ref}`: each once. */
function readParents(fields: Fields): ParentKey[] {
  const listed = fields.strings('parents').map(({ text, place }) => ({ key: text, place }));
  const byKey = new Map<string, ParentKey>();
  for (const parent of [...listed, ...fields.refs]) {
    if (!byKey.has(parent.key)) byKey.set(parent.key, parent);
  }
  return [...byKey.values()];
}

/** One's own Dockerfile replaces the default one, in whichever way either is given. */
function withDefaults(own: Entries, defaults: Entries): Entries {
  const ownDockerfile = own.has('dockerfile') || own.has('dockerfile_inline');
  const kept = [...defaults].filter(([key]) => !(ownDockerfile && key.startsWith('dockerfile')));
  return new Map([...kept, ...own]);
}

function readDockerfile(fields: Fields, directory: string): DockerfileSource {
  const inline = fields.text('dockerfile_inline');
  const file = fields.string('dockerfile');
  const value = fields.get('dockerfile');
  const place = file === null || value === null ? {} : { place: value.place };
  if (inline === null) {
    return { kind: 'file', path: resolve(directory, file ?? 'Dockerfile'), ...place };
  }
  const inlineValue = fields.get('dockerfile_inline');
  if (file !== null && inlineValue !== null) fields.findings.reject(inlineValue, TWO_DOCKERFILES);
  return { kind: 'inline', text: inline };
}

const TWO_DOCKERFILES = {
  code: 'two-dockerfiles',
  message: '`dockerfile` and `dockerfile_inline` are both given',
  advice: 'keep one of them',
} as const;

function readPlatforms(fields: Fields): Text[] | null {
  const platforms = fields.texts('platforms');
  return platforms.length === 0 ? null : platforms;
}

function keepSecret(text: Text, { secrets }: Context): void {
  const [value, ...more] = text;
  if (typeof value === 'string' && value !== '' && more.length === 0) secrets.add(value);
}

/** Where the keys stand, and as `build_args.NAME` the entries of their maps. */
function placesOf(entries: Entries): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const { key, keyPlace, value } of entries.values()) {
    places.set(key, value.kind === 'scalar' ? value.place : keyPlace);
    for (const inner of entriesOf(value).values())
      places.set(`${key}.${inner.key}`, inner.keyPlace);
  }
  return places;
}
