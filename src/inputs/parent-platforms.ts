import { type ImageUse, lookupName } from '../dockerfile/uses.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Image } from '../model/manifest.ts';
import { fitsPlatform, normalizePlatform } from '../model/platform.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import type { ParentNames } from './parent-names.ts';

/** The platforms that an image is taken for, as far as they are known. */
export function platformsAsked(written: string | null, built: readonly string[]): string[] {
  if (written === null || /^\$\{?TARGETPLATFORM\}?$/.test(written)) return [...built];
  // Docker knows what `$BUILDPLATFORM` is, and whether the image is one for it.
  // A system alone leaves the architecture to the engine.
  const platform = written.includes('$') ? null : normalizePlatform(written);
  return platform === null ? [] : [platform];
}

/**
 * Parents that are built for other platforms than the build takes them for. The classic store would look
 * for the name in a registry then, and take what is there; the containerd store would take the image as it
 * is, and call the result one of the other platform (measured with Engine 26).
 */
export function wrongPlatforms(
  image: Image,
  uses: readonly ImageUse[],
  { names, parents, platforms, contexts }: PlatformsOfBuild,
): Diagnostic[] {
  const replaced = new Set([...contexts].map(lookupName));
  const told = new Set<string>();
  return uses.flatMap(({ name, instruction, platform, place }): Diagnostic[] => {
    if (name === null || replaced.has(name)) return [];
    const meaning = names.meaningOf(name);
    const parent = parents.find(
      ({ image: { key } }) => meaning.is === 'parent' && key === meaning.key,
    );
    const built = parent?.build?.platforms ?? null;
    if (parent === undefined || built === null) return [];
    const lacking = platformsAsked(platform, platforms).filter(
      (wanted) => !built.some((each) => fitsPlatform(each, wanted)),
    );
    const { key } = parent.image;
    if (lacking.length === 0 || told.has(key)) return [];
    told.add(key);
    return [
      {
        severity: 'error',
        code: 'wrong-platform',
        image: image.key,
        message: `\`${instruction}\` takes the parent \`${key}\` of \`${image.key}\` for ${lacking.join(', ')}, but it is built for ${built.join(', ')}`,
        advice: adviceOn(key, name, { built, lacking, isStart: instruction === 'FROM' }),
        place,
      },
    ];
  });
}

interface PlatformsOfBuild {
  readonly names: ParentNames;
  readonly parents: readonly ResolvedImage[];
  /** What is built for. */
  readonly platforms: readonly string[];
  /** The names of the additional contexts. */
  readonly contexts: Iterable<string>;
}

function adviceOn(
  key: string,
  name: string,
  {
    built,
    lacking,
    isStart,
  }: { built: readonly string[]; lacking: readonly string[]; isStart: boolean },
): string {
  const from = `FROM --platform=${built[0]} ${name}`;
  const asItIs = isStart ? `\`${from}\`` : `\`${from} AS stage\`, and \`stage\` here`;
  return `build \`${key}\` for it (\`platforms: [${lacking.join(', ')}]\`), or take it as it is: ${asItIs}`;
}
