import { DockerfileParser } from 'dockerfile-ast';

/**
 * The Dockerfile with one more instruction that labels the image, at the end of the stage that is
 * built. `docker build --label` would do the same, but shows the values in every process list, and
 * the inputs document holds build arguments. Everything above the instruction keeps its line.
 */
export function stampDockerfile(
  dockerfile: Uint8Array,
  target: string | null,
  labels: ReadonlyMap<string, string>,
): Uint8Array {
  const bytes = Buffer.from(dockerfile);
  const at = target === null ? bytes.length : endOfStage(bytes, target);
  const label = [...labels].map(([key, value]) => `${key}=${quote(value)}`).join(' ');
  return Buffer.concat([
    bytes.subarray(0, at),
    Buffer.from(`${at === bytes.length ? '\n' : ''}LABEL ${label}\n`),
    bytes.subarray(at),
  ]);
}

/** The offset at which the stage ends: where the next one begins, or the end of the file. */
function endOfStage(bytes: Buffer, target: string): number {
  const froms = DockerfileParser.parse(bytes.toString('utf8')).getFROMs();
  const named = froms.findIndex(
    (from) => from.getBuildStage()?.toLowerCase() === target.toLowerCase(),
  );
  const index = named < 0 && /^\d+$/.test(target) ? Number(target) : named;
  const next = froms[index + 1];
  return index < 0 || next === undefined
    ? bytes.length
    : lineOffset(bytes, next.getRange().start.line);
}

function lineOffset(bytes: Buffer, line: number): number {
  let offset = 0;
  for (let number = 0; number < line; number++) offset = bytes.indexOf(0x0a, offset) + 1;
  return offset;
}

/**
 * Single quotes keep everything as it is, whatever the file's escape character; a single quote
 * itself goes in double ones.
 */
function quote(value: string): string {
  return `'${value.replaceAll("'", `'"'"'`)}'`;
}
