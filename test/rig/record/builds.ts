/** Runs builds that fail on an engine, and keeps what BuildKit says. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bakeArgv, bakeDefinition } from '../../../src/docker/bake.ts';
import type { ResolvedBuild } from '../../../src/model/resolved.ts';
import type { Engine } from '../engine/index.ts';

/** Builds `<folder>/<case>/Dockerfile` as the product does, and writes `<store>.txt` beside it. */
export async function recordBuild(name: string, engine: Engine, folder: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'docker-ensure-record-'));
  try {
    const bytes = await readFile(join(folder, name, 'Dockerfile'));
    const target = /^# target: (.+)$/m.exec(bytes.toString())?.[1] ?? null;
    await writeFile(join(work, 'Dockerfile'), bytes);
    await cp(join(folder, name, 'context'), join(work, 'context'), { recursive: true }).catch(
      () => undefined,
    );
    const staged = {
      context: join(work, 'context'),
      dockerfile: join(work, 'Dockerfile'),
      additionalContexts: new Map(),
      metadataFile: join(work, 'metadata'),
    };
    await cp(join(folder, 'context'), staged.context, { recursive: true });
    const build = { ...NOTHING, target, noCache: true };
    const builds = [{ key: name, build, names: [`recorded/${name}`], staged }];
    const group = { builds, offline: false, onBuilt: () => {}, onLog: () => {} };
    const ran = await engine.docker(bakeArgv(group), { input: bakeDefinition(group) });
    if (ran.exitCode === 0) throw new Error(`${name} succeeded`);
    const text = ran.stderr.replaceAll(work, '/tmp/staged').replace(/\b\d+\.\d+s\b/g, '0.1s');
    await writeFile(join(folder, name, `${engine.store}.txt`), `${text}\n`);
  } finally {
    await rm(work, { recursive: true });
  }
}

const NONE = new Map<string, never>();

const NOTHING: ResolvedBuild = {
  hash: 'f'.repeat(64),
  inputs: '{}',
  files: { directory: '', selected: [], list: { entries: NONE, document: '{}', hash: '' } },
  dockerfile: { path: null, shown: 'Dockerfile', bytes: Buffer.from('') },
  parents: [],
  baseImages: [],
  names: {
    meaningOf: () => ({ is: 'outside' }),
    bases: [],
    platforms: new Map(),
    namesOf: () => [],
    others: () => [],
  },
  syntax: null,
  platforms: ['linux/amd64'],
  buildArgs: NONE,
  unhashedBuildArgs: NONE,
  target: null,
  labels: NONE,
  network: null,
  extraHosts: NONE,
  additionalContexts: NONE,
  shmSize: null,
  ulimits: NONE,
  secrets: [],
  ssh: [],
  cacheFrom: [],
  cacheTo: [],
  noCache: false,
  pull: false,
  builder: null,
};
