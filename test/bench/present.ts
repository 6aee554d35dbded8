/** Rows 3, 4, 5 and the second half of 10: what is here already, and a large context again. On private engines of both stores. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, engineFor, scrubbed } from '../rig/engine/index.ts';
import { type Bench, compare, ensure, tree } from './files.ts';
import type { Contestant } from './measure.ts';

/** How many times faster than each peer; on the containerd store docker's own answer takes long. */
const FASTER = { classic: [6, 12, 12], containerd: [3, 3, 3] } as const;
type Store = keyof typeof FASTER;

/** Over a plain build of a folder of which one file has changed. */
const MOST_OVER_BUILD = 1.15;

export async function benchPresent(bench: Bench): Promise<void> {
  for (const store of ['classic', 'containerd'] as const) {
    const engine = await engineFor({ name: `bench-present-${store}`, store });
    try {
      bench.say(`| **${store}** | | | | | | | | |`);
      for (const count of [20, 200]) benchImages(bench, engine, store, count);
      benchAgain(bench, engine, store);
    } finally {
      await engine.stop();
    }
  }
}

function benchImages(bench: Bench, engine: Engine, store: Store, count: number): void {
  const env = environmentOf(bench, engine);
  const folder = join(bench.work, `present-${store}-${count}`);
  writeProject(folder, count);
  const own = { ...ensure(bench, folder, 'up', '-q'), env, name: `\`up\`, ${count} images here` };
  runOnce(own);
  const refs = referencesOf(ensure(bench, folder, 'refs', '--format', 'json'), env);
  const filters = refs.flatMap((ref) => ['--filter', `reference=${ref}`]);
  const list = 'docker image ls --no-trunc --format "{{json .}}" "$@"';
  const floor: Contestant = {
    name: '`node -e 0` and one `docker image ls`',
    argv: ['sh', '-c', `"$0" -e 0; ${list}`, process.execPath, ...filters],
    env,
  };
  compare(bench, own, floor, 1.35);
  if (count > 20) return;
  const inspect = 'for ref; do docker image inspect "$ref" >/dev/null || exit 1; done';
  const peers: readonly Contestant[] = [
    {
      name: 'one `docker image inspect` each, as dockerensure asks',
      argv: ['sh', '-c', inspect, 'sh', ...refs],
      env,
    },
    {
      name: '`docker buildx bake`',
      argv: ['docker', 'buildx', 'bake', '-f', 'bake.json', '--progress', 'quiet'],
      cwd: folder,
      env,
    },
    { name: '`docker compose build`', argv: ['docker', 'compose', 'build'], cwd: folder, env },
  ];
  for (const [at, peer] of peers.entries()) {
    if (peer.argv[1] === 'compose' && !hasCompose(env))
      bench.say('| docker compose is not installed | | | | | | | | |');
    else compare(bench, own, peer, 1 / (FASTER[store][at] ?? 1));
  }
}

/** One file of 50,000 is another each time. */
function benchAgain(bench: Bench, engine: Engine, store: Store): void {
  const env = environmentOf(bench, engine);
  const folder = tree(bench, 50_000);
  let edit = 0;
  const before = () => {
    edit += 1;
    writeFileSync(join(folder, 'app/d0/edited.ts'), `${store} ${edit}\n`);
  };
  const own = ensure(bench, folder, 'up', '-q');
  const again = { ...own, env, before, name: '`up`, one of 50,000 files changed' };
  const argv = ['docker', 'buildx', 'build', '-q', '-t', 'bench/plain', 'app'] as const;
  const build = { name: '`docker buildx build`', argv, cwd: folder, env, before };
  compare({ ...bench, rounds: Math.min(bench.rounds, 3) }, again, build, MOST_OVER_BUILD);
}

/** Images of one file each, for docker-ensure, bake and compose. */
function writeProject(folder: string, count: number): void {
  const keys = Array.from({ length: count }, (_, at) => `i${at}`);
  for (const key of keys) {
    mkdirSync(join(folder, key), { recursive: true });
    writeFileSync(join(folder, key, 'Dockerfile'), 'FROM scratch\nCOPY file /\n');
    writeFileSync(join(folder, key, 'file'), `${folder} ${key}\n`);
  }
  const all = <T>(make: (key: string) => T) =>
    Object.fromEntries(keys.map((key) => [key, make(key)]));
  const images = all((key) => ({
    ...{ name: `bench/present-${key}`, with_hash: true },
    build: { directory: key },
  }));
  const target = all((context) => ({ context, tags: [`bench/baked-${context}`] }));
  const services = all((key) => ({ build: key, image: `bench/composed-${key}` }));
  writeFileSync(join(folder, 'ensure.yaml'), JSON.stringify({ images }, null, 2));
  const group = { default: { targets: keys } };
  writeFileSync(join(folder, 'bake.json'), JSON.stringify({ group, target }));
  writeFileSync(join(folder, 'compose.yaml'), JSON.stringify({ services }));
}

function environmentOf({ work }: Bench, engine: Engine): Record<string, string> {
  return {
    ...scrubbed({ ...engine.env }),
    DOCKER_ENSURE_CACHE: join(work, 'cache'),
    BUILDX_BAKE_ENTITLEMENTS_FS: '0',
  };
}

function runOnce({ name, argv: [command, ...args], cwd, env }: Contestant): string {
  const options = { cwd, env: { ...process.env, ...env }, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(command, args, options);
  if (status !== 0) throw new Error(`${name} failed: ${stderr}`);
  return stdout;
}

function referencesOf(command: Contestant, env: Record<string, string>): string[] {
  const document: unknown = JSON.parse(runOnce({ ...command, env }));
  const images = Object.values(document as Record<string, { readonly ref?: string }>);
  return images.flatMap(({ ref }) => ref ?? []);
}

function hasCompose(env: Record<string, string>): boolean {
  const options = { env: { ...process.env, ...env } };
  return spawnSync('docker', ['compose', 'version'], options).status === 0;
}
