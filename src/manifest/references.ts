import type { Image } from '../model/manifest.ts';
import { referenceOf, registryReferenceOf, tagOf } from '../model/naming.ts';
import { isTag, parseReference } from '../model/reference.ts';
import type { Fields } from './fields.ts';
import type { Findings, Mistake } from './findings.ts';

const ANY_HASH = '0'.repeat(64);

/** Checks that docker can take an image's name, tag and references. The first mistake is reported. */
export function checkReferences(image: Image, fields: Fields, findings: Findings): void {
  const nameFault = nameMistake(image, fields.get('name') !== null);
  const versionFault = versionMistake(image);
  if (nameFault !== null) blame('name', nameFault);
  if (versionFault !== null) blame('version', versionFault);
  if (nameFault !== null || versionFault !== null) return;
  const serverFault = serverMistake(image);
  if (serverFault !== null) blame('name', serverFault);

  function blame(key: string, mistake: Mistake): void {
    const value = fields.get(key);
    if (value === null) findings.add(image.place, mistake);
    else findings.reject(value, mistake);
  }
}

function nameMistake({ name }: Image, given: boolean): Mistake | null {
  const lastPart = name.slice(name.lastIndexOf('/') + 1);
  if (parseReference(name) !== null && !/[:@]/.test(lastPart)) return null;
  const advice = () => {
    if (name.includes('@')) return 'a digest cannot be named here';
    if (lastPart.includes(':')) return 'the tag is a key of its own: `version`';
    const rule = 'lower-case letters, digits, and single dots, dashes or underscores between them';
    return given ? `a name is ${rule}` : `give the image a \`name\`: ${rule}`;
  };
  return {
    code: 'bad-reference',
    message: `\`${name}\` is not a repository name`,
    advice: advice(),
  };
}

function versionMistake(image: Image): Mistake | null {
  const { version } = image;
  if (version === null) return null;
  if (!isTag(version)) {
    return {
      code: 'bad-reference',
      message: `\`${version}\` is not a tag`,
      advice:
        'a tag is up to 128 letters, digits, dots, dashes and underscores, not beginning with a dot or dash',
    };
  }
  const tag = tagOf(image, ANY_HASH) ?? '';
  if (isTag(tag)) return null;
  return {
    code: 'bad-reference',
    message: `with the hash the tag has ${tag.length} characters; docker takes 128`,
    advice: 'shorten `version` or `hash_len`',
  };
}

/** An image must end up on the registry that it says: on its server, and on no other one. */
function serverMistake(image: Image): Mistake | null {
  const { registry, name } = image;
  const local = parseReference(referenceOf(image, ANY_HASH));
  const remote = registryReferenceOf(image, ANY_HASH);
  if (local === null) return tooLong(name);
  if (registry === null || remote === null) return null;
  const parsed = parseReference(remote);
  const wanted = registry.server ?? 'docker.io';
  if (registry.server !== null && image.prependServer && name.startsWith(`${registry.server}/`)) {
    return {
      code: 'server-twice',
      message: `\`name\` begins with ${registry.server}, which is put before it once more`,
      advice: 'write `prepend_server: false`, or the name without the server',
    };
  }
  if (parsed === null) return tooLong(remote);
  if (parsed.server === wanted.replace(/^index\.(?=docker\.io$)/, '')) return null;
  return {
    code: 'wrong-server',
    message: `\`${name}\` is on ${parsed.server}, but the registry \`${registry.key}\` is ${wanted}`,
    advice: image.prependServer
      ? `name a registry whose server is ${parsed.server}`
      : `begin the name with \`${wanted}/\`, or write \`prepend_server: true\``,
  };
}

function tooLong(reference: string): Mistake {
  return {
    code: 'bad-reference',
    message: `\`${reference}\` is not a reference that docker takes`,
    advice: 'a repository name, its server included, has 255 characters at most',
  };
}
