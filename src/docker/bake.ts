import { buildArguments, contextsOf, type Located } from './build-argv.ts';
import { csv } from './build-options.ts';
import { attributesOf, callArgv, isUnset, type Value } from './option-table.ts';
import type { BuildGroup, BuildRequest } from './port.ts';

/**
 * What `docker buildx bake` is told, as a definition on its stdin: labels and build arguments are in no
 * argv, no file and no Dockerfile then.
 *
 * It is written in HCL, since buildx would first try JSON from stdin as a compose file, and warn about
 * each `$NAME` in it. Forms: https://docs.docker.com/build/bake/reference/
 */
export function bakeDefinition(group: BuildGroup, located: Located = new Map()): string {
  const targets = new Map(group.builds.map(({ key }, at) => [key, `target:${targetOf(at)}`]));
  let secrets = 0;
  const definitions = group.builds.map((request, at) => {
    const definition = targetDefinition(request, targetOf(at), {
      offline: group.offline,
      located,
      targets,
      secrets,
    });
    secrets += request.build.secrets.length;
    return definition;
  });
  return definitions.join('');
}

interface Surroundings {
  readonly offline: boolean;
  readonly located: Located;
  /** By key, how a target is named as a context. */
  readonly targets: ReadonlyMap<string, string>;
  /** How many secrets the targets before it have. */
  readonly secrets: number;
}

function targetDefinition(
  { build, names, staged }: BuildRequest,
  target: string,
  { offline, located, targets, secrets }: Surroundings,
): string {
  const attributes: readonly (readonly [string, Value])[] = [
    ['context', staged.context],
    ['dockerfile', staged.dockerfile],
    ['output', [csv(['type=docker', `name=${names.join(',')}`])]],
    ['platforms', build.platforms],
    ['args', buildArguments(build, located)],
    ['contexts', contextsOf(build, staged.additionalContexts, located, targets)],
    ...attributesOf(build, { offline, secretsBefore: secrets }),
  ];
  return writtenTarget(target, attributes);
}

/** A target as a definition has it. */
export function writtenTarget(
  target: string,
  attributes: readonly (readonly [string, Value])[],
): string {
  const lines = attributes.flatMap(([name, value]) =>
    isUnset(value) ? [] : [`  ${name} = ${written(value)}\n`],
  );
  return `target ${written(target)} {\n${lines.join('')}}\n`;
}

/**
 * The same for people: without the inputs documents, and with `$` and `%` as they are, so that a secret
 * that has them is known, and masked.
 */
export function shownDefinition(group: BuildGroup, located: Located): string {
  const builds = group.builds.map((request) => ({
    ...request,
    build: { ...request.build, inputs: '…' },
  }));
  return shown(bakeDefinition({ ...group, builds }, located));
}

/** A definition for people. */
export function shown(definition: string): string {
  return definition.replaceAll('\\u0024', '$').replaceAll('\\u0025', '%');
}

/** What the definition calls an image, by its place in the group: bake does not take every key. */
export function targetOf(place: number): string {
  return `image-${place + 1}`;
}

function written(value: Value): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (value instanceof Map) {
    const entries = [...value].map(([key, text]) => `${quoted(key)} = ${quoted(text)}`);
    return `{ ${entries.join(', ')} }`;
  }
  return `[${(value as readonly string[]).map(quoted).join(', ')}]`;
}

/** HCL has JSON's strings, but for two of its escapes; and `${` and `%{` begin a template. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/\\.|[$%]/g, (found) => ESCAPES[found] ?? found);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\b': '\\u0008',
  '\\f': '\\u000c',
  $: '\\u0024',
  '%': '\\u0025',
};

/**
 * True where the definition says it all. HCL composes the characters of its strings (Unicode's form C),
 * so that another one would come out as another text: as another file's name, or another value.
 */
export function isExact(definition: string): boolean {
  return definition === definition.normalize('NFC');
}

/**
 * Runs the definition that is given on stdin. The network of the host is a privilege that must be asked
 * for; a buildx that does not know it does not know the network either.
 */
export function bakeArgv({ builds }: BuildGroup): string[] {
  const [first] = builds;
  return [
    ...['buildx', 'bake'],
    ...(first === undefined ? [] : callArgv(first.build)),
    ...(builds.some(({ build }) => build.network === 'host') ? ['--allow', 'network.host'] : []),
    ...['--progress', 'rawjson'],
    ...['--metadata-file', metadataFileOf(builds)],
    ...['--file', '-'],
    ...builds.map((_, at) => targetOf(at)),
  ];
}

/** Where docker writes what a whole group has exported. */
export function metadataFileOf(builds: readonly BuildRequest[]): string {
  const [first] = builds;
  if (first === undefined) throw new Error('a group has at least one image');
  return first.staged.metadataFile;
}
