import type { BuildStage } from '../dockerfile/stages.ts';
import type { TakenStages } from '../dockerfile/taken-stages.ts';
import { triggersIn } from '../dockerfile/triggers.ts';
import { type ImageUse, lookupName, triggeredUses } from '../dockerfile/uses.ts';
import {
  type AdditionalContext,
  type BaseUse,
  type BuildNames,
  imageInContext,
} from '../model/resolved.ts';
import type { ParentNames } from './parent-names.ts';
import { platformsAsked } from './parent-platforms.ts';
import type { Uses } from './parents.ts';

/** What the stages use that a build takes. */
export function reachedUses({ dockerfile, triggered }: Uses, { built }: TakenStages): ImageUse[] {
  return [...dockerfile.uses, ...triggered].filter((use) => built.includes(use.stage));
}

/** A build as its names are read in it. */
interface NamedBuild {
  readonly stages: readonly BuildStage[];
  readonly names: ParentNames;
  readonly contexts: ReadonlyMap<string, AdditionalContext>;
  /** What is built for. */
  readonly platforms: readonly string[];
  /** True where an image has a `build` in the manifest. */
  readonly isBuilt: (key: string) => boolean;
}

/** What a run must know of the names in a build. */
export function buildNames(uses: readonly ImageUse[], build: NamedBuild): BuildNames {
  const { stages, names, contexts, isBuilt } = build;
  const images = new Map(
    [...contexts].map(([name, context]) => [lookupName(name), imageInContext(context)]),
  );
  const platforms = new Map<string, Set<string>>();
  const bases = new Map<string, BaseUse>();
  for (const { name, instruction, platform, stage } of uses) {
    if (name === null) continue;
    const image = images.has(name) ? (images.get(name) ?? null) : name;
    const meaning = names.meaningOf(name);
    const key = meaning.is === 'parent' && !images.has(name) ? meaning.key : null;
    if (key !== null) {
      const others = platforms.get(key) ?? [];
      platforms.set(key, new Set([...others, ...platformsAsked(platform, build.platforms)]));
    }
    if (instruction !== 'FROM' || image === null || (key !== null && isBuilt(key))) continue;
    const askedBy = (onBuild: readonly string[]) =>
      triggeredUses(triggersIn(onBuild, image), stage, stages);
    if (!bases.has(image)) bases.set(image, { name: image, parent: key, askedBy });
  }
  // What a stage or a context is called never means an image.
  const taken = new Set([...images.keys(), ...stages.map(({ name }) => name?.toLowerCase())]);
  const isFree = (name: string) => !taken.has(name);
  return {
    meaningOf: (name) => names.meaningOf(name),
    namesOf: (key) => names.namesOf(key).filter(isFree),
    others: () => names.unbound.filter(isFree),
    bases: names.hasOthers ? [...bases.values()] : [],
    platforms: new Map([...platforms].map(([key, asked]) => [key, [...asked]])),
  };
}
