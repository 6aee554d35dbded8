import { type BuildStage, stageCalled } from '../dockerfile/stages.ts';
import { type ImageUse, lookupName } from '../dockerfile/uses.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Image } from '../model/manifest.ts';
import { adviceFor, unboundMessage } from '../model/meaning.ts';
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
    const { name, instruction } = use;
    if (name === null || told.has(name) || own.has(name)) return [];
    // Docker finds a later stage too, only to refuse it.
    if (instruction !== 'FROM' && stageCalled(stages, name) !== undefined) return [];
    const meaning = names.meaningOf(name);
    const advice = adviceFor(name, meaning);
    if (advice === null) return [];
    told.add(name);
    const about = { instruction, name, of: image.key };
    return [
      {
        severity: 'error',
        code: meaning.is === 'shared' ? 'shared-parent-name' : 'undeclared-parent',
        message: unboundMessage(about, meaning),
        advice,
        place: use.place,
        image: image.key,
      },
    ];
  });
}
