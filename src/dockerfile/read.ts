import type { Source } from '../model/source.ts';
import { cutDockerfile } from './cut.ts';
import { syntaxOf } from './directives.ts';
import { expand } from './expand.ts';
import { isForeign } from './frontend.ts';
import type { Instruction } from './instruction.ts';
import type { Mistake } from './mistake.ts';
import { pairsOf } from './pairs.ts';
import { refusalsOf } from './refusals.ts';
import { type BuildStage, stagesOf } from './stages.ts';
import { type ImageUse, imageUses } from './uses.ts';

/** What a Dockerfile says that matters before it is built. */
export interface DockerfileReading {
  /** The ARGs before the first FROM. */
  readonly preamble: readonly Instruction[];
  readonly stages: readonly BuildStage[];
  /** The images that it uses, in order; stages of its own are none. */
  readonly uses: readonly ImageUse[];
  /** The ARGs before the first FROM, each with its value; null where nothing gives it one. */
  readonly globals: ReadonlyMap<string, string | null>;
  /** The frontend that reads it, where it or the build asks for one. */
  readonly syntax: string | null;
  /** What docker refuses it for. */
  readonly mistakes: readonly Mistake[];
}

/** https://docs.docker.com/build/buildkit/frontend/ */
const SYNTAX = 'BUILDKIT_SYNTAX';

/**
 * Reads a Dockerfile. `args` are the build arguments that it will get: they and the defaults of the
 * ARGs before the first FROM are what a FROM may refer to. One that another frontend than docker's
 * reads is not read at all: it may use any image, and has no mistakes that anybody could know of.
 */
export function readDockerfile(
  source: Source,
  args: ReadonlyMap<string, string>,
): DockerfileReading {
  // An argument overrules the file's own line.
  const syntax = args.get(SYNTAX) ?? syntaxOf(source.text);
  if (isForeign(syntax)) return { ...UNKNOWN, syntax };
  const { instructions, mistakes } = cutDockerfile(source);
  const first = instructions.findIndex(({ keyword }) => keyword === 'FROM');
  const preamble = instructions
    .slice(0, first < 0 ? instructions.length : first)
    .filter(({ keyword }) => keyword === 'ARG');
  const globals = globalArgs(preamble, args);
  const stages = stagesOf(instructions, globals);
  return {
    preamble,
    stages,
    uses: imageUses(stages),
    globals,
    syntax,
    mistakes: [...mistakes, ...refusalsOf(instructions)],
  };
}

/** What another frontend makes of a Dockerfile nobody knows. */
const UNKNOWN: Omit<DockerfileReading, 'syntax'> = {
  preamble: [],
  stages: [],
  uses: [],
  globals: new Map(),
  mistakes: [],
};

function globalArgs(
  preamble: readonly Instruction[],
  args: ReadonlyMap<string, string>,
): ReadonlyMap<string, string | null> {
  const values = new Map<string, string | null>();
  for (const { name, value } of preamble.flatMap(pairsOf)) {
    const standard = () => value && expand(value, (other) => values.get(other) ?? null);
    values.set(name, args.get(name) ?? standard());
  }
  return values;
}
