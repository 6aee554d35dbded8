import { basename, dirname } from 'node:path';
import { UsageError } from './context.ts';

/**
 * docker-ensure as a plugin of the docker command: `docker ensure up`.
 *
 * https://github.com/docker/cli/blob/v28.5.1/docs/extend/cli_plugins.md
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** A command line as docker hands it to a plugin, in the terms of our own. */
export interface PluginCall {
  readonly argv: readonly string[];
  /** With docker's own options as variables, so that every docker command has them. */
  readonly env: Environment;
}

/** The word with which docker asks a plugin what it is. */
const METADATA = 'docker-cli-plugin-metadata';

/** Docker sets it for plugins, and so for all that they start. */
const CALLED_BY_DOCKER = 'DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND';

/** The socket that docker closes where the plugin is to stop. */
const SOCKET = 'DOCKER_CLI_PLUGIN_SOCKET';

/** What docker is to know of the plugin, where it asks; null where it does not. */
export function pluginMetadata(argv: readonly string[], version: string): string | null {
  if (argv[0] !== METADATA) return null;
  const metadata = {
    SchemaVersion: '0.1.0',
    Vendor: 'docker-ensure',
    Version: version,
    ShortDescription: 'Make sure that images are ready: found, else pulled, else built and pushed',
  };
  return `${JSON.stringify(metadata)}\n`;
}

/**
 * The command line behind docker's own options and the plugin's name; null where docker has not called. Throws
 * `UsageError` for an option of docker's that no variable can stand for.
 */
export function pluginCall(argv: readonly string[], env: Environment): PluginCall | null {
  if (env[CALLED_BY_DOCKER] === undefined) return null;
  const given: Given = { variables: new Map(), files: [] };
  let at = 0;
  while (at < argv.length && argv[at]?.startsWith('-')) at += takeOption(argv, at, given);
  if (argv[at] !== 'ensure') return null;
  const { [CALLED_BY_DOCKER]: _, [SOCKET]: __, ...rest } = env;
  const variables = new Map([...given.variables, ...certificates(given.files)]);
  const next: Record<string, string | undefined> = { ...rest, ...Object.fromEntries(variables) };
  // Docker, too, takes the one that stands on the command line.
  if (variables.has('DOCKER_HOST')) delete next.DOCKER_CONTEXT;
  else if (variables.has('DOCKER_CONTEXT')) delete next.DOCKER_HOST;
  return { argv: argv.slice(at + 1), env: next };
}

/** The socket that docker closes where the plugin is to stop: a path, or `@` and a name; null: there is none. */
export function pluginSocket({ [SOCKET]: name = '' }: Environment): string | null {
  return name === '' ? null : name;
}

interface Given {
  readonly variables: Map<string, string>;
  /** Options for certificates with their paths. */
  readonly files: [string, string][];
}

const SHORT: Readonly<Record<string, string>> = {
  H: 'host',
  c: 'context',
  l: 'log-level',
  D: 'debug',
};

/** Docker's own options with a value. */
const VARIABLES: Readonly<Record<string, string | null>> = {
  host: 'DOCKER_HOST',
  context: 'DOCKER_CONTEXT',
  config: 'DOCKER_CONFIG',
  'log-level': null,
};

const FLAGS: Readonly<Record<string, string | null>> = {
  debug: null,
  tls: 'DOCKER_TLS',
  tlsverify: 'DOCKER_TLS_VERIFY',
};

const FILES: Readonly<Record<string, string>> = {
  tlscacert: 'ca.pem',
  tlscert: 'cert.pem',
  tlskey: 'key.pem',
};

/** Takes one of docker's options; gives the number of words that it has. Docker has checked them. */
function takeOption(argv: readonly string[], at: number, given: Given): number {
  const word = argv[at] ?? '';
  const [, long, longValue] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  const letter = long === undefined ? (word[1] ?? '') : '';
  const name = long ?? SHORT[letter] ?? '';
  if (name in FLAGS) {
    const variable = FLAGS[name] ?? null;
    if (variable !== null && longValue !== 'false') given.variables.set(variable, '1');
    return 1;
  }
  const own = long === undefined ? word.slice(2).replace(/^=/, '') : longValue;
  const inOne = own !== undefined && own !== '';
  const value = inOne ? own : (argv[at + 1] ?? '');
  const variable = VARIABLES[name] ?? null;
  if (variable !== null) given.variables.set(variable, value);
  if (name in FILES) given.files.push([name, value]);
  return inOne ? 1 : 2;
}

/** Docker has one variable for all certificates: their folder, in which they have names of their own. */
function certificates(files: readonly (readonly [string, string])[]): Map<string, string> {
  const [first] = files;
  if (first === undefined) return new Map();
  const folder = dirname(first[1]);
  const isUsual = files.every(
    ([name, path]) => dirname(path) === folder && basename(path) === FILES[name],
  );
  if (isUsual) return new Map([['DOCKER_CERT_PATH', folder]]);
  throw new UsageError(
    '--tlscacert, --tlscert and --tlskey are only taken for ca.pem, cert.pem and key.pem of one folder',
    'set DOCKER_CERT_PATH to a folder with files of these names, or use a docker context',
  );
}
