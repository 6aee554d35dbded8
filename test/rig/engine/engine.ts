/** A private docker engine: a real dockerd in a folder of its own, beside any other. */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { engineApi, isUp } from './api.ts';
import { bridgeName, makeBridge } from './bridge.ts';
import { dockerRunner } from './client.ts';
import { writeEngineFiles } from './engine-files.ts';
import { pathWith } from './environment.ts';
import { Unavailable } from './errors.ts';
import { fetchPrograms, type Programs } from './fetch.ts';
import { withLock } from './lock.ts';
import { script, stateFolder } from './place.ts';
import * as supervised from './supervised.ts';
import type { Engine, EngineOptions, Store } from './types.ts';

/** Repositories under which tests make images. */
const prefix = 'docker-ensure-test';

/** Starts an engine, or joins the one of that name and store that already runs. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const folder = stateFolder('engine', options.name, options.owner ?? process.pid);
  const claim = supervised.newClaim(options.owner);
  requireRoot();
  const programs = await fetchPrograms(options.log);
  const engine = describe(folder, options, claim, programs);
  await withLock(folder, async () => {
    if (!options.fresh && (await joined(folder, options.store, engine, claim))) return;
    await supervised.remove(folder);
    await writeEngineFiles(folder, options, programs);
    await makeBridge(folder, programs);
    await run(folder, claim, options, programs);
    await waitReady(folder, engine);
  }).catch(async (error: unknown) => {
    await supervised.remove(folder);
    throw error;
  });
  return engine;
}

/** The engine of that name if it runs, without becoming its owner. */
export async function runningEngine(name: string): Promise<Engine | undefined> {
  const folder = stateFolder('engine', name);
  if (!supervised.isRunning(folder)) return undefined;
  const store = (await readFile(join(folder, 'store'), 'utf8')).trim() as Store;
  return describe(folder, { name, store }, 'forever', await fetchPrograms());
}

/** Ends the engine of that name, whoever owns it, or removes what a crash left of it. */
export async function removeEngine(name: string): Promise<void> {
  const folder = stateFolder('engine', name);
  await withLock(folder, () => supervised.remove(folder));
}

function requireRoot(): void {
  if (process.platform !== 'linux') throw new Unavailable('this is not Linux');
  if (process.getuid?.() !== 0) throw new Unavailable('this is not root');
}

async function joined(
  folder: string,
  store: Store,
  engine: Engine,
  claim: supervised.Claim,
): Promise<boolean> {
  const has = await readFile(join(folder, 'store'), 'utf8').catch(() => '');
  if (has.trim() !== store || !supervised.isRunning(folder)) return false;
  if (!(await isUp(engine))) return false;
  return supervised.lay(claim, folder);
}

async function run(
  folder: string,
  claim: supervised.Claim | undefined,
  options: EngineOptions,
  programs: Programs,
): Promise<void> {
  const at = (name: string) => join(folder, name);
  const dockerd = [
    ...['--config-file', at('dockerd.json')],
    ...['--data-root', options.dataRoot ?? at('data')],
    ...['--exec-root', at('run/docker')],
    ...['--pidfile', at('run/dockerd.pid')],
    ...['--host', `unix://${at('docker.sock')}`],
    ...['--containerd', at('run/containerd.sock')],
    ...['--bridge', bridgeName(folder)],
    ...['--cgroup-parent', `/${bridgeName(folder)}`],
    ...['--iptables=false', '--ip6tables=false', '--ip-masq=false', '--ip-forward=false'],
  ];
  const unshare = ['unshare', '--mount', '--pid', '--fork', '--kill-child'];
  // Its memory is plenty, and collecting it would take a tenth of its time.
  const env = { ...process.env, GOGC: '400', PATH: pathWith(programs.bin) };
  await rm(at('docker.sock'), { force: true });
  const command = [...unshare, 'sh', script('enter.sh'), folder, ...dockerd];
  await supervised.launch(folder, claim, command, env);
}

async function waitReady(folder: string, engine: Engine): Promise<void> {
  const launched = await supervised.until(() => supervised.isRunning(folder), 5);
  const ready =
    launched &&
    (await supervised.until(async () => {
      if (!supervised.isRunning(folder)) return true;
      if (!existsSync(engine.socket)) return false;
      return isUp(engine);
    }, 30));
  if (ready && supervised.isRunning(folder)) return;
  throw new Unavailable(`dockerd does not start (${await lastWords(folder)})`);
}

/** The line of the log that says why: a fatal one, or one that is not dockerd's at all. */
async function lastWords(folder: string): Promise<string> {
  const log = await readFile(join(folder, 'log'), 'utf8').catch(() => '');
  const lines = log.trim().split('\n');
  const fatal = lines.findLast((line) => /level=fatal/.test(line) || !/^time=/.test(line));
  return fatal || lines.at(-1) || 'it said nothing';
}

function describe(
  folder: string,
  options: EngineOptions,
  claim: supervised.Claim,
  programs: Programs,
): Engine {
  const socket = join(folder, 'docker.sock');
  const env = {
    DOCKER_HOST: `unix://${socket}`,
    DOCKER_CONFIG: join(folder, 'config'),
    PATH: pathWith(programs.bin),
  };
  const engine: Engine = {
    name: options.name,
    store: options.store,
    private: true,
    prefix,
    root: folder,
    socket,
    env,
    docker: dockerRunner(env),
    api: engineApi(env),
    kill: () => supervised.killMain(folder),
    stop: () => withLock(folder, () => supervised.release(folder, claim)),
    async restart() {
      await supervised.killAll(folder);
      await run(folder, undefined, options, programs);
      await waitReady(folder, engine);
    },
  };
  return engine;
}
