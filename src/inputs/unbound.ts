import { type BuildStage, stageCalled } from '../dockerfile/stages.ts';
import { type ImageUse, lookupName } from '../dockerfile/uses.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Image } from '../model/manifest.ts';
import { adviceFor, unboundMessage } from '../model/meaning.ts';
import type { Meaning } from '../model/resolved.ts';
import type { ParentNames } from './parent-names.ts';

/**
 * Names of the manifest's own that a build would not get the right image for: docker would look for them
 * on this machine and in registries, where some older image of that name may be. `uses` are those of the
 * stages that are built.
 */
export function unboundNames(
  image: Image,
  uses: readonly ImageUse[],
  names: ParentNames,
  { stages, contexts }: { stages: readonly BuildStage[]; contexts: Iterable<string> },
): Diagnostic[] {
  const own = new Set([...contexts].map(lookupName));
  const told = new Set<string | null>([null]);
  return uses.flatMap((use): Diagnostic[] => {
    const { name, instruction, place } = use;
    if (name === null || told.has(name) || own.has(name)) return [];
    // Docker finds a later stage too, only to refuse it.
    if (instruction !== 'FROM' && stageCalled(stages, name) !== undefined) return [];
    const found = mistakeIn({ instruction, name, of: image.key }, names.meaningOf(name));
    if (found === null) return [];
    told.add(name);
    return [{ severity: 'error', ...found, place, image: image.key }];
  });
}

function mistakeIn(
  about: { readonly instruction: string; readonly name: string; readonly of: string },
  meaning: Meaning,
): Pick<Diagnostic, 'code' | 'message' | 'advice'> | null {
  switch (meaning.is) {
    case 'shared':
      return {
        code: 'shared-parent-name',
        message: unboundMessage(about, meaning),
        advice: adviceFor(about.name, meaning) ?? '',
      };
    // Its parents were found in the Dockerfile a moment ago.
    case 'undeclared':
      return {
        code: 'dockerfile-changed',
        message: `\`${about.instruction}\` now names \`${about.name}\`, the image \`${meaning.key}\` of this manifest: the Dockerfile has changed since this run has begun`,
        advice: 'run it again',
      };
    default:
      return null;
  }
}
