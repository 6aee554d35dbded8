import type { Source } from '../model/source.ts';
import { type CutDockerfile, cutDockerfile } from './cut.ts';
import { syntaxOf } from './directives.ts';
import { isForeign } from './frontend.ts';
import { type Globals, globalsOf } from './globals.ts';
import type { Instruction } from './instruction.ts';
import type { Mistake } from './mistake.ts';
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
  /** The variables that a FROM may refer to. */
  readonly globals: Globals;
  /** The frontend that reads it, where it or the build asks for one. */
  readonly syntax: string | null;
  /** What docker refuses it for. */
  readonly mistakes: readonly Mistake[];
}

/** https://docs.docker.com/build/buildkit/frontend/ */
const SYNTAX = 'BUILDKIT_SYNTAX';

/**
 * Reads a Dockerfile. `args` are the build arguments that it will get: they and the defaults of the
 * ARGs before the first FROM are what a FROM may refer to, with what docker sets for the platform that is
 * built for: none where that is not known. A file that another frontend than docker's reads is not read at
 * all: it may use any image, and has no mistakes that anybody could know of.
 */
export function readDockerfile(
  source: Source,
  args: ReadonlyMap<string, string>,
  platforms: readonly string[] = [],
): DockerfileReading {
  // An argument overrules the file's own line.
  const syntax = args.get(SYNTAX) ?? syntaxOf(source.text);
  if (isForeign(syntax)) return { ...UNKNOWN, syntax };
  const { instructions, mistakes, refusals } = judged(source);
  const first = instructions.findIndex(({ keyword }) => keyword === 'FROM');
  const preamble = instructions
    .slice(0, first < 0 ? instructions.length : first)
    .filter(({ keyword }) => keyword === 'ARG');
  const globals = globalsOf(preamble, args, platforms);
  const stages = stagesOf(instructions, globals);
  return {
    preamble,
    stages,
    uses: imageUses(stages),
    globals,
    syntax,
    mistakes: [...mistakes, ...refusals],
  };
}

/** What another frontend makes of a Dockerfile is not known. */
const UNKNOWN: Omit<DockerfileReading, 'syntax'> = {
  preamble: [],
  stages: [],
  uses: [],
  globals: new Map(),
  mistakes: [],
};

/** What of a Dockerfile depends on no argument. */
interface Judged extends CutDockerfile {
  readonly refusals: readonly Mistake[];
}

/** By path and text: images share Dockerfiles, and a run reads each more than once. */
const known = new Map<string, Judged>();

/** Far more than a manifest has, and few enough for a run that watches files for days. */
const MOST_KNOWN = 2000;

function judged(source: Source): Judged {
  const key = `${source.path}\0${source.text}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const cut = cutDockerfile(source);
  const all = { ...cut, refusals: refusalsOf(cut.instructions) };
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, all);
  return all;
}
