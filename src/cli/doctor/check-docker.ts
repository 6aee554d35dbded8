import { statfs } from 'node:fs/promises';
import { createDocker } from '../../docker/docker-cli.ts';
import { createExec, type Exec } from '../../docker/exec.ts';
import { DockerUnusable } from '../../docker/port.ts';
import { whyNoBuildx } from '../../docker/watch.ts';
import type { CheckUp } from '../../model/check-up.ts';
import { formatBytes } from '../../report/text.ts';
import type { Context } from '../context.ts';

/** The oldest engine that is tested with. */
const OLDEST_ENGINE = 23;

/** Less than that is soon used up by builds. */
const LITTLE_SPACE = 2e9;

/** Whether it is there does not matter: where there is no engine docker cannot say. */
const ANY = 'docker-ensure/doctor:none';

export interface DockerCheckUps {
  readonly checkUps: readonly CheckUp[];
  /** False where no run can work. */
  readonly usable: boolean;
}

/** Looks at the docker command, its engine, buildx, the image store and the disk beneath it. */
export async function checkDocker({ env, signal }: Context): Promise<DockerCheckUps> {
  const exec = createExec({ env, signal, onCall: () => undefined });
  const docker = createDocker(exec, env);
  const client = await exec({ argv: ['--version'] });
  const version = /version ([^\s,]+)/.exec(client.stdout)?.[1] ?? 'of an unknown version';
  if (client.missing) {
    const broken = await brokenBy(() => docker.findLocal([ANY]), 'docker');
    return { checkUps: broken === null ? [] : [broken], usable: false };
  }
  const command = ok('docker', `the docker command is ${version}`);
  const [engine, buildx] = await Promise.all([checkEngine(exec, docker), checkBuildx(exec)]);
  const checkUps = [command, ...engine, buildx];
  return { checkUps, usable: checkUps.every(({ state }) => state !== 'broken') };
}

async function checkEngine(
  exec: Exec,
  docker: ReturnType<typeof createDocker>,
): Promise<readonly CheckUp[]> {
  const broken = await brokenBy(() => docker.findLocal([ANY]), 'engine');
  if (broken !== null) return [broken];
  const { stdout } = await exec({ argv: ['info', '--format', '{{json .}}'] });
  const info = parsed(stdout);
  const version = text(info.ServerVersion);
  const isOld = Number.parseInt(version, 10) < OLDEST_ENGINE;
  const isContainerd = JSON.stringify(info.DriverStatus ?? null).includes(
    'io.containerd.snapshotter',
  );
  return [
    isOld
      ? {
          ...{ what: 'engine', state: 'warning', message: `the engine is ${version}` },
          advice: `update it: docker-ensure is tested with ${OLDEST_ENGINE} and later`,
        }
      : ok('engine', `the engine is ${version}`),
    ok('image store', isContainerd ? 'containerd' : `classic (${text(info.Driver)})`),
    ...(await checkDisk(text(info.DockerRootDir))),
  ];
}

/** The disk of an engine on this machine; nothing of one whose folder is not to be seen here. */
async function checkDisk(folder: string): Promise<CheckUp[]> {
  const space = folder === '' ? null : await statfs(folder).catch(() => null);
  if (space === null) return [];
  const free = space.bavail * space.bsize;
  const message = `${formatBytes(free)} are free in ${folder}`;
  if (free >= LITTLE_SPACE) return [ok('disk', message)];
  const advice = '`docker-ensure prune` and `docker system prune` make room';
  return [{ what: 'disk', state: 'warning', message, advice }];
}

async function checkBuildx(exec: Exec): Promise<CheckUp> {
  const { exitCode, stdout, stderr } = await exec({ argv: ['buildx', 'version'] });
  if (exitCode === 0) {
    const version = /\bv?\d+\.\d+\.\d+\S*/.exec(stdout)?.[0] ?? stdout.trim();
    return ok('buildx', `buildx is ${version}`);
  }
  return brokenOf(await whyNoBuildx(exec, stderr), 'buildx');
}

async function brokenBy(work: () => Promise<unknown>, what: string): Promise<CheckUp | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof DockerUnusable) return brokenOf(error, what);
    throw error;
  }
}

function brokenOf({ message, advice }: DockerUnusable, what: string): CheckUp {
  return { what, state: 'broken', message, advice: advice ?? null };
}

function ok(what: string, message: string): CheckUp {
  return { what, state: 'ok', message, advice: null };
}

function parsed(json: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(json) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
