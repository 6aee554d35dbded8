import { labelsOf } from '../model/image-labels.ts';
import * as argv from './argv.ts';
import { cachesOf, secretsOf, sshOf } from './build-options.ts';
import type { BuildRequest } from './port.ts';

/**
 * What `docker buildx bake` is told, as a definition on its stdin: labels and build arguments are in no
 * argv, no file and no Dockerfile then.
 *
 * It is written in HCL, since buildx would first try JSON from stdin as a compose file, and warn about
 * each `$NAME` in it. Forms: https://docs.docker.com/build/bake/reference/
 */
export function bakeDefinition(request: BuildRequest, located: argv.Located = new Map()): string {
  const { build, staged, offline } = request;
  const attributes: readonly (readonly [string, Value])[] = [
    ['context', staged.context],
    ['dockerfile', staged.dockerfile],
    ['output', ['type=docker']],
    ['platforms', build.platforms],
    ['target', build.target],
    ['args', argv.buildArguments(build, located)],
    ['labels', labelsOf(build)],
    ['network', build.network],
    ['extra-hosts', build.extraHosts],
    ['contexts', argv.contextsOf(build, staged.additionalContexts, located)],
    ['shm-size', build.shmSize],
    ['ulimits', [...build.ulimits].map(([name, limit]) => `${name}=${limit}`)],
    ['secret', secretsOf(build)],
    ['ssh', sshOf(build)],
    ['cache-from', cachesOf(build.cacheFrom, offline)],
    ['cache-to', cachesOf(build.cacheTo, offline)],
    ['no-cache', build.noCache],
    ['pull', argv.pullsAll(build) && !offline],
  ];
  const lines = attributes.flatMap(([name, value]) =>
    isUnset(value) ? [] : [`  ${name} = ${written(value)}\n`],
  );
  return `target ${written(TARGET)} {\n${lines.join('')}}\n`;
}

/**
 * The same for people: without the inputs document, and with `$` and `%` as they are, so that a secret
 * that has them is known, and masked.
 */
export function shownDefinition(request: BuildRequest, located: argv.Located): string {
  const build = { ...request.build, inputs: '…' };
  return bakeDefinition({ ...request, build }, located)
    .replaceAll('\\u0024', '$')
    .replaceAll('\\u0025', '%');
}

/** What the definition calls its one target; docker's messages name it. */
export const TARGET = 'image';

type Value = string | boolean | null | readonly string[] | ReadonlyMap<string, string>;

function isUnset(value: Value): boolean {
  if (typeof value === 'string') return false;
  if (typeof value === 'boolean' || value === null) return !value;
  return value instanceof Map ? value.size === 0 : (value as readonly string[]).length === 0;
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
export function bakeArgv({ build, staged }: BuildRequest): string[] {
  return [
    ...['buildx', 'bake'],
    ...(build.builder === null ? [] : ['--builder', build.builder]),
    ...(build.network === 'host' ? ['--allow', 'network.host'] : []),
    ...['--progress', 'plain'],
    ...['--metadata-file', staged.metadataFile],
    ...['--file', '-', TARGET],
  ];
}
