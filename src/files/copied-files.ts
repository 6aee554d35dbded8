import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { CopiedSource } from '../model/manifest.ts';
import { isPattern, partMatcher } from '../model/source-glob.ts';
import { everything, type FileFilter } from './file-filter.ts';
import { decode } from './file-name.ts';

/** What sources of COPY, ADD and bind mounts take of a folder. */
export interface CopiedFiles {
  /** Null where they take nothing. */
  readonly filter: FileFilter | null;
  /** Paths beside those that are not there. */
  readonly near: readonly string[];
}

/**
 * Looks sources up in a folder, as BuildKit does: whatever a source or a glob of it names, with all that
 * is in it where that is a folder. A symbolic link on the way is taken, and followed; none leads out.
 * Where it is doubtful how BuildKit reads a glob, all is taken that it could match.
 *
 * Rules: https://github.com/tonistiigi/fsutil/blob/master/copy/copy.go (ResolveWildcards) and
 * https://github.com/tonistiigi/fsutil/blob/master/followlinks.go
 */
export function copiedFiles(directory: string, sources: readonly CopiedSource[]): CopiedFiles {
  const lookup = new Lookup(directory);
  for (const { path, reads } of sources) {
    const read = reads === 'path' ? literal : PART_READERS[reads];
    lookup.walk([], path.split('/').map(read), 0);
  }
  const { whole, links } = lookup;
  return { filter: takenFilter(whole, links), near: lookup.near() };
}

/** A part of a path: a name, names that match, or anything. */
type Part = { readonly name: string; readonly matches: ((name: string) => boolean) | null | 'all' };

interface Pattern {
  readonly name: string;
  readonly matches: (name: string) => boolean;
}

const literal = (name: string): Part => ({ name, matches: null });

const PART_READERS = {
  glob: (name: string): Part =>
    isPattern(name) ? { name, matches: partMatcher(name) ?? 'all' } : literal(name),
  parents: (name: string): Part => {
    if (!/[*?[\\!]/.test(name)) return literal(name);
    const isPlain = !/\*\*|[[\\!]/.test(name);
    return { name, matches: (isPlain ? partMatcher(name) : null) ?? 'all' };
  },
  doubtful: (name: string): Part =>
    isPattern(name) || name.includes('\\') ? { name, matches: 'all' } : literal(name),
} as const;

/** More links than these in a row lead nowhere. */
const MOST_LINKS = 255;
/** Names of a folder that one may be meant of. */
const MANY = 2000;

class Lookup {
  /** Files, and folders that are taken with all that is in them. */
  readonly whole = new Set<string>();
  /** Links that were followed. */
  readonly links = new Set<string>();
  /** Links with what was looked for behind them. */
  readonly #followed = new Set<string>();
  /** Folders in which a name was looked for and not found. */
  readonly #missed = new Set<string>();
  readonly #directory: string;
  readonly #listed = new Map<string, readonly string[] | null>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** `folder` has no link in it. */
  walk(folder: readonly string[], parts: readonly Part[], followed: number): void {
    const [part, ...rest] = parts;
    if (part === undefined) this.whole.add(folder.join('/'));
    else if (part.matches === 'all') this.whole.add(folder.join('/'));
    else if (part.matches === null) this.#enter(folder, part.name, rest, followed);
    else this.#enterMatching(folder, { ...part, matches: part.matches }, rest, followed);
  }

  #enterMatching(
    folder: readonly string[],
    pattern: Pattern,
    rest: readonly Part[],
    followed: number,
  ): void {
    const names = this.#list(folder);
    // A folder that cannot be read is an error of the selection.
    if (names === null) this.whole.add(folder.join('/'));
    for (const name of names ?? []) {
      if (name === pattern.name || pattern.matches(name)) this.#enter(folder, name, rest, followed);
    }
  }

  #enter(folder: readonly string[], name: string, rest: readonly Part[], followed: number): void {
    if (name === '' || name === '.' || name === '..') {
      this.walk(name === '..' ? folder.slice(0, -1) : folder, rest, followed);
      return;
    }
    const path = [...folder, name];
    const stat = this.#stat(path);
    // What cannot be looked at is found again by the selection, which says so.
    if (stat === 'unreadable') this.whole.add(path.join('/'));
    else if (stat === null) this.#missed.add(folder.join('/'));
    else if (stat.isSymbolicLink()) this.#follow(path, rest, followed);
    else if (stat.isDirectory()) this.walk(path, rest, followed);
    else if (rest.length === 0) this.whole.add(path.join('/'));
  }

  #follow(path: readonly string[], rest: readonly Part[], followed: number): void {
    this.links.add(path.join('/'));
    const key = [...path, '', ...rest.map(({ name }) => name)].join('/');
    if (followed >= MOST_LINKS || this.#followed.has(key)) return;
    this.#followed.add(key);
    const target = decode(readlinkSync(this.#place(path), { encoding: 'buffer' }));
    const from = target.startsWith('/') ? [] : path.slice(0, -1);
    const names = target.split('/');
    this.walk(from, [...names.map(literal), ...rest], followed + 1);
    // Of `a/../b` docker sends `b`, whatever `a` is, and reads it as the kernel does: both are taken.
    const sent = resolvedNames(from, names);
    this.walk([], [...sent.map(literal), ...rest], followed + 1);
  }

  /** Where something is missing: the names beside it, and others of the tree, as far as they are few. */
  near(): string[] {
    const found = new Set<string>();
    if (this.#missed.size === 0) return [];
    // A set that grows while it is walked is walked to its new end.
    const folders = new Set([...this.#missed, '']);
    for (const folder of folders) {
      if (found.size > MANY) break;
      const parts = folder === '' ? [] : folder.split('/');
      for (const name of (this.#list(parts) ?? []).slice(0, MANY)) {
        const path = [...parts, name];
        const stat = this.#stat(path);
        if (stat === null || stat === 'unreadable') continue;
        if (!stat.isDirectory()) found.add(path.join('/'));
        else if (name !== '.git' && name !== 'node_modules') folders.add(path.join('/'));
      }
    }
    return [...found].sort();
  }

  #place(path: readonly string[]): string {
    return join(this.#directory, ...path);
  }

  /** Null for what is not there. */
  #stat(path: readonly string[]): Stats | 'unreadable' | null {
    try {
      return lstatSync(this.#place(path));
    } catch (error) {
      return isAbsent(error) ? null : 'unreadable';
    }
  }

  /** Null for a folder that cannot be read. */
  #list(folder: readonly string[]): readonly string[] | null {
    const path = folder.join('/');
    const known = this.#listed.get(path);
    if (known !== undefined) return known;
    const names = this.#read(folder);
    this.#listed.set(path, names);
    return names;
  }

  #read(folder: readonly string[]): readonly string[] | null {
    try {
      return readdirSync(this.#place(folder), { encoding: 'buffer' }).map(decode);
    } catch (error) {
      return isAbsent(error) ? [] : null;
    }
  }
}

/** Names from a folder on, by their letters alone: `..` takes the name before it away. */
function resolvedNames(from: readonly string[], names: readonly string[]): string[] {
  const resolved = [...from];
  for (const name of names) {
    if (name === '..') resolved.pop();
    else if (name !== '' && name !== '.') resolved.push(name);
  }
  return resolved;
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );
}

/** Takes what is beneath some paths, and others as they are. */
function takenFilter(whole: ReadonlySet<string>, links: ReadonlySet<string>): FileFilter | null {
  if (whole.has('')) return everything;
  if (whole.size + links.size === 0) return null;
  const above = new Set([...whole, ...links].flatMap(ancestorsOf));
  const filter: FileFilter = {
    takes: (path) => whole.has(path) || links.has(path),
    within: (path) => (whole.has(path) ? everything : above.has(path) ? filter : null),
  };
  return filter;
}

function ancestorsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
