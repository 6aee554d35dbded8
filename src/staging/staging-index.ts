import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** A staged file as it was when it had been laid down. */
export interface StagedFile {
  /** As the file list has it: `f SHA256`, `x SHA256` or `l TARGET`. */
  readonly content: string;
  /** The whole second of its time that was asked for. */
  readonly second: number;
  /** All that tells whether somebody has touched it since; empty for a link. */
  readonly signature: string;
  /** What BuildKit compares: size and time; empty for a link, whose target it compares. */
  readonly look: string;
}

/** One folder of staged files, by path. */
export type StagedPart = ReadonlyMap<string, StagedFile>;

/** What lies in a staging folder, and what docker may have been sent from it. */
export interface StagingIndex {
  /** The base name of the build context's folder. */
  readonly base: string;
  /** Nothing can have been lost since: the machine was not started anew. */
  readonly sure: boolean;
  readonly parts: ReadonlyMap<string, StagedPart>;
  /** What was there and is no more: for each part and path, `look` and content. */
  readonly past: ReadonlyMap<string, readonly string[]>;
}

const FORMAT = 1;

/** Only so many contents that are there no more are remembered; with more, docker is sent all anew. */
const MOST_PAST = 20_000;

/** The index in a file; an empty one where there is none that can be read. */
export function readIndex(file: string, id: string): StagingIndex {
  try {
    const { format, boot, base, parts, past } = JSON.parse(readFileSync(file, 'utf8')) as Written;
    if (format !== FORMAT) return emptyIndex(id);
    return {
      base,
      sure: boot === bootId(),
      parts: new Map(parts.map(([name, files]) => [name, new Map(files.map(unpack))])),
      past: new Map(past),
    };
  } catch {
    return emptyIndex(id);
  }
}

/** An index of nothing, whose base name docker has never seen. */
function emptyIndex(id: string): StagingIndex {
  return { base: freshBase(id), sure: true, parts: new Map(), past: new Map() };
}

function freshBase(id: string): string {
  return `${id}-${randomBytes(6).toString('hex')}`;
}

/**
 * The index after its parts were laid out. The base name changes where docker could take a file for
 * another one that it was sent under the old name: one of that size and time, or one that nobody
 * remembers; or where it must (`afresh`). Under a name that it does not know docker is sent everything.
 */
export function nextIndex(
  before: StagingIndex,
  parts: ReadonlyMap<string, StagedPart>,
  { id, afresh }: { readonly id: string; readonly afresh: boolean },
): StagingIndex {
  const past = new Map(before.past);
  let mixed = afresh || [...before.parts.keys()].some((name) => !parts.has(name));
  for (const [name, part] of parts) {
    const was = before.parts.get(name) ?? new Map<string, StagedFile>();
    for (const [path, file] of was) {
      const now = part.get(path);
      if (now === file || file.look === '' || now?.look === file.look) continue;
      const key = `${name}/${path}`;
      past.set(key, [...new Set([...(past.get(key) ?? []), factOf(file)])]);
    }
    mixed ||= areMixed(part, was, (path) => past.get(`${name}/${path}`));
  }
  const count = [...past.values()].reduce((sum, known) => sum + known.length, 0);
  const forget = mixed || count > MOST_PAST;
  return {
    base: forget ? freshBase(id) : before.base,
    sure: true,
    parts,
    past: forget ? new Map() : past,
  };
}

/** Would BuildKit take a file of the part for another that had its path? What is as it was can only be taken for older ones. */
function areMixed(
  part: StagedPart,
  was: StagedPart,
  pastOf: (path: string) => readonly string[] | undefined,
): boolean {
  for (const [path, file] of part) {
    const earlier = was.get(path);
    if (earlier !== undefined && earlier !== file && isMixed(file, [factOf(earlier)])) return true;
    if (isMixed(file, pastOf(path))) return true;
  }
  return false;
}

/** Would BuildKit take the file for one of those that it may have? */
function isMixed(file: StagedFile, known: readonly string[] = []): boolean {
  if (file.look === '') return false;
  return known.some((fact) => fact.startsWith(`${file.look} `) && fact !== factOf(file));
}

/** Without its kind: files that differ in that have other modes, which BuildKit compares. */
function factOf({ look, content }: StagedFile): string {
  return `${look} ${content.slice(2)}`;
}

/** Writes the index so that a crash leaves the old one or the new one. */
export function writeIndex(file: string, { base, parts, past }: StagingIndex): void {
  const written: Written = {
    format: FORMAT,
    boot: bootId(),
    base,
    parts: [...parts].map(([name, files]) => [name, [...files].map(pack)]),
    past: [...past],
  };
  const temporary = `${file}.new`;
  const descriptor = openSync(temporary, 'w', 0o600);
  try {
    writeFileSync(descriptor, JSON.stringify(written));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
}

interface Written {
  readonly format: number;
  readonly boot: string;
  readonly base: string;
  readonly parts: readonly [string, readonly Packed[]][];
  readonly past: readonly [string, readonly string[]][];
}

type Packed = readonly [
  path: string,
  content: string,
  second: number,
  signature: string,
  look: string,
];

function pack([path, { content, second, signature, look }]: [string, StagedFile]): Packed {
  return [path, content, second, signature, look];
}

function unpack([path, content, second, signature, look]: Packed): [string, StagedFile] {
  return [path, { content, second, signature, look }];
}

/** A power cut may have taken what was written last. Empty where the system does not say. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
