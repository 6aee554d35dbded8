/** `npm run engine`: the private engine, and a registry beside it, at one's fingertips. */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { removeEngine, runningEngine, startEngine } from './engine.ts';
import { scrubbed } from './environment.ts';
import { Mistake, Unavailable } from './errors.ts';
import { fetchPrograms } from './fetch.ts';
import { stateNames } from './place.ts';
import { removeRegistry, runningRegistry, startRegistry } from './registry.ts';
import { seed, seedReference } from './seed.ts';
import type { Engine, Store } from './types.ts';

const help = `A private docker engine and registry, in a folder of their own. Your docker is not touched.

Usage: npm run engine -- COMMAND [--name NAME] [--store classic|containerd]

  start    start them (fetching them first, once), with a small image to build on
  status   list what runs from this checkout
  env      print the settings, for:  eval "$(npm run -s engine -- env)"
  shell    start them if need be, and a shell that uses them
  stop     end them and remove all they held (--all: everything of this checkout)
  fetch    only fetch the programs

The name is "dev" and the store "classic" unless you say otherwise.`;

const say = (line: string) => process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) return void process.stdout.write(`${help}\n`);
  if (rest.length > 0) throw new Mistake(`"${rest[0]}" is one word too many; see --help.`);
  const { name } = values;
  switch (command) {
    case 'start':
      return start(name, storeOf(values.store));
    case 'status':
      return status();
    case 'env':
      return printSettings(name);
    case 'shell':
      return shell(name, storeOf(values.store));
    case 'stop':
      return stop(values.all ? await stateNames() : [name]);
    case 'fetch':
      return void say(`The programs are in ${(await fetchPrograms(say)).bin}.`);
    default:
      throw new Mistake(`There is no command "${command}"; see --help.`);
  }
}

function readArguments() {
  const options = {
    name: { type: 'string', default: 'dev' },
    store: { type: 'string' },
    all: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new Mistake(`${(error as Error).message.split('.')[0]}; see --help.`);
  }
}

function storeOf(text: string | undefined): Store | undefined {
  if (text === undefined || text === 'classic' || text === 'containerd') return text;
  throw new Mistake(`"${text}" is no image store: use classic or containerd.`);
}

/** Leaves a running one alone, but for one of another store, which was asked to make way. */
async function ensureStarted(name: string, wish: Store | undefined): Promise<Engine> {
  const store = wish ?? (await runningEngine(name))?.store ?? 'classic';
  const engine = await startEngine({ name, store, owner: 'forever', log: say });
  if ((await runningRegistry(name)) === undefined) await startRegistry({ name, owner: 'forever' });
  await seed(engine);
  return engine;
}

async function start(name: string, store: Store | undefined): Promise<void> {
  const engine = await ensureStarted(name, store);
  const option = name === 'dev' ? '' : ` --name ${name}`;
  process.stdout.write(
    [
      `Engine "${name}" runs (${engine.store} store); it has the image ${seedReference}.`,
      `Registry: ${await runningRegistry(name)}`,
      `Use them: eval "$(npm run -s engine -- env${option})"`,
      `      or: npm run engine -- shell${option}`,
      `End them: npm run engine -- stop${option}\n`,
    ].join('\n'),
  );
}

async function status(): Promise<void> {
  const names = await stateNames();
  if (names.length === 0) process.stdout.write('Nothing runs from this checkout.\n');
  for (const name of names) {
    const engine = await runningEngine(name);
    const registry = await runningRegistry(name);
    const parts = [
      engine ? `engine at ${engine.env.DOCKER_HOST} (${engine.store} store)` : 'no engine',
      registry ? `registry at ${registry}` : 'no registry',
    ];
    const crashed = engine === undefined && registry === undefined;
    const what = crashed
      ? `left by a crash: npm run engine -- stop --name ${name}`
      : parts.join(', ');
    process.stdout.write(`${name}: ${what}\n`);
  }
}

async function settings(name: string): Promise<Record<string, string>> {
  const engine = await runningEngine(name);
  if (engine === undefined) {
    throw new Mistake(`No engine "${name}" runs: npm run engine -- start --name ${name}`);
  }
  const registry = await runningRegistry(name);
  return { ...engine.env, ...(registry === undefined ? {} : { REGISTRY: registry }) };
}

async function printSettings(name: string): Promise<void> {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const lines = Object.entries(await settings(name)).map(([k, v]) => `export ${k}=${quoted(v)}\n`);
  // Settings of the user's that would bend what a client does with this engine.
  const foreign = 'DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH BUILDX_BUILDER BUILDX_CONFIG';
  process.stdout.write(`unset ${foreign}\n${lines.join('')}`);
}

async function shell(name: string, store: Store | undefined): Promise<void> {
  await ensureStarted(name, store);
  const env = scrubbed(await settings(name));
  say(
    `A shell that uses engine "${name}" and the registry at ${env.REGISTRY}. Leave it with exit.`,
  );
  const result = spawnSync(process.env.SHELL ?? 'sh', [], { stdio: 'inherit', env });
  process.exitCode = result.status ?? 1;
}

async function stop(names: string[]): Promise<void> {
  for (const name of names) {
    await Promise.all([removeEngine(name), removeRegistry(name)]);
    say(`Nothing of "${name}" is left.`);
  }
}

main().catch((error: unknown) => {
  const expected = error instanceof Mistake || error instanceof Unavailable;
  if (!expected) throw error;
  const line =
    error instanceof Mistake ? error.message : `No private engine here: ${error.message}.`;
  say(line);
  process.exitCode = 1;
});
