import { type Dockerfile, DockerfileParser } from 'dockerfile-ast';
import { familiarReference, parseReference } from '../model/reference.ts';
import type { Place, Source } from '../model/source.ts';
import { expand } from './expand.ts';
import { type Instruction, instructionsOf } from './instruction.ts';
import { pairsOf } from './pairs.ts';
import { type BuildStage, sourcesOf, stagesOf } from './stages.ts';

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

export interface ImageUse {
  readonly instruction: 'FROM' | 'COPY --from' | 'RUN --mount';
  /** As docker looks it up: familiar, without `:latest`; null where a variable hides it. */
  readonly name: string | null;
  /** The instruction's. */
  readonly place: Place;
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

/** How docker looks an image name up among named contexts: familiar, without `:latest`. */
export function lookupName(name: string): string {
  const reference = parseReference(name);
  return reference === null ? name : familiarReference(reference).replace(/:latest$/, '');
}

function imageUses(stages: readonly BuildStage[]): ImageUse[] {
  const uses: ImageUse[] = [];
  const earlier = new Set<string>();
  const add = (instruction: ImageUse['instruction'], written: string | null, place: Place) => {
    const name = written && lookupName(written);
    if (name === null || !isOwnStage(name, earlier)) uses.push({ instruction, name, place });
  };
  for (const { image, base, name, from, instructions } of stages) {
    if (image !== null) add('FROM', base, from.place);
    // A stage's name holds from here on: `FROM base AS base` still uses the image.
    if (name !== null) earlier.add(name.toLowerCase());
    for (const instruction of instructions) {
      const kind = instruction.keyword === 'COPY' ? 'COPY --from' : 'RUN --mount';
      for (const source of sourcesOf(instruction)) {
        add(kind, literal(source), instruction.place);
      }
    }
  }
  return uses;
}

/** `COPY --from=0` names a stage by its number. */
function isOwnStage(name: string, own: ReadonlySet<string>): boolean {
  return own.has(name.toLowerCase()) || /^\d+$/.test(name) || name === 'scratch';
}

/** Only a FROM knows the ARGs before it: elsewhere a variable hides the name. */
function literal(name: string): string | null {
  return expand(name, () => null);
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
