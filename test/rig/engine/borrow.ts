/** The user's own engine, borrowed where no private one can be had; left as it was found. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { engineApi } from './api.ts';
import { dockerRunner } from './client.ts';
import { Unavailable } from './errors.ts';
import { checkout, shortHash } from './place.ts';
import { seedReference } from './seed.ts';
import type { Engine } from './types.ts';

/** The label docker-ensure puts on what it builds. */
const ownLabel = 'dev.docker-ensure.hash';

/**
 * The engine that `docker` reaches now. Its image store is what it is, whatever a test would like.
 * What a crashed run of the same checkout and name left in it is removed first.
 */
export async function borrowEngine(options: { readonly name: string }): Promise<Engine> {
  const endpoint = await reachedEngine();
  const root = await mkdtemp(join(tmpdir(), 'docker-ensure-borrowed-'));
  const env = { ...(await endpointOfUser(endpoint)), DOCKER_CONFIG: await configFolder(root) };
  const docker = dockerRunner(env);
  const refuse = () => Promise.reject(new Error('A borrowed engine is not ours to kill.'));
  const prefix = `docker-ensure-test-${shortHash(`${checkout} ${options.name}`)}`;
  const mine = (reference: string) => belongs(reference, prefix);
  await removeOwn(docker, mine);
  const before = await inventory(docker);
  return {
    name: options.name,
    store: before.store,
    private: false,
    prefix,
    root,
    socket: endpoint,
    env,
    docker,
    api: engineApi(env),
    kill: refuse,
    restart: refuse,
    async stop() {
      const seedIsOurs = !before.references.has(seedReference);
      await removeOwn(docker, (name) => mine(name) || (seedIsOurs && name === seedReference));
      await removeDangling(docker, before.dangling);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Whether a reference, with or without a server, names an image beneath the prefix. */
function belongs(reference: string, prefix: string): boolean {
  const path = reference.replace(/^[^/]*[.:][^/]*\//, '');
  return path.startsWith(prefix) && /^[:/-]/.test(path.slice(prefix.length));
}

async function reachedEngine(): Promise<string> {
  const ask = async (...args: string[]) => {
    const result = await execa('docker', args, { reject: false, stdin: 'ignore' });
    if (result.exitCode === 0) return result.stdout.trim();
    const why = (result.stderr || result.originalMessage || '').trim().split('\n').at(-1);
    throw new Unavailable(`"docker ${args.slice(0, 2).join(' ')}" fails: ${why}`);
  };
  await ask('info', '--format', '{{.ServerVersion}}');
  await ask('buildx', 'version');
  return ask('context', 'inspect', '--format', '{{.Endpoints.docker.Host}}');
}

async function endpointOfUser(endpoint: string): Promise<Record<string, string>> {
  const env: Record<string, string> = { DOCKER_HOST: endpoint, PATH: process.env.PATH ?? '' };
  for (const name of ['DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** A DOCKER_CONFIG of our own that still finds the user's plugins, but none of his logins. */
async function configFolder(root: string): Promise<string> {
  const users = process.env.DOCKER_CONFIG ?? join(homedir(), '.docker');
  const own = join(root, 'config');
  await mkdir(own);
  await symlink(join(users, 'cli-plugins'), join(own, 'cli-plugins'));
  const text = await readFile(join(users, 'config.json'), 'utf8').catch(() => '{}');
  const { cliPluginsExtraDirs } = JSON.parse(text) as { cliPluginsExtraDirs?: string[] };
  await writeFile(join(own, 'config.json'), JSON.stringify({ cliPluginsExtraDirs }));
  return own;
}

async function lines(docker: Engine['docker'], ...args: string[]): Promise<string[]> {
  return (await docker(args)).stdout.split('\n').filter(Boolean);
}

async function inventory(docker: Engine['docker']) {
  const status = await docker(['info', '--format', '{{json .DriverStatus}}']);
  return {
    store: status.stdout.includes('io.containerd.snapshotter')
      ? ('containerd' as const)
      : ('classic' as const),
    references: new Set(await allReferences(docker)),
    dangling: new Set(await danglingImages(docker)),
  };
}

function allReferences(docker: Engine['docker']): Promise<string[]> {
  return lines(docker, 'image', 'ls', '--format', '{{.Repository}}:{{.Tag}}');
}

/** Images without a name that docker-ensure built: a later build took the name. */
function danglingImages(docker: Engine['docker']): Promise<string[]> {
  const filters = ['--filter', 'dangling=true', '--filter', `label=${ownLabel}`];
  return lines(docker, 'image', 'ls', '--quiet', '--no-trunc', ...filters);
}

async function removeOwn(
  docker: Engine['docker'],
  mine: (reference: string) => boolean,
): Promise<void> {
  const containers = await lines(docker, 'ps', '--all', '--format', '{{.ID}} {{.Image}}');
  for (const line of containers) {
    const [id = '', image = ''] = line.split(' ');
    if (mine(image.includes(':') ? image : `${image}:latest`)) await docker(['rm', '-fv', id]);
  }
  const images = (await allReferences(docker)).filter(mine);
  if (images.length > 0) await docker(['image', 'rm', '--force', ...images]);
}

async function removeDangling(docker: Engine['docker'], before: Set<string>): Promise<void> {
  const ours = (await danglingImages(docker)).filter((id) => !before.has(id));
  if (ours.length > 0) await docker(['image', 'rm', ...ours]);
}
