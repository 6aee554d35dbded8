/** A private registry: the real distribution registry, on this machine's loopback only. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Unavailable } from './errors.ts';
import { fetchPrograms } from './fetch.ts';
import { withLock } from './lock.ts';
import { stateFolder } from './place.ts';
import { freePort } from './port.ts';
import { registryClient } from './registry-client.ts';
import { accessLines, htpasswd, nameHeader, registryConfig } from './registry-config.ts';
import * as supervised from './supervised.ts';
import type { Registry, RegistryOptions } from './types.ts';

/** Starts an empty registry, in the place of one of the same name. */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const folder = stateFolder('registry', options.name, options.owner ?? process.pid);
  const claim = supervised.newClaim(options.owner);
  const { bin } = await fetchPrograms();
  return withLock(folder, async () => {
    await supervised.remove(folder);
    const port = await startSomewhere(folder, bin, options, claim);
    return describe(folder, bin, options, port, claim);
  });
}

/** Where the registry of that name listens, if it runs. */
export async function runningRegistry(name: string): Promise<string | undefined> {
  const folder = stateFolder('registry', name);
  if (!supervised.isRunning(folder)) return undefined;
  return (await readFile(join(folder, 'host'), 'utf8')).trim();
}

/** Ends the registry of that name, whoever owns it, or removes what a crash left of it. */
export async function removeRegistry(name: string): Promise<void> {
  const folder = stateFolder('registry', name);
  await withLock(folder, () => supervised.remove(folder));
}

/** Another process may take a free port before the registry does: then the next is tried. */
async function startSomewhere(
  folder: string,
  bin: string,
  options: RegistryOptions,
  claim: supervised.Claim,
): Promise<number> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const port = options.port ?? (await freePort());
    await prepare(folder, options, port);
    if (await run(folder, bin, options, port, claim)) return port;
    const log = await readFile(join(folder, 'log'), 'utf8').catch(() => '');
    await supervised.remove(folder);
    if (options.port !== undefined || !log.includes('address already in use')) {
      throw new Unavailable(`the registry does not start (${log.trim().split('\n').at(-1)})`);
    }
  }
  throw new Unavailable('the registry finds no free port');
}

async function prepare(folder: string, options: RegistryOptions, port: number): Promise<void> {
  const at = (name: string) => join(folder, name);
  const address = `127.0.0.1:${port}`;
  const places = { address, storage: at('storage'), htpasswd: at('htpasswd') };
  await mkdir(at('storage'), { recursive: true });
  await writeFile(at('config.yml'), registryConfig(options, places));
  await writeFile(at('host'), `${address}\n`);
  if (options.auth !== undefined) await writeFile(at('htpasswd'), htpasswd(options.auth));
}

async function run(
  folder: string,
  bin: string,
  options: RegistryOptions,
  port: number,
  claim: supervised.Claim | undefined,
): Promise<boolean> {
  const script = 'echo $$ >"$1/main.pid"; exec "$0/docker-registry" serve "$1/config.yml"';
  const env = { PATH: process.env.PATH, ...options.env };
  await rm(join(folder, 'main.pid'), { force: true });
  await supervised.launch(folder, claim, ['sh', '-c', script, bin, folder], env);
  await supervised.until(() => supervised.isRunning(folder), 5);
  const ready = await supervised.until(async () => {
    if (!supervised.isRunning(folder)) return true;
    const response = await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined);
    return response?.headers.get(nameHeader) === options.name;
  }, 15);
  return ready && supervised.isRunning(folder);
}

function describe(
  folder: string,
  bin: string,
  options: RegistryOptions,
  port: number,
  claim: supervised.Claim,
): Registry {
  const host = `127.0.0.1:${port}`;
  return {
    name: options.name,
    host,
    auth: options.auth,
    ...registryClient(host, options.auth),
    kill: () => supervised.killMain(folder),
    stop: () => withLock(folder, () => supervised.release(folder, claim)),
    async restart() {
      await supervised.killAll(folder);
      const back = await run(folder, bin, options, port, undefined);
      if (!back) throw new Error(`The registry did not come back at ${host}.`);
    },
    async reset() {
      const storage = join(folder, 'storage');
      for (const name of await readdir(storage)) await rm(join(storage, name), { recursive: true });
    },
    accessLog: async () => accessLines(await readFile(join(folder, 'log'), 'utf8')),
  };
}
