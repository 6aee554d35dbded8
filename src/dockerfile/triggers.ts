import type { Source } from '../model/source.ts';
import { cutDockerfile } from './cut.ts';
import { type Instruction, onbuildOf } from './instruction.ts';
import type { BuildStage } from './stages.ts';

/**
 * The instructions that a stage leaves to whatever begins with it: those of its ONBUILDs, without that
 * word. BuildKit carries them out once, so those of the stage or image that it begins with are not
 * among them.
 */
export function triggersOf({ instructions }: BuildStage): Instruction[] {
  return instructions.flatMap((instruction) => onbuildOf(instruction) ?? []);
}

/** The triggers in the configuration of an image, which docker keeps as they were written. */
export function triggersIn(onBuild: readonly string[], image: string): Instruction[] {
  return onBuild.flatMap((text, index) => {
    const source: Source = { path: `ONBUILD ${index + 1} of ${image}`, text };
    // Docker reads each as a file of its own.
    return cutDockerfile(source).instructions;
  });
}
