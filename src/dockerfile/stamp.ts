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
  const parsed = DockerfileParser.parse(bytes.toString('utf8'));
  const escapes = parsed.getEscapeCharacter();
  const at = endOfStage(bytes, parsed, target);
  const words = [...labels].map(([key, value]) => `${key}=${quote(value, escapes)}`);
  const label = Buffer.from(`LABEL ${words.join(' ')}\n`);
  if (at !== null) return Buffer.concat([bytes.subarray(0, at), label, bytes.subarray(at)]);
  return Buffer.concat([finished(bytes, escapes), Buffer.from('\n'), label]);
}

/** The offset at which the stage ends, where the next one begins; null for the end of the file. */
function endOfStage(
  bytes: Buffer,
  parsed: ReturnType<typeof DockerfileParser.parse>,
  target: string | null,
): number | null {
  if (target === null) return null;
  const froms = parsed.getFROMs();
  // Of two stages of one name docker builds the later one.
  const named = froms.findLastIndex(
    (from) => from.getBuildStage()?.toLowerCase() === target.toLowerCase(),
  );
  const index = named < 0 && /^\d+$/.test(target) ? Number(target) : named;
  const next = froms[index + 1];
  return index < 0 || next === undefined ? null : lineOffset(bytes, next.getRange().start.line);
}

/** The parser ends lines at each of `\n`, `\r` and `\r\n`. */
function lineOffset(bytes: Buffer, line: number): number {
  // Every byte is a character of its own, so that offsets are those of bytes.
  const end = [...bytes.toString('latin1').matchAll(/\r\n|\r|\n/g)][line - 1];
  return end === undefined ? 0 : end.index + end[0].length;
}

/**
 * The file with an instruction ended that goes on where the file ends (`RUN make \`): what follows
 * would become a part of it. Comments and empty lines are no end.
 *
 * Rules: https://github.com/moby/buildkit/blob/v0.13.0/frontend/dockerfile/parser/parser.go
 */
function finished(bytes: Buffer, escapes: string): Buffer {
  const lines = bytes.toString('latin1').split('\n');
  const mark = escapes === '`' ? '`' : '\\\\';
  const goesOn = new RegExp(`(^|[^${mark}])${mark}[ \\t]*\\r*$`);
  for (let index = lines.length - 1; index >= 0; index--) {
    const line = lines[index] ?? '';
    if (/^[ \t\v\f\r]*(#|$)/.test(line)) continue;
    lines[index] = line.replace(goesOn, '$1');
    // A line of nothing else leaves the one above it open.
    if (lines[index] === line || lines[index]?.trim() !== '') break;
  }
  return Buffer.from(lines.join('\n'), 'latin1');
}

/** Characters of a value on one line: docker takes lines of at most 65535 bytes. */
const LINE = 10_000;

/**
 * Single quotes keep everything as it is, whatever the file's escape character; a single quote
 * itself goes in double ones. A long value goes on over lines, each of which is quoted by itself.
 */
function quote(value: string, escapes: string): string {
  const pieces = value.match(new RegExp(`.{1,${LINE}}`, 'gsu')) ?? [''];
  return pieces.map((piece) => `'${piece.replaceAll("'", `'"'"'`)}'`).join(`${escapes}\n`);
}
