import { type Dockerfile, DockerfileParser } from 'dockerfile-ast';
import type { Source } from '../model/source.ts';
import { expand } from './expand.ts';
import { type Instruction, instructionsOf } from './instruction.ts';
import { pairsOf } from './pairs.ts';
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
  /** The `# syntax=` that it asks for. */
  readonly syntax: string | null;
}

/**
 * Reads a Dockerfile. `args` are the build arguments that it will get: they and the defaults of the
 * ARGs before the first FROM are what a FROM may refer to.
 */
export function readDockerfile(
  source: Source,
  args: ReadonlyMap<string, string>,
): DockerfileReading {
  const dockerfile = DockerfileParser.parse(source.text);
  const instructions = instructionsOf(dockerfile, source);
  const first = instructions.findIndex(({ keyword }) => keyword === 'FROM');
  const preamble = instructions
    .slice(0, first < 0 ? instructions.length : first)
    .filter(({ keyword }) => keyword === 'ARG');
  const globals = globalArgs(preamble, args);
  const stages = stagesOf(instructions, globals);
  return { preamble, stages, uses: imageUses(stages), globals, syntax: syntaxOf(dockerfile) };
}

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

function syntaxOf(dockerfile: Dockerfile): string | null {
  const directives = dockerfile.getDirectives();
  const syntax = directives.find((directive) => directive.getName().toLowerCase() === 'syntax');
  return syntax?.getValue() ?? null;
}
