import { BARE, expand, type LookUp, UNKNOWN } from './expand.ts';
import type { Instruction } from './instruction.ts';
import { pairsOf } from './pairs.ts';
import { NEWER_ARGUMENTS, PLATFORM_ARGUMENTS } from './predefined.ts';

/** The variables that a FROM may refer to, as far as they are set. */
export type Globals = ReadonlyMap<string, Exclude<ReturnType<LookUp>, null>>;

/**
 * What the ARGs before the first FROM set, and what docker itself does. No platform, or several: docker
 * sets those of the one that it builds for, so they are not known here.
 *
 * Rules: https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope, in
 * https://github.com/moby/buildkit/blob/v0.25.1/frontend/dockerfile/dockerfile2llb/convert.go
 */
export function globalsOf(
  preamble: readonly Instruction[],
  args: ReadonlyMap<string, string>,
  platforms: readonly string[],
): Globals {
  const values = new Map(predefined(args, platforms));
  for (const instruction of preamble) {
    for (const { name, value } of pairsOf(instruction)) {
      const given = args.get(name);
      const known = () =>
        value === null
          ? // Older versions take the value that it had away.
            (bare(values.get(name)) ?? UNKNOWN)
          : (expand(value, (other) => values.get(other) ?? null, instruction.escape) ?? UNKNOWN);
      values.set(name, given ?? known());
    }
  }
  return values;
}

function bare(value: ReturnType<LookUp> | undefined): typeof BARE | null {
  return value === undefined || value === BARE ? BARE : null;
}

/** An argument of its name overrules each of them, but for those that only newer versions set. */
function predefined(args: ReadonlyMap<string, string>, platforms: readonly string[]): Globals {
  const values = new Map<string, string | typeof UNKNOWN>(
    PLATFORM_ARGUMENTS.map((name) => [name, args.get(name) ?? UNKNOWN]),
  );
  const [platform = '', ...others] = platforms;
  const [os, architecture, variant = ''] = platform.split('/');
  if (os !== undefined && architecture !== undefined && others.length === 0) {
    const target = { PLATFORM: platform, OS: os, ARCH: architecture, VARIANT: variant };
    for (const [name, value] of Object.entries(target)) {
      values.set(`TARGET${name}`, args.get(`TARGET${name}`) ?? value);
    }
  }
  for (const name of NEWER_ARGUMENTS) values.set(name, UNKNOWN);
  return values;
}
