import { expand } from './expand.ts';
import type { Globals } from './globals.ts';
import type { Instruction } from './instruction.ts';
import { argumentsOf, flagValues, mountOptions, type Word } from './words.ts';

/** A stage of a Dockerfile with what it is made of. */
export interface BuildStage {
  readonly name: string | null;
  /** The FROM instruction. */
  readonly from: Instruction;
  /** The image or stage that it begins with, as it is written. */
  readonly image: Word | null;
  /** The same with its variables replaced; null where that cannot be done. */
  readonly base: string | null;
  /** The `--platform` of the FROM, its variables replaced where they are known; null without one. */
  readonly platform: string | null;
  /** The stage that it begins with; null where that is an image. */
  readonly parent: BuildStage | null;
  /** All but the FROM. */
  readonly instructions: readonly Instruction[];
}

/** All stages of a Dockerfile, in order. `globals` are the variables that a FROM may refer to. */
export function stagesOf(instructions: readonly Instruction[], globals: Globals): BuildStage[] {
  const stages: BuildStage[] = [];
  const starts = instructions.flatMap(({ keyword }, at) => (keyword === 'FROM' ? [at] : []));
  for (const [index, start] of starts.entries()) {
    const from = instructions[start];
    if (from === undefined) continue;
    const { flags, words } = argumentsOf(from);
    const [image = null, as, name] = words;
    const [platform = null] = flagValues({ flags }, 'platform').map(({ text }) => text);
    const expanded = (text: string) =>
      expand(text, (each) => globals.get(each) ?? null, from.escape);
    const base = image && expanded(image.text);
    stages.push({
      name: as?.text.toLowerCase() === 'as' ? (name?.text ?? null) : null,
      from,
      image,
      base,
      // An empty one is none, if no variable has made it so.
      platform: platform ? (expanded(platform) ?? platform) : null,
      parent: stages.findLast((stage) => stage.name?.toLowerCase() === base) ?? null,
      instructions: instructions.slice(start + 1, starts[index + 1] ?? instructions.length),
    });
  }
  return stages;
}

/** The stage that a build is asked for, the last one without a name; undefined where there is none. */
export function targetStage(
  stages: readonly BuildStage[],
  target: string | null,
): BuildStage | undefined {
  if (target === null) return stages.at(-1);
  return stageNamed(stages, target);
}

/**
 * The stages that a build of the target takes, in order: BuildKit leaves out all others. One that
 * `isReplaced`, by a build context of its name, is left out too, with all that only it needs.
 */
export function builtStages(
  stages: readonly BuildStage[],
  target: BuildStage,
  isReplaced: (name: string) => boolean,
): BuildStage[] {
  const built = new Set<BuildStage>();
  const add = (stage: BuildStage | null | undefined): void => {
    if (!stage || built.has(stage) || (stage.name !== null && isReplaced(stage.name))) return;
    built.add(stage);
    add(stage.parent);
    for (const instruction of stage.instructions) {
      for (const name of sourcesOf(instruction)) add(stageMeant(stages, instruction, name));
    }
  };
  add(target);
  return stages.filter((stage) => built.has(stage));
}

/** The stages that a stage begins with, itself first. */
export function chainOf(stage: BuildStage): BuildStage[] {
  return stage.parent === null ? [stage] : [stage, ...chainOf(stage.parent)];
}

/** The stage that `COPY --from=NAME` means. */
export function stageCalled(stages: readonly BuildStage[], name: string): BuildStage | undefined {
  return isNumber(name) ? stages[Number(name)] : stageNamed(stages, name);
}

/** True for what `COPY --from` takes for a stage by its number. */
export function isNumber(name: string): boolean {
  return /^\+?\d+$/.test(name) && Number(name) < 2 ** 63;
}

/** The stage that an instruction means by a name: a mount knows none by number. */
function stageMeant(stages: readonly BuildStage[], { keyword }: Instruction, name: string) {
  return keyword === 'COPY' ? stageCalled(stages, name) : stageNamed(stages, name);
}

function stageNamed(stages: readonly BuildStage[], name: string): BuildStage | undefined {
  return stages.findLast((stage) => stage.name?.toLowerCase() === name.toLowerCase());
}

/** What the `--from` and the mounts of an instruction name. */
export function sourcesOf(instruction: Instruction): string[] {
  if (instruction.keyword === 'COPY') {
    return flagValues(argumentsOf(instruction), 'from').map(({ text }) => text);
  }
  if (instruction.keyword !== 'RUN') return [];
  const mounts = flagValues(argumentsOf(instruction), 'mount');
  return mounts.flatMap((mount) => mountOptions(mount).get('from') ?? []);
}
