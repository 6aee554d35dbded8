import { HUB } from '../../model/hub.ts';
import { secretsInName } from '../../model/login-in-address.ts';
import type { Image } from '../../model/manifest.ts';
import { homeReferenceOf, referencesOf, tagOf } from '../../model/naming.ts';
import { isTag, parseReference } from '../../model/reference.ts';
import type { Home } from '../../model/registry.ts';
import type { Findings, Mistake } from '../findings.ts';
import type { Fields } from './fields.ts';

const ANY_HASH = '0'.repeat(64);

/** Checks that docker can take an image's name and tag, and that they name what is meant. */
export function checkReferences(image: Image, fields: Fields, findings: Findings): void {
  const isGiven = fields.get('name') !== null;
  const name = nameMistake(image, isGiven);
  const version = versionMistake(image);
  if (name !== null) blame('name', name);
  if (version !== null) blame('version', version);
  if (name !== null || version !== null) return;
  const whole = serverTwice(image) ?? badWhole(image, isGiven) ?? wrongServer(image);
  if (whole !== null) blame('name', whole);
  const tags = tagsMistake(image);
  if (tags !== null) blame('tags', tags);

  function blame(key: string, mistake: Mistake): void {
    const value = fields.get(key);
    if (value === null) findings.add(image.place, mistake);
    else findings.reject(value, mistake);
  }
}

function nameMistake({ name }: Image, given: boolean): Mistake | null {
  const lastPart = name.slice(name.lastIndexOf('/') + 1);
  if (parseReference(name) !== null && !/[:@]/.test(lastPart)) return null;
  const lower = isLowerCaseAllThatLacks(name) ? lowerCase(name, given) : null;
  return lower ?? { code: 'bad-reference', ...notAName(name, lastPart, given) };
}

function notAName(name: string, lastPart: string, given: boolean) {
  const message = `\`${name}\` is not a repository name`;
  const advice = () => {
    const scheme = /^[a-z]+:\/\//i.exec(name)?.[0];
    if (secretsInName(name).length > 0)
      return 'a name and a password are keys of a registry: `username` and `password`';
    if (scheme !== undefined) return `write it without \`${scheme}\``;
    if (name.includes('@')) return 'a digest cannot be named here';
    if (lastPart.includes(':')) return 'the tag is a key of its own: `version`';
    if (/\s/.test(name)) return 'a name has no blanks';
    if (name.startsWith('/') || name.endsWith('/') || name.includes('//'))
      return 'single slashes stand between the parts of a name, and nowhere else';
    if (isTooLong(name)) return LENGTH;
    const rule = 'lower-case letters, digits, and single dots, dashes or underscores between them';
    return given ? `a name is ${rule}` : `give the image a \`name\`: ${rule}`;
  };
  return { message, advice: advice() };
}

/** True where docker would take the name, were it not for its capitals. */
function isLowerCaseAllThatLacks(name: string): boolean {
  const lower = name.toLowerCase();
  return (
    lower !== name && parseReference(lower) !== null && !/[:@]/.test(lower.split('/').at(-1) ?? '')
  );
}

function lowerCase(name: string, given: boolean): Mistake {
  const lower = name.toLowerCase();
  return {
    code: 'bad-reference',
    message: `\`${name}\` is not a repository name: it must be lower-case`,
    advice: given ? `write \`${lower}\`` : `give the image a \`name\`: \`${lower}\``,
  };
}

const LENGTH = 'a repository name, its server included, has 255 characters at most';

function isTooLong(name: string): boolean {
  const parts = name.split('/');
  // Each part by itself is good, and a shorter name would be.
  return parts.every((part) => parseReference(`x/${part.slice(0, 100)}`) !== null);
}

function versionMistake(image: Image): Mistake | null {
  const { version } = image;
  if (version === null) return null;
  if (!isTag(version)) return notATag(version);
  const tag = tagOf(image, ANY_HASH) ?? '';
  if (isTag(tag)) return null;
  return {
    code: 'bad-reference',
    message: `with the hash the tag has ${tag.length} characters; docker takes 128`,
    advice: 'shorten `version` or `hash_len`',
  };
}

function notATag(tag: string): Mistake {
  return { code: 'bad-reference', message: `\`${tag}\` is not a tag`, advice: tagAdvice(tag) };
}

function tagAdvice(tag: string): string {
  if (tag.length > 128) return `it has ${tag.length} characters; docker takes 128`;
  return 'a tag is up to 128 letters, digits, dots, dashes and underscores, not beginning with a dot or dash';
}

/** A further tag must be one, and must not be the image's own: that one never moves. */
function tagsMistake(image: Image): Mistake | null {
  const bad = image.tags.find((tag) => !isTag(tag));
  if (bad !== undefined) return notATag(bad);
  const own = image.withHash ? null : (tagOf(image, null) ?? 'latest');
  if (own === null || !image.tags.includes(own)) return null;
  return {
    code: 'own-tag',
    message: `\`${own}\` is the tag that the image has already`,
    advice: 'leave it out of `tags`, or tell the two apart by `version` or `with_hash`',
  };
}

function serverTwice({ homes, prependServer, name }: Image): Mistake | null {
  const servers = homes.map(({ registry }) => registry.server);
  const server = servers.find((each) => each !== null && name.startsWith(`${each}/`));
  if (!server || !prependServer) return null;
  return {
    code: 'server-twice',
    message: `\`name\` begins with ${server}, which is put before it once more`,
    advice: 'write `prepend_server: false`, or the name without the server',
  };
}

/** A name that is good by itself need not be with its server before it. */
function badWhole(image: Image, given: boolean): Mistake | null {
  const bad = referencesOf(image, ANY_HASH).find((reference) => parseReference(reference) === null);
  if (!bad) return null;
  // `Owner/app` alone has a server called `Owner`.
  if (parseReference(bad.toLowerCase()) !== null && image.name !== image.name.toLowerCase())
    return lowerCase(image.name, given);
  return {
    code: 'bad-reference',
    message: `\`${bad}\` is not a reference that docker takes`,
    advice: LENGTH,
  };
}

/** What is pushed to a registry must go to its server, and to no other one. */
function wrongServer(image: Image): Mistake | null {
  for (const home of image.homes) {
    const mistake = wrongServerOf(image, home);
    if (mistake !== null) return mistake;
  }
  return null;
}

function wrongServerOf(image: Image, home: Home): Mistake | null {
  const { name } = image;
  const { registry } = home;
  const actual = parseReference(homeReferenceOf(image, home, ANY_HASH))?.server;
  if (actual === undefined) return null;
  const wanted = parseReference(`${registry.server ?? HUB}/image`)?.server;
  if (wanted === undefined || actual === wanted) return null;
  return {
    code: 'wrong-server',
    message: `\`${name}\` is on ${actual}, but the registry \`${registry.key}\` is ${wanted}`,
    advice: image.prependServer
      ? `name a registry whose server is ${actual}`
      : image.homes.length > 1
        ? 'write `prepend_server: true`, and the name without a server: each registry then has its own'
        : `begin the name with \`${wanted}/\`, or write \`prepend_server: true\``,
  };
}
