import { stageCalled } from '../../dockerfile/stages.ts';
import { type ImageUse, lookupName } from '../../dockerfile/uses.ts';
import { dockerfileName, movingNamesOf, referencesOf } from '../../model/naming.ts';
import type { BoundParent } from '../../model/resolved.ts';
import type { Finding, Subject } from '../subject.ts';

/** Images of the manifest that the Dockerfile seems to mean, by names that it cannot be given them by. */
export function misnamedParents(subject: Subject): Finding[] {
  const told = new Set<string>();
  return unboundUses(subject).flatMap(({ instruction, name, place }): Finding[] => {
    const found = subject.names.meantBy(name, subject.image);
    if (found === null || told.has(name)) return [];
    told.add(name);
    const isParent = subject.build.parents.some(({ key }) => key === found.key);
    return [
      {
        severity: 'warning',
        code: 'misnamed-parent',
        message: isParent
          ? `\`${instruction}\` calls the parent \`${found.key}\` by another name than the build is given it by: docker looks elsewhere for \`${name}\``
          : `\`${instruction}\` names \`${name}\`: if that is to be the image \`${found.key}\` of this manifest, it is not called so, and docker looks elsewhere for it`,
        advice: `call it \`${dockerfileName(found)}\``,
        place,
      },
    ];
  });
}

/** Stages that begin with the image's own reference: with whatever has it, sooner or later the image. */
export function ownBases(subject: Subject): Finding[] {
  const { image, build } = subject;
  const refs = [...(image.withHash ? [] : referencesOf(image, null)), ...movingNamesOf(image)];
  const own = new Set(refs.map(lookupName));
  const isOwn = (name: string) => own.has(name) && build.names.meaningOf(name).is === 'outside';
  const found = unboundUses(subject).find(({ name }) => isOwn(name));
  if (found === undefined) return [];
  const { instruction, name, place } = found;
  return [
    {
      severity: 'warning',
      code: 'own-base',
      message: `\`${instruction}\` names \`${name}\`, a reference of \`${image.key}\` itself: once it is built, the next build starts from it`,
      advice: `name another image, or this one's base by its digest (\`${name}@sha256:…\`)`,
      place,
    },
  ];
}

/** Parents that are listed and that the build has no use for. */
export function unusedParents(subject: Subject): Finding[] {
  const { image, given, build, dockerfile, names } = subject;
  const asked = new Set(dockerfile.uses.map(({ name }) => name));
  // A name that a variable hides may be any of them.
  const listed = given.parents.filter(({ foundIn }) => foundIn === undefined);
  if (listed.length === 0 || asked.has(null)) return [];
  const meant = new Set(unboundUses(subject).map(({ name }) => names.meantBy(name, image)?.key));
  const mentioned = mentionedIn({ ...given, parents: [], places: [] });
  return listed.flatMap(({ key, place }): Finding[] => {
    const bound = build.parents.find((parent) => parent.key === key);
    const used = bound !== undefined && [...asked].some((name) => name && answers(bound, name));
    if (used || meant.has(key) || mentioned.has(key)) return [];
    return [
      {
        severity: 'warning',
        code: 'unused-parent',
        message: `nothing in the build of \`${image.key}\` uses the parent \`${key}\`: it is only waited for, and hashed`,
        advice: `use it, as in \`FROM ${bound?.name ?? key}\`, or remove it from \`parents\``,
        place,
      },
    ];
  });
}

/** The images that the built stages name, less those that the build is given. */
function unboundUses({ build, dockerfile, stages }: Subject) {
  const built = new Set(
    stages.flatMap(({ from, instructions }) => [from, ...instructions].map(({ place }) => place)),
  );
  const contexts = new Set([...build.additionalContexts.keys()].map(lookupName));
  return dockerfile.uses.flatMap(({ name, ...use }): (ImageUse & { name: string })[] => {
    if (name === null || !built.has(use.place) || contexts.has(name)) return [];
    // Docker finds a later stage too, only to refuse it.
    if (stageCalled(dockerfile.stages, name) !== undefined && use.instruction !== 'FROM') return [];
    return build.parents.some((parent) => answers(parent, name)) ? [] : [{ ...use, name }];
  });
}

function answers({ contexts, ref }: BoundParent, name: string): boolean {
  return lookupName(ref) === name || contexts.some((context) => lookupName(context) === name);
}

/** The images of the `${images.KEY.ref}` in a value, however deep. */
function mentionedIn(value: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (typeof value !== 'object' || value === null) return found;
  if ('refOf' in value) found.add(String(value.refOf));
  const inner = value instanceof Map ? value.values() : Object.values(value);
  for (const each of inner) mentionedIn(each, found);
  return found;
}
