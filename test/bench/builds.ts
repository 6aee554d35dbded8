/**
 * `npm run bench`: how long builds take, whole processes, in turn in one run on private engines. Each row is the
 * median of its rounds; the ratio is to `docker buildx bake` of the same Dockerfiles.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { type Engine, engineFor, scrubbed, seed, seedReference } from '../rig/engine/index.ts';
import { GRAPHS, type Graph } from './graphs.ts';

const BINARY = fileURLToPath(new URL('../../bin/docker-ensure.js', import.meta.url));
const ROUNDS = Number(process.env.DOCKER_ENSURE_ROUNDS ?? 5);

/** A way to build a graph; each has images of its own. */
interface Contestant {
  readonly name: string;
  build(project: Project): Promise<unknown>;
}

interface Project {
  readonly folder: string;
  readonly env: Record<string, string>;
}

const ensure = (...options: string[]): Contestant => ({
  name: ['docker-ensure up', ...options].join(' '),
  build: ({ folder, env }) =>
    execa(process.execPath, [BINARY, 'up', '-q', ...options], {
      cwd: folder,
      env,
      extendEnv: false,
    }),
});

const bake: Contestant = {
  name: 'docker buildx bake',
  build: ({ folder, env }) =>
    execa('docker', ['buildx', 'bake', '--progress', 'quiet', '-f', 'bake.json', 'default'], {
      cwd: folder,
      env,
      extendEnv: false,
    }),
};

const CONTESTANTS = [ensure(), ensure('--jobs', '4'), bake];

/** The files of a graph. `salt` is in every step, so that nothing of another round is found again. */
async function write(folder: string, { parents }: Graph, salt: string): Promise<void> {
  const images: Record<string, object> = {};
  const targets: Record<string, object> = {};
  for (const [at, own] of parents.entries()) {
    const [first, ...others] = own.map((parent) => `bench/i${parent}`);
    const copies = others.map((name, place) => `COPY --from=${name} /made /from-${place}\n`);
    const steps = `${copies.join('')}RUN echo ${salt} ${at} >/made\n`;
    const dockerfile = `FROM ${first ?? seedReference}\n${steps}`;
    images[`i${at}`] = {
      name: `bench/i${at}`,
      with_hash: true,
      build: {
        files: 'nothing',
        dockerfile_inline: dockerfile,
        parents: own.map((parent) => `i${parent}`),
      },
    };
    const context = join(folder, `i${at}`);
    await mkdir(context, { recursive: true });
    await writeFile(join(context, 'Dockerfile'), dockerfile);
    const contexts = own.map((parent) => [`bench/i${parent}`, `target:i${parent}`]);
    targets[`i${at}`] = {
      context,
      contexts: Object.fromEntries(contexts),
      output: [`type=docker,name=bench/baked-i${at}:${salt}`],
    };
  }
  await writeFile(join(folder, 'ensure.yaml'), JSON.stringify({ images }));
  const group = { default: { targets: Object.keys(targets) } };
  await writeFile(join(folder, 'bake.json'), JSON.stringify({ target: targets, group }));
}

/** Takes all images of the bench away, and leaves BuildKit its cache. */
async function forget(engine: Engine): Promise<void> {
  const { stdout } = await engine.docker(['image', 'ls', '-q', '--filter', 'reference=bench/*']);
  const ids = [...new Set(stdout.split('\n').filter((id) => id !== ''))];
  if (ids.length > 0) await engine.docker(['image', 'rm', '--force', ...ids]);
}

const median = (all: readonly number[]) =>
  all.toSorted((one, other) => one - other)[Math.floor(all.length / 2)] ?? Number.NaN;

async function bench(store: 'classic' | 'containerd', work: string): Promise<void> {
  const engine = await engineFor({ name: `bench-${store}`, store });
  try {
    await seed(engine);
    for (const graph of GRAPHS) {
      const times = new Map<string, number[]>();
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const [place, contestant] of CONTESTANTS.entries()) {
          const folder = join(work, store, graph.name, String(place));
          const env = { ...scrubbed(engine.env), DOCKER_ENSURE_CACHE: join(work, 'cache') };
          // Its steps are its own, so that nobody finds what another has built.
          await write(folder, graph, `${GRAPHS.indexOf(graph)}-${round}-${place}-${process.pid}`);
          for (const state of ['not cached', 'cached']) {
            const start = performance.now();
            await contestant.build({ folder, env: { ...env, BUILDX_BAKE_ENTITLEMENTS_FS: '0' } });
            const key = `${state} ${contestant.name}`;
            times.set(key, [...(times.get(key) ?? []), performance.now() - start]);
            await forget(engine);
          }
        }
      }
      for (const state of ['not cached', 'cached']) {
        const base = median(times.get(`${state} ${bake.name}`) ?? []);
        for (const { name } of CONTESTANTS) {
          const ms = median(times.get(`${state} ${name}`) ?? []);
          const cells = [store, graph.name, state, name, `${(ms / 1000).toFixed(2)} s`];
          console.log(`| ${[...cells, (ms / base).toFixed(2)].join(' | ')} |`);
        }
      }
    }
  } finally {
    await engine.stop();
  }
}

const work = await mkdtemp(join(tmpdir(), 'docker-ensure-bench-'));
try {
  console.log(`Node ${process.version}, ${cpus().length} cores, median of ${ROUNDS}\n`);
  console.log('| store | graph | steps | what | time | ratio to bake |\n|---|---|---|---|---|---|');
  for (const store of ['classic', 'containerd'] as const) await bench(store, work);
} finally {
  await rm(work, { recursive: true, force: true });
}
