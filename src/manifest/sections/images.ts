import { secretsInName } from '../../model/login-in-address.ts';
import { type Image, REQUIRES } from '../../model/manifest.ts';
import type { Findings } from '../findings.ts';
import { type Entries, type Entry, entriesOf, isNone, type Tree } from '../tree.ts';
import { readBuild } from './build.ts';
import { checkBuildCache } from './build-cache.ts';
import type { Context } from './context.ts';
import { Fields } from './fields.ts';
import { readHomes, readRemotePolicy } from './homes.ts';
import { checkReferences } from './references.ts';
import { readTests } from './tests.ts';

export interface ReadImages {
  readonly images: ReadonlyMap<string, Image>;
  /** The images that something is wrong with: what is said of them is not all known. */
  readonly broken: ReadonlySet<string>;
}

/** The section `images`, with `defaults` applied. */
export function readImages(
  section: Tree | undefined,
  defaults: Tree | undefined,
  context: Context,
): ReadImages {
  const images = new Map<string, Image>();
  const broken = new Set<string>();
  for (const [key, entry] of entriesOf(section)) {
    const read = () => readImage(entry, entriesOf(defaults), context);
    images.set(key, context.findings.within(entry.isOfMatrix === true ? key : null, read));
    if (context.findings.hasBadIn(entry.value)) broken.add(key);
  }
  // A default may be what makes an image what it is.
  const allBroken = defaults !== undefined && context.findings.hasBadIn(defaults);
  return { images, broken: allBroken ? new Set(images.keys()) : broken };
}

function readImage(entry: Entry, defaults: Entries, context: Context): Image {
  const own = entriesOf(entry.value);
  const fields = new Fields(new Map([...defaults, ...own]), context.findings);
  const ownBuild = own.get('build')?.value;
  const build =
    ownBuild?.kind === 'mapping'
      ? readBuild(ownBuild.entries, entriesOf(defaults.get('build')?.value), context)
      : null;
  const policy = readRemotePolicy(fields) ?? 'all';
  const require = fields.string('require');
  const image: Image = {
    key: entry.key,
    place: entry.keyPlace,
    folder: context.folder,
    name: fields.string('name') ?? entry.key,
    version: fields.string('version'),
    withHash: build !== null && fields.flag('with_hash', false),
    hashLength: fields.integer('hash_len', 16),
    forceBuild: fields.flag('force_build', false),
    homes: readHomes(fields, policy, context),
    prependServer: fields.flag('prepend_server', true),
    remotePolicy: policy,
    require: REQUIRES.find((where) => where === require) ?? 'local',
    onRegistryError: fields.string('on_registry_error') === 'build' ? 'build' : 'fail',
    tags: readTags(fields),
    skipChecks: new Set(fields.strings('skip_checks').map(({ text }) => text)),
    tests: readTests(fields, own, build !== null, context),
    build,
  };
  for (const secret of secretsInName(image.name)) context.secrets.add(secret);
  if (isNone(ownBuild)) checkHashNeedsBuild(own, context);
  checkRequireNeedsRegistry(own, fields, image, context.findings);
  checkBuildCache(
    image,
    entriesOf(ownBuild),
    entriesOf(defaults.get('build')?.value),
    context.findings,
  );
  if (!context.findings.isBad(entry.value)) checkReferences(image, fields, context.findings);
  return image;
}

/** A `with_hash` of `defaults` is not meant for images that are not built here; one's own is. */
function checkHashNeedsBuild(own: Entries, { findings }: Context): void {
  const fields = new Fields(own, findings);
  const value = fields.get('with_hash');
  if (value === null || !fields.flag('with_hash', false)) return;
  findings.reject(value, {
    code: 'hash-without-build',
    message: '`with_hash` needs a `build`: there is nothing to hash',
    advice: 'give the image a `build`, or remove `with_hash`',
  });
}

/** A `require` of `defaults` is not meant for images that no registry has; one's own is. */
function checkRequireNeedsRegistry(
  own: Entries,
  fields: Fields,
  image: Image,
  findings: Findings,
): void {
  const value = new Fields(own, findings).get('require');
  if (value === null || image.require === 'local' || fields.isBad('registry')) return;
  if (image.homes.some(({ remotePolicy }) => remotePolicy !== 'none')) return;
  const why =
    image.homes.length === 0
      ? 'the image has no `registry`'
      : '`remote_policy: none` keeps it from every registry';
  findings.reject(value, {
    code: 'require-without-registry',
    message: `\`require: ${image.require}\` cannot be met: ${why}`,
    advice: 'give the image a registry that it may be pushed to, or write `require: local`',
  });
}

function readTags(fields: Fields): string[] {
  const tags = fields.strings('tags').filter(({ text }) => text !== '');
  return [...new Set(tags.map(({ text }) => text))];
}
