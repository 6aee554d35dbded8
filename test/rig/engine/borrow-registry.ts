/** A registry as a container of a borrowed engine, where its program cannot be had. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './port.ts';
import { registryClient } from './registry-client.ts';
import { accessLines, htpasswd, registryConfig } from './registry-config.ts';
import { until } from './supervised.ts';
import type { Engine, Registry, RegistryOptions } from './types.ts';

const image = 'registry:2';

/** Starts an empty registry, published on the engine's loopback only. */
export async function startRegistryContainer(
  engine: Engine,
  options: RegistryOptions,
): Promise<Registry> {
  const docker = async (...args: string[]) => {
    const ran = await engine.docker(args);
    if (ran.exitCode !== 0) throw new Error(`docker ${args[0]} failed: ${ran.stderr}`);
    return ran;
  };
  const port = options.port ?? (await freePort());
  const host = `127.0.0.1:${port}`;
  const container = `${engine.prefix}-${options.name}`;
  const foreign = (await engine.docker(['image', 'inspect', image])).exitCode === 0;
  const start = async () => {
    await docker('start', container);
    const answers = () =>
      fetch(`http://${host}/v2/`).then(
        (r) => r.status < 500,
        () => false,
      );
    if (!(await until(answers, 30))) throw new Error(`The registry does not answer at ${host}.`);
  };
  await engine.docker(['rm', '-fv', container]);
  const env = Object.entries(options.env ?? {}).flatMap(([k, v]) => ['--env', `${k}=${v}`]);
  await docker('create', '--name', container, '--publish', `${host}:5000`, ...env, image);
  await configure(options, (from, to) => docker('cp', from, `${container}:${to}`));
  await start();
  return {
    name: options.name,
    host,
    auth: options.auth,
    ...registryClient(host, options.auth),
    kill: async () => void (await docker('kill', container)),
    async restart() {
      await engine.docker(['kill', container]);
      await start();
    },
    async reset() {
      await docker('exec', container, 'sh', '-c', 'rm -rf /var/lib/registry/*');
    },
    async accessLog() {
      const { stdout, stderr } = await docker('logs', container);
      return accessLines(`${stdout}\n${stderr}`);
    },
    async stop() {
      await docker('rm', '-fv', container);
      // Refused while another of our registries runs, whose end then removes it.
      if (!foreign) await engine.docker(['image', 'rm', image]);
    },
  };
}

/** Copied, not mounted: the engine may be on another machine. */
async function configure(
  options: RegistryOptions,
  copy: (from: string, to: string) => Promise<unknown>,
): Promise<void> {
  const folder = '/etc/docker/registry';
  const storage = '/var/lib/registry';
  const places = { address: ':5000', storage, htpasswd: `${folder}/htpasswd` };
  const work = await mkdtemp(join(tmpdir(), 'docker-ensure-registry-'));
  try {
    await writeFile(join(work, 'config.yml'), registryConfig(options, places));
    await copy(join(work, 'config.yml'), `${folder}/config.yml`);
    if (options.auth === undefined) return;
    await writeFile(join(work, 'htpasswd'), htpasswd(options.auth));
    await copy(join(work, 'htpasswd'), `${folder}/htpasswd`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
