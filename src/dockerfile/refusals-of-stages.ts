import { OPERATING_SYSTEMS } from '../model/operating-systems.ts';
import { parseReference } from '../model/reference.ts';
import type { Place } from '../model/source.ts';
import type { Instruction } from './instruction.ts';
import type { Mistake } from './mistake.ts';
import { mountMistake } from './mounts.ts';
import { unclosedMistake } from './refusals-of-words.ts';
import { type BuildStage, isNumber, sourcesOf, stageCalled } from './stages.ts';
import type { TakenStages } from './taken-stages.ts';
import { argumentsOf, flagValues, type Word } from './words.ts';

/**
 * What docker refuses the stages of a Dockerfile for: their images and platforms, whether it builds them or
 * not, and the options of mounts and the words in those that it builds. Only what all its frontends refuse is a mistake.
 *
 * Rules: https://github.com/moby/buildkit/blob/v0.25.1/frontend/dockerfile/dockerfile2llb/convert.go
 */
export function stageMistakes({ all, built, isReplaced }: Omit<TakenStages, 'target'>): Mistake[] {
  return all.flatMap((stage) => {
    const start = startMistake(stage, isReplaced(stage));
    const others = stage.instructions.flatMap((instruction) => [
      ...copyMistakes(instruction, stage, all),
      ...(built.includes(stage) ? [...mountMistakes(instruction), ...unclosed(instruction)] : []),
    ]);
    return start === null ? [...unclosed(stage.from), ...others] : [start, ...others];
  });
}

function unclosed(instruction: Instruction): Mistake[] {
  const mistake = unclosedMistake(instruction);
  return mistake === null ? [] : [mistake];
}

function startMistake(stage: BuildStage, isReplaced: boolean): Mistake | null {
  const { from, image, base, platform } = stage;
  const place = image?.place ?? from.place;
  if (base === '') {
    return {
      message: `\`FROM ${image?.text}\` names no image: nothing gives its variables a value`,
      advice: 'give them one: a default in an `ARG` before the first `FROM`, or a build argument',
      place,
    };
  }
  const wrong = platform === null ? null : platformMistake(platform, from);
  if (wrong !== null) return wrong;
  if (base === null || base === 'scratch' || isReplaced || stage.parent !== null) return null;
  return referenceMistake(base, place);
}

const PLATFORM = /^[\w.-]+(\(.*\))?(\/[\w.-]+){0,2}$/;
const ARCHITECTURES =
  /^(386|i386|amd64.*|x86.*|arm.*|aarch64.*|ppc.*|loong.*|mips.*|riscv.*|s390.*|sparc.*|wasm.*)$/;

function platformMistake(platform: string, from: Instruction): Mistake | null {
  const [word] = flagValues(argumentsOf(from), 'platform');
  const place = word?.place ?? from.place;
  if (platform === '') {
    return {
      message: `\`--platform=${word?.text}\` is empty: nothing gives its variables a value`,
      advice: 'give them one: a default in an `ARG` before the first `FROM`, or a build argument',
      place,
    };
  }
  if (platform.includes('$')) return null;
  const isKnown =
    platform.includes('/') ||
    OPERATING_SYSTEMS.has(platform.replace(/\(.*/, '').toLowerCase()) ||
    ARCHITECTURES.test(platform.toLowerCase());
  if (PLATFORM.test(platform) && isKnown) return null;
  return {
    message: `\`${platform}\` is no platform`,
    advice: 'write it as in `--platform=linux/amd64`',
    place,
  };
}

/** How long a name may be depends on docker's version. */
const SHORT = 200;

/** With a digest the name before it is what counts. */
function referenceMistake(name: string, place: Place): Mistake | null {
  const [reference = ''] = name.split('@');
  if (reference.length > SHORT || parseReference(reference) !== null) return null;
  return {
    message: `\`${name}\` is no name of an image`,
    advice: /[A-Z]/.test(reference.split(':')[0] ?? '')
      ? 'docker takes no capitals in it'
      : 'write it as in `server/team/name:tag`',
    place,
  };
}

function copyMistakes(
  instruction: Instruction,
  stage: BuildStage,
  all: readonly BuildStage[],
): Mistake[] {
  const { keyword } = instruction;
  const flag = keyword === 'COPY' ? 'from' : 'mount';
  const [word] = flagValues(argumentsOf(instruction), flag);
  return sourcesOf(instruction).flatMap((name) => {
    const place = word?.place ?? instruction.place;
    return sourceMistake({ text: name, place }, { isCopy: keyword === 'COPY', stage, all }) ?? [];
  });
}

function sourceMistake(
  { text, place }: Word,
  { isCopy, stage, all }: { isCopy: boolean; stage: BuildStage; all: readonly BuildStage[] },
): Mistake | null {
  if (text === '' || text === 'scratch') return null;
  if (isCopy && /[$'"\\]/.test(text)) {
    return {
      message: `docker replaces no variables, and takes no quotes, in \`--from=${text}\``,
      advice: 'begin a stage with it, `FROM $NAME AS stage`, and name the stage here',
      place,
    };
  }
  const meant = isCopy || !isNumber(text) ? stageCalled(all, text) : undefined;
  if (isCopy && isNumber(text) && meant === undefined) {
    return {
      message: `\`--from=${text}\` means a stage that is not there: the first one is 0, the last one ${all.length - 1}`,
      advice: 'name the stage, by `FROM … AS name`, and use the name here',
      place,
    };
  }
  if (isCopy && meant === stage) {
    return {
      message: `\`--from=${text}\` means the stage that it is part of`,
      advice: 'name another stage, or an image',
      place,
    };
  }
  return meant === undefined ? referenceMistake(text, place) : null;
}

function mountMistakes(instruction: Instruction): Mistake[] {
  if (instruction.keyword !== 'RUN') return [];
  const mounts = flagValues(argumentsOf(instruction), 'mount');
  return mounts.flatMap((mount) => mountMistake(mount) ?? []);
}
