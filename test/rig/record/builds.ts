/** Runs builds that fail on an engine, and keeps what BuildKit says. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bakeArgv, bakeDefinition } from '../../../src/docker/bake.ts';
import type { Engine } from '../engine/index.ts';
import { imagine } from '../imagined.ts';

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
    const { build } = imagine('recorded', { buildKeys: { target, noCache: true } });
    if (build === null) throw new Error('an image with parents has a build');
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
