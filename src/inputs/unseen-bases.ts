import type { Instruction } from '../dockerfile/instruction.ts';
import type { BuildStage } from '../dockerfile/stages.ts';
import { lookupName } from '../dockerfile/uses.ts';
import { isRemoteContext } from '../model/contexts.ts';
import type { WholeReason } from '../model/file-list.ts';
import type { Build } from '../model/manifest.ts';
import type { ResolvedImage, UnseenBase } from '../model/resolved.ts';
import type { Text } from '../model/text.ts';
import type { ParentNames } from './parent-names.ts';

/** What stages begin with whose ONBUILDs are not known before docker is asked. */
export interface UnseenBases {
  /** Images that docker can be asked about. */
  readonly bases: readonly UnseenBase[];
  /** Where a stage begins with something else: why any file may be copied. */
  readonly whole: WholeReason | null;
}

/** What a base may be beside an image that docker finds by its name. */
interface KnownBases {
  /** The ONBUILDs of parents that stages begin with, as far as their Dockerfiles tell. */
  readonly triggers: ReadonlyMap<BuildStage, readonly Instruction[]>;
  readonly names: ParentNames;
  readonly parents: readonly ResolvedImage[];
  readonly build: Pick<Build, 'additionalContexts'>;
  readonly string: (text: Text) => string;
}

/** Sorts what the stages of a build begin with. */
export function unseenBases(stages: readonly BuildStage[], known: KnownBases): UnseenBases {
  const bases: UnseenBase[] = [];
  for (const stage of stages) {
    const { base, parent, platform, from } = stage;
    if (parent !== null || base === 'scratch' || known.triggers.has(stage)) continue;
    const kind = base ? kindOf(base, known) : 'open';
    if (kind === 'open' || base === null) {
      const message = `the ONBUILDs of ${base || 'what a stage begins with'} may copy any file`;
      return { bases: [], whole: { message, place: from.place } };
    }
    if (kind === 'image') bases.push({ name: base, platform });
  }
  return { bases, whole: null };
}

/** `open`: it is not known beforehand what it copies. */
function kindOf(
  base: string,
  { names, parents, build, string }: KnownBases,
): 'image' | 'folder' | 'open' {
  const name = lookupName(base);
  const [, text] = [...build.additionalContexts].find(([each]) => lookupName(each) === name) ?? [];
  if (text !== undefined) {
    const source = string(text);
    if (!isRemoteContext(source)) return 'folder';
    return source.startsWith('docker-image://') ? 'image' : 'open';
  }
  const meaning = names.meaningOf(name);
  // One of another frontend, or with a Dockerfile that was not understood.
  if (meaning.is === 'parent' && isBuiltHere(meaning.key, parents)) return 'open';
  // Docker's own images that copy everything say so in their tags.
  return /onbuild/i.test(base) ? 'open' : 'image';
}

/** True for a parent with a `build`. */
export function isBuiltHere(key: string, parents: readonly ResolvedImage[]): boolean {
  return parents.some(({ image, build }) => image.key === key && build !== null);
}
