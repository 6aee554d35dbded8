import { pairsOf } from '../../dockerfile/pairs.ts';
import { needsNoArg } from '../../dockerfile/predefined.ts';
import { nearest } from '../../model/nearest.ts';
import { argumentNames, type Finding, type Subject } from '../subject.ts';

/** Build arguments that no ARG takes. */
export function unknownArguments({ image, given, build, dockerfile }: Subject): Finding[] {
  const instructions = dockerfile.stages.flatMap((stage) => stage.instructions);
  // An `ONBUILD ARG` takes one too, in the images that are built on this one.
  if (instructions.some(({ keyword }) => keyword === 'ONBUILD')) return [];
  const declared = new Set(
    [...dockerfile.preamble, ...instructions]
      .filter(({ keyword }) => keyword === 'ARG')
      .flatMap(pairsOf)
      .map(({ name }) => name),
  );
  return (['build_args', 'unhashed_build_args'] as const).flatMap((key) =>
    argumentNames(given, key)
      .filter((name) => !declared.has(name) && !needsNoArg(name))
      .map((name): Finding => {
        const near = nearest(name, declared);
        const rest = key === 'build_args' ? ', where it changes nothing but the hash' : '';
        return {
          severity: 'warning',
          code: 'unknown-argument',
          message: `there is no \`ARG ${name}\` in ${build.dockerfile.shown}`,
          advice:
            near === null
              ? `add \`ARG ${name}\` there, or remove it here${rest}`
              : `did you mean \`${near}\`?`,
          place: given.places.get(`${key}.${name}`) ?? image.place,
        };
      }),
  );
}
