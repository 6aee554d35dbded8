import {
  type Dockerfile,
  DockerfileParser,
  type From,
  type Instruction,
  type ModifiableInstruction,
} from 'dockerfile-ast';
import { familiarReference, parseReference } from '../model/reference.ts';
import type { Place, Source } from '../model/source.ts';
import { expand } from './expand.ts';

/** What a Dockerfile says that matters before it is built. */
export interface DockerfileReading {
  readonly stages: readonly Stage[];
  /** The images that it uses, in order; stages of its own are none. */
  readonly uses: readonly ImageUse[];
}

export interface Stage {
  readonly name: string | null;
  /** The FROM instruction. */
  readonly place: Place;
}

export interface ImageUse {
  readonly instruction: 'FROM' | 'COPY --from' | 'RUN --mount';
  /** As docker looks it up: familiar, without `:latest`; null where a variable hides it. */
  readonly name: string | null;
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
  const placeOf = placer(source);
  const froms = dockerfile.getFROMs();
  const stages = froms.map((from) => ({ name: from.getBuildStage(), place: placeOf(from) }));
  const globals = globalArgs(dockerfile, args);
  const uses: ImageUse[] = [];
  const earlier = new Set<string>();
  for (const instruction of dockerfile.getInstructions()) {
    for (const { instruction: kind, name } of usesOf(instruction, globals)) {
      const own = name !== null && isOwnStage(name, earlier);
      if (!own) uses.push({ instruction: kind, name, place: placeOf(instruction) });
    }
    // A stage's name holds from here on: `FROM base AS base` still uses the image.
    const stage = instruction.getKeyword() === 'FROM' && (instruction as From).getBuildStage();
    if (stage) earlier.add(stage.toLowerCase());
  }
  return { stages, uses };
}

/** How docker looks an image name up among named contexts: familiar, without `:latest`. */
export function lookupName(name: string): string {
  const reference = parseReference(name);
  return reference === null ? name : familiarReference(reference).replace(/:latest$/, '');
}

/** `COPY --from=0` names a stage by its number. */
function isOwnStage(name: string, own: ReadonlySet<string>): boolean {
  return own.has(name.toLowerCase()) || /^\d+$/.test(name) || name === 'scratch';
}

function usesOf(
  instruction: Instruction,
  globals: ReadonlyMap<string, string | null>,
): Pick<ImageUse, 'instruction' | 'name'>[] {
  const keyword = instruction.getKeyword();
  if (keyword === 'FROM') {
    const image = (instruction as From).getImage();
    return image === null ? [] : [{ instruction: 'FROM', name: resolve(image, globals) }];
  }
  if (keyword === 'COPY') {
    const from = flagValues(instruction as ModifiableInstruction, 'from');
    return from.map((name) => use('COPY --from', name));
  }
  if (keyword === 'RUN') {
    const mounts = flagValues(instruction as ModifiableInstruction, 'mount');
    const from = mounts.flatMap((mount) => /(?:^|,)from=([^,]+)/.exec(mount)?.[1] ?? []);
    return from.map((name) => use('RUN --mount', name));
  }
  return [];
}

function flagValues(instruction: ModifiableInstruction, name: string): string[] {
  return instruction
    .getFlags()
    .flatMap((flag) => (flag.getName() === name ? (flag.getValue() ?? []) : []));
}

/** Only a FROM knows the ARGs before it: elsewhere a variable hides the name. */
function use(
  instruction: ImageUse['instruction'],
  name: string,
): Pick<ImageUse, 'instruction' | 'name'> {
  return { instruction, name: resolve(name, new Map()) };
}

function resolve(image: string, variables: ReadonlyMap<string, string | null>): string | null {
  const name = expand(image, (variable) => variables.get(variable) ?? null);
  return name === null ? null : lookupName(name);
}

/** The ARGs before the first FROM, each with its value; null where nothing gives it one. */
function globalArgs(
  dockerfile: Dockerfile,
  args: ReadonlyMap<string, string>,
): ReadonlyMap<string, string | null> {
  const values = new Map<string, string | null>();
  for (const arg of dockerfile.getInitialARGs()) {
    const property = arg.getProperty();
    if (property === null) continue;
    const standard = property.getUnescapedValue();
    const value =
      args.get(property.getName()) ??
      (standard === null ? null : expand(standard, (name) => values.get(name) ?? null));
    values.set(property.getName(), value);
  }
  return values;
}

/** Turns the parser's lines and columns into offsets. */
function placer(source: Source): (instruction: Instruction) => Place {
  const starts = [0];
  for (let at = source.text.indexOf('\n'); at >= 0; at = source.text.indexOf('\n', at + 1)) {
    starts.push(at + 1);
  }
  return (instruction) => {
    const { start, end } = instruction.getRange();
    const offset = ({ line, character }: typeof start) => (starts[line] ?? 0) + character;
    return { source, start: offset(start), end: offset(end) };
  };
}
