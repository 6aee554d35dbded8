import { familiarReference, parseReference } from '../model/reference.ts';
import type { Place } from '../model/source.ts';
import type { Instruction } from './instruction.ts';
import { type BuildStage, isNumber, sourcesOf } from './stages.ts';
import { triggersOf } from './triggers.ts';

/** An image that a Dockerfile uses by name. */
export interface ImageUse {
  /** `ONBUILD` and more: a stage of this Dockerfile carries it out for the one that begins with it. */
  readonly instruction: UsingInstruction | `ONBUILD ${'COPY --from' | 'RUN --mount'}`;
  /** As docker looks it up: familiar, without `:latest`; null where a variable hides it. */
  readonly name: string | null;
  /** The instruction's. */
  readonly place: Place;
  /** The stage that it is part of. */
  readonly stage: BuildStage;
  /** The `--platform` of a FROM, as the stage has it; null: the platform that is built for. */
  readonly platform: string | null;
}

type UsingInstruction = 'FROM' | 'COPY --from' | 'RUN --mount';

/** How docker looks an image name up among named contexts: familiar, without `:latest`. */
export function lookupName(name: string): string {
  const reference = parseReference(name);
  return reference === null ? name : familiarReference(reference).replace(/:latest$/, '');
}

/** The images that stages use, in order; stages of their own are none. */
export function imageUses(stages: readonly BuildStage[]): ImageUse[] {
  const earlier = new Set<string>();
  return stages.flatMap((stage): ImageUse[] => {
    const { image, base, name, from, platform } = stage;
    // Docker knows a stage by its small letters here.
    const isImage = image !== null && (base === null || !earlier.has(base));
    const start = isImage ? used('FROM', base, { place: from.place, stage, platform }) : [];
    // A stage's name holds from here on: `FROM base AS base` still uses the image.
    if (name !== null) earlier.add(name.toLowerCase());
    const onBuild = stage.parent === null ? [] : triggersOf(stage.parent);
    return [
      ...start,
      ...onBuild.flatMap((trigger) => usesOf(trigger, 'ONBUILD ', stage, earlier)),
      ...stage.instructions.flatMap((instruction) => usesOf(instruction, '', stage, earlier)),
    ];
  });
}

/** The images that the triggers of an image use in a stage that begins with it. */
export function triggeredUses(
  triggers: readonly Instruction[],
  stage: BuildStage,
  stages: readonly BuildStage[],
): ImageUse[] {
  const earlier = stages.slice(0, stages.indexOf(stage) + 1).flatMap(({ name }) => name ?? []);
  const own = new Set(earlier.map((name) => name.toLowerCase()));
  return triggers.flatMap((trigger) => usesOf(trigger, 'ONBUILD ', stage, own));
}

function usesOf(
  instruction: Instruction,
  prefix: '' | 'ONBUILD ',
  stage: BuildStage,
  earlier: ReadonlySet<string>,
): ImageUse[] {
  const copies = instruction.keyword === 'COPY';
  const where = { place: instruction.place, stage, platform: null };
  return sourcesOf(instruction)
    .filter((name) => !earlier.has(name.toLowerCase()) && !(copies && isNumber(name)))
    .flatMap((name) =>
      used(`${prefix}${copies ? 'COPY --from' : 'RUN --mount'}`, literal(name), where),
    );
}

function used(
  instruction: ImageUse['instruction'],
  name: string | null,
  where: Pick<ImageUse, 'place' | 'stage' | 'platform'>,
): ImageUse[] {
  if (name === 'scratch') return [];
  // Without a name docker refuses it.
  return [{ instruction, name: name === null || name === '' ? null : lookupName(name), ...where }];
}

/** Only a FROM knows variables: docker refuses them, and what could hide them, in all other names. */
function literal(name: string): string | null {
  return /[$'"\\]/.test(name) ? null : name;
}
