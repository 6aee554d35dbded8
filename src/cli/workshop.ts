import { join } from 'node:path';
import pLimit from 'p-limit';
import { createPrivateConfig, type PrivateConfig } from '../docker/config.ts';
import { createDocker } from '../docker/docker-cli.ts';
import { createExec } from '../docker/exec.ts';
import type { Hands } from '../ensure.ts';
import { stageBuild } from '../inputs/stage-build.ts';
import type { EventSink } from '../model/event.ts';
import { createLogins } from '../run/logins.ts';
import { createLabelMemory, createPushLedger } from '../run/memory.ts';
import type { Stager } from '../run/ports.ts';
import { cacheFolder } from './cache-folder.ts';
import type { Context } from './context.ts';
import type { Project } from './project.ts';

interface WorkshopOptions {
  readonly project: Project;
  readonly context: Context;
  readonly emit: EventSink;
  /** Docker commands at once. */
  readonly jobs: number;
}

/** Sets up what a run works with, and clears it away whatever becomes of the run. */
export async function withWorkshop<T>(
  { project, context, emit, jobs }: WorkshopOptions,
  work: (hands: Hands) => Promise<T>,
): Promise<T> {
  const { env, signal } = context;
  const cache = await cacheFolder(context);
  const config = await privateConfig(project, context);
  try {
    const exec = createExec({
      env: { ...env, ...(config === null ? {} : { DOCKER_CONFIG: config.folder }) },
      signal,
      onCall: (argv) => emit({ type: 'docker', argv }),
    });
    const docker = createDocker(exec);
    const tools = {
      docker,
      stager: createStager(project, cache),
      ledger: createPushLedger(cache),
      logins: createLogins(docker, project.manifest.registries.values()),
      slot: pLimit(jobs),
      now: () => performance.now(),
      emit,
    };
    return await work({ tools, labels: createLabelMemory(cache), report: project.report, emit });
  } finally {
    await config?.remove();
  }
}

function createStager({ manifest }: Project, cache: string): Stager {
  const root = join(cache, 'staging');
  return {
    stage: (resolved) => stageBuild(root, `${manifest.path}#${resolved.image.key}`, resolved),
  };
}

/** Docker Hub's name among docker's logins. */
const HUB_LOGIN = 'https://index.docker.io/v1/';

/** A docker configuration of the run's own, where the manifest has credentials to log in with. */
async function privateConfig(
  { manifest }: Project,
  context: Context,
): Promise<PrivateConfig | null> {
  const servers = [...manifest.registries.values()]
    .filter(({ credentials }) => credentials !== null)
    .map(({ server }) => server ?? HUB_LOGIN);
  if (servers.length === 0) return null;
  const { env, homeFolder, temporaryFolder } = context;
  return createPrivateConfig(
    env.DOCKER_CONFIG || join(homeFolder, '.docker'),
    servers,
    temporaryFolder,
  );
}
