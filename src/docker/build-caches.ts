import { errorLine, refusalOf } from './faults.ts';
import type { BuildGroup } from './port.ts';

/** The builds of a group with the caches of their `cache` among the others. */
export function withOwnCaches(group: BuildGroup): BuildGroup {
  const builds = group.builds.map((request) => {
    const { build, caches: { from, to } = NO_CACHES } = request;
    const cacheFrom = [...build.cacheFrom, ...from];
    return { ...request, build: { ...build, cacheFrom, cacheTo: [...build.cacheTo, ...to] } };
  });
  return { ...group, builds };
}

/** The same group, of which none leaves its steps in a registry for `cache`. */
export function withoutExports(group: BuildGroup): BuildGroup {
  const builds = group.builds.map((request) => {
    const { from, to } = request.caches ?? NO_CACHES;
    return { ...request, caches: { from, to: to.filter((cache) => !isExport(cache)) } };
  });
  return { ...group, builds };
}

/** The images of a group that leave their steps in a registry for `cache`. */
export function exporting({ builds }: BuildGroup): string[] {
  return builds.flatMap(({ key, caches }) => (caches?.to.some(isExport) ? key : []));
}

const NO_CACHES = { from: [], to: [] };

function isExport(cache: string): boolean {
  return cache.startsWith('type=registry,');
}

/** A line of a build's output, and the image that it is of; null: of no one. */
export interface KeyedLine {
  readonly key: string | null;
  readonly line: string;
}

/** Why a build came to nothing, where all that is wrong is that a cache cannot be written; null for all else. */
export function exportProblem(lines: readonly KeyedLine[]): string | null {
  const error = lines.findLast(({ line }) => line.startsWith('ERROR: '))?.line ?? '';
  if (NO_EXPORT.test(error)) return errorLine(error);
  const failed = failures(lines).filter(({ title }) => EXPORTING.test(title));
  return failed.find(({ message }) => error.endsWith(message))?.message ?? null;
}

/** What buildx says of a driver that can export none: from 0.6 on, and from 0.12 on. */
const NO_EXPORT =
  /cache export (?:feature )?is (?:currently )?not supported for (?:the )?docker driver/i;

const EXPORTING = /^exporting cache to registry$/;
const IMPORTING = /^importing cache manifest from (\S+)$/;

/** A step of BuildKit's own that only has to do with caches: its failure fails no build by itself. */
export function isOfCaches(title: string): boolean {
  return EXPORTING.test(title) || IMPORTING.test(title);
}

/** What is wrong with the caches of a build, in a line each. A cache that is not there yet is as it should be. */
export function cacheNotes(lines: readonly KeyedLine[], group: BuildGroup): string[] {
  const [only, ...others] = group.builds;
  const notes = failures(lines).flatMap(({ key: told, title, message }) => {
    const key = told ?? (others.length === 0 ? (only?.key ?? null) : null);
    const image = key === null ? '' : `${key}: `;
    if (EXPORTING.test(title)) return `${image}${notWritten(group, key, message)}`;
    const ref = IMPORTING.exec(title)?.[1];
    if (ref === undefined) return [];
    const said = message.replace(/^failed to configure \w+ cache importer: /, '');
    return refusalOf(said, ref).is === 'absent'
      ? []
      : `${image}the cache ${ref} was not read: ${said}`;
  });
  return [...new Set(notes)];
}

function notWritten({ builds }: BuildGroup, key: string | null, said: string): string {
  const caches = builds.find((each) => each.key === key)?.caches?.to ?? [];
  const ref = caches.flatMap((cache) => /^type=registry,ref=([^,]+)/.exec(cache)?.[1] ?? [])[0];
  return `the cache ${ref ?? 'in the registry'} was not written: ${said}`;
}

interface Failed {
  readonly key: string | null;
  readonly title: string;
  readonly message: string;
}

/** The steps that failed, each with what it is called. */
function failures(lines: readonly KeyedLine[]): Failed[] {
  const titles = new Map<string, string>();
  return lines.flatMap(({ key, line }) => {
    const [, id = '', text = ''] = /^(#\d+) (.*)$/s.exec(line) ?? [];
    if (id === '') return [];
    const title = titles.get(id);
    if (title === undefined) titles.set(id, text);
    const message = /^ERROR: (.*)$/s.exec(text)?.[1];
    return title === undefined || message === undefined ? [] : [{ key, title, message }];
  });
}

/** Tells, once a builder, that caches are not written, and remembers it for what else is built. */
export interface Exports {
  /** The group as it is to be built. */
  readonly fit: (group: BuildGroup) => BuildGroup;
  readonly refused: (group: BuildGroup, said: string) => void;
}

export function createExports(): Exports {
  const refusing = new Set<string | null>();
  const builderOf = ({ builds }: BuildGroup) => builds[0]?.build.builder ?? null;
  return {
    fit: (group) => (refusing.has(builderOf(group)) ? withoutExports(group) : group),
    refused(group, said) {
      const builder = builderOf(group);
      const isKnown = refusing.has(builder);
      // What a registry has answered is told with the build's output, and concerns no other cache.
      if (!NO_EXPORT.test(said)) return;
      refusing.add(builder);
      if (!isKnown) group.onNote?.(refusal(builder));
    },
  };
}

function refusal(builder: string | null): string {
  const name = builder === null ? "docker's own builder" : `the builder \`${builder}\``;
  return `${name} (the driver \`docker\`, with the classic image store) writes no cache to a registry: images are built without; the containerd image store and builders of the driver \`docker-container\` write one, and \`cache: inline\` needs neither`;
}
