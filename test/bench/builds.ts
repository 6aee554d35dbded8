/**
 * How long builds take: whole processes, in turn in one run on private engines. Each row is the
 * median of its rounds; the ratio is to `docker buildx bake` of the same Dockerfiles.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import {
  type Engine,
  engineFor,
  registryFor,
  scrubbed,
  seed,
  seedReference,
} from '../rig/engine/index.ts';
import { startSsh } from '../rig/engine/ssh.ts';
import { GRAPHS, type Graph } from './graphs.ts';

const BINARY = fileURLToPath(new URL('../../bin/docker-ensure.js', import.meta.url));
const ROUNDS = Number(process.env.DOCKER_ENSURE_ROUNDS ?? 5);

const say = (line: string) => process.stdout.write(`${line}\n`);

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

const median = (all: readonly number[]) => {
  const sorted = all.toSorted((one, other) => one - other);
  const [low = Number.NaN, high = low] = [(sorted.length - 1) >> 1, sorted.length >> 1].map(
    (at) => sorted[at],
  );
  return (low + high) / 2;
};

/** Runs the work and gives the seconds that it took. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** A line of the table. `target`: the ratio, or the seconds where there is nothing to compare with. */
function row(
  cells: readonly string[],
  { seconds, base, target }: { seconds: number; base?: number; target: number | null },
): void {
  const value = base === undefined ? seconds : seconds / base;
  const unit = base === undefined ? ' s' : '';
  const verdict =
    target === null ? '' : `${value <= target ? 'within' : '**missed**:'} ${target}${unit}`;
  const ratio = base === undefined ? '' : value.toFixed(2);
  say(`| ${[...cells, `${seconds.toFixed(2)} s`, ratio, verdict].join(' | ')} |`);
}

async function benchGraph({ engine, store, work }: Place, graph: Graph): Promise<void> {
  const times = new Map<string, number[]>();
  const rounds = Math.max(1, Math.round((ROUNDS * 20) / Math.max(20, graph.parents.length)));
  for (let round = 0; round < rounds; round += 1) {
    // In turn: each of them comes first, and last, as often as the others.
    const turn = CONTESTANTS.map((_, at) => (at + round) % CONTESTANTS.length);
    for (const place of turn) {
      const contestant = CONTESTANTS[place];
      if (contestant === undefined) continue;
      const folder = join(work, store, graph.name, String(place));
      // Its steps are its own, so that nobody finds what another has built.
      await write(folder, graph, `${GRAPHS.indexOf(graph)}-${round}-${place}-${process.pid}`);
      for (const state of ['not cached', 'cached']) {
        const seconds = await timed(() =>
          contestant.build({ folder, env: environment(engine.env, work) }),
        );
        const key = `${state} ${contestant.name}`;
        times.set(key, [...(times.get(key) ?? []), seconds]);
        await forget(engine);
      }
    }
  }
  for (const state of ['not cached', 'cached']) {
    const base = median(times.get(`${state} ${bake.name}`) ?? []);
    for (const { name } of CONTESTANTS) {
      const seconds = median(times.get(`${state} ${name}`) ?? []);
      const target = name === ensure().name ? graph.target : null;
      row([store, graph.name, state, name], { seconds, base, target });
    }
  }
}

interface Place {
  readonly engine: Engine;
  readonly store: 'classic' | 'containerd';
  readonly work: string;
}

/** Three images, with an sshd before the engine. */
async function benchSsh({ engine, store, work }: Place): Promise<void> {
  const ssh = await startSsh(engine);
  try {
    const family: Graph = { name: 'three behind ssh', parents: [[], [0], [0]], target: 3 };
    const times: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const place of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const folder = join(work, store, 'ssh', String(place));
        await write(folder, family, `ssh-${round}-${place}-${process.pid}`);
        const contestant = place === 0 ? ensure() : bake;
        const env = environment(ssh.env, work);
        times[place as 0 | 1].push(await timed(() => contestant.build({ folder, env })));
        await forget(engine);
      }
    }
    const [own, base] = times.map(median) as [number, number];
    const cells = [store, family.name, 'not cached'];
    row([...cells, ensure().name], { seconds: own, base, target: family.target });
    row([...cells, bake.name], { seconds: base, base, target: null });
  } finally {
    await ssh.stop();
  }
}

/** What a plan costs that has to ask a registry about every image. */
async function benchPlan({ engine, store, work }: Place): Promise<void> {
  const registry = await registryFor(engine, { name: `bench-${store}` });
  try {
    const folder = join(work, store, 'plan');
    await mkdir(folder, { recursive: true });
    const images = Array.from({ length: 300 }, (_, at) => [
      `i${at}`,
      { build: { files: 'nothing', dockerfile_inline: `FROM scratch\nLABEL at=${at}\n` } },
    ]);
    const manifest = {
      registries: { r: { server: registry.host } },
      defaults: { registry: 'r', with_hash: true },
      images: Object.fromEntries(images),
    };
    await writeFile(join(folder, 'ensure.yaml'), JSON.stringify(manifest));
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      times.push(
        await timed(() =>
          execa(process.execPath, [BINARY, 'plan', '-q'], {
            cwd: folder,
            env: environment(engine.env, work),
            extendEnv: false,
          }),
        ),
      );
    }
    row([store, '300 absent images', '', 'docker-ensure plan'], {
      seconds: median(times),
      target: 8,
    });
  } finally {
    await registry.stop();
  }
}

const environment = (env: Readonly<Record<string, string>>, work: string) => ({
  ...scrubbed({ ...env }),
  DOCKER_ENSURE_CACHE: join(work, 'cache'),
  BUILDX_BAKE_ENTITLEMENTS_FS: '0',
});

async function bench(store: 'classic' | 'containerd', work: string): Promise<void> {
  const engine = await engineFor({ name: `bench-${store}`, store });
  try {
    await seed(engine);
    const place = { engine, store, work };
    await benchPlan(place);
    if (engine.private) await benchSsh(place);
    for (const graph of GRAPHS) await benchGraph(place, graph);
  } finally {
    await engine.stop();
  }
}

/** How long builds take, on private engines of both stores. */
export async function benchBuilds(work: string): Promise<void> {
  say(`median of ${ROUNDS} rounds, fewer of 100 images`);
  say(
    '\n| store | images | steps | what | time | to bake | target |\n|---|---|---|---|---|---|---|',
  );
  for (const store of ['classic', 'containerd'] as const) await bench(store, work);
}
