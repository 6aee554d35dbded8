import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { type ConfigOptions, createPrivateConfig, readLogins } from '../docker/config.ts';
import { createDocker } from '../docker/docker-cli.ts';
import { createExec } from '../docker/exec.ts';
import { createPasswords } from '../docker/passwords.ts';
import { connectWhenAsked } from '../docker/registry-api/connect-when-asked.ts';
import { withSeenLogins } from '../docker/seen-logins.ts';
import type { EnsureContext } from '../ensure.ts';
import { createLocks } from '../machine/locks.ts';
import { createNotes } from '../machine/notes.ts';
import type { EventSink } from '../model/event.ts';
import { loginKeyOf } from '../model/hub.ts';
import { createArchive } from '../run/archive.ts';
import { createLogins } from '../run/logins.ts';
import { createLabelMemory, createPassedTests, createPendingPushes } from '../run/memory.ts';
import type { Stager } from '../run/ports.ts';
import { createRegistries } from '../run/registries.ts';
import { boundStaging, sweepStaging } from '../staging/claim.ts';
import { stageBuild, whatMoved } from '../staging/stage-build.ts';
import { CACHE_PARTS, type CacheFolder, cacheFolder, lockFolder } from './cache-folder.ts';
import { createChanges } from './changes.ts';
import type { Context } from './context.ts';
import {
  buildxEnvironment,
  certificateFolders,
  configWarning,
  dockerFolder,
  helperWarning,
  lacksDockerFolder,
} from './docker-folders.ts';
import type { Project } from './project.ts';

interface RunSessionOptions {
  readonly project: Project;
  readonly context: Context;
  readonly emit: EventSink;
  /** Docker commands at once, and images that are built at once; null: as many as is best. */
  readonly jobs: number | null;
  /** `--retries`; null: as each registry says. */
  readonly retries: number | null;
}

/** The fewest docker commands at once: docker waits more than it computes. */
const LEAST_COMMANDS = 4;

/**
 * How many images BuildKit is given at once: enough that it hardly ever waits for us, and few enough that a
 * call's definition and sessions stay small.
 */
const BUILDS_AT_ONCE = 32;

/** Sets up what a run works with, and clears it away whatever becomes of the run. */
export async function withRunSession<T>(
  { project, context, emit, jobs, retries }: RunSessionOptions,
  work: (context: EnsureContext) => Promise<T>,
): Promise<T> {
  const { env, signal, mask } = context;
  const { registries, folder } = project.manifest;
  const cache = cacheFolder(context);
  const partOf = (part: keyof typeof CACHE_PARTS) => join(cache.path, CACHE_PARTS[part]);
  const own = await ownConfig(project, context);
  const leave = own === null ? () => undefined : context.onExit(own.removeNow);
  const staging = { folder: partOf('staging'), isUsed: false };
  const swept = sweepStaging(staging.folder);
  try {
    const dockerEnv = { ...env, ...own?.env };
    const usedLogins = [...registries.values()].flatMap(({ server, credentials }) =>
      credentials === null ? [server] : [],
    );
    const [buildxEnv, servers, configDoubt, helperDoubt] = await Promise.all([
      buildxEnvironment(context, cache.path),
      readLogins(configOf(context)),
      configWarning(context),
      helperWarning(context, usedLogins),
    ]);
    const execOptions = {
      env: { ...dockerEnv, ...buildxEnv },
      onCall: (argv: readonly string[], input?: string) =>
        emit({ type: 'docker', argv, ...(input === undefined ? {} : { input }) }),
    };
    const exec = createExec({ ...execOptions, signal });
    const unstoppable = createExec({ ...execOptions, signal: new AbortController().signal });
    const plain = createDocker(exec, env, unstoppable);
    const docker = own === null ? plain : withSeenLogins(plain, own.folder);
    const wait = (ms: number) => interruptibly(ms, signal);
    const passwords = createPasswords({ cwd: folder, env, signal, onSecret: mask.add });
    const doubt = configDoubt ?? helperDoubt;
    if (doubt !== null) emit({ type: 'warning', warning: doubt });
    const archive = createArchive(createNotes(partOf('archive')), context.now);
    const slot = pLimit(jobs ?? Math.max(LEAST_COMMANDS, context.cores));
    const services = {
      docker,
      registryApi: connectWhenAsked({
        env: dockerEnv,
        configFolder: own?.folder ?? dockerFolder(context),
        certificateFolders: certificateFolders(context),
        signal,
        onRequest: (request) => emit({ type: 'request', ...request }),
        onSecret: mask.add,
      }),
      stager: createStager(project, { cache, staging, emit }),
      pendingPushes: createPendingPushes(createNotes(partOf('owed'))),
      archive,
      changes: createChanges(archive, { now: context.now, intervals: project.conditions.now }),
      passedTests: createPassedTests(createNotes(partOf('tests'))),
      labels: createLabelMemory(createNotes(partOf('labels'))),
      logins: createLogins({ docker, passwords, registries: registries.values(), servers }),
      registries: createRegistries({ slot, retries, random: Math.random }),
      slot,
      buildsAtOnce: jobs ?? BUILDS_AT_ONCE,
      locks: createLocks(() => lockFolder(context), wait),
      now: () => performance.now(),
      wait,
      emit,
    };
    return await work({ services, report: project.report });
  } finally {
    await swept;
    if (staging.isUsed) await boundStaging(staging.folder);
    await own?.remove();
    leave();
  }
}

/** Throws the signal's reason where it comes first. */
async function interruptibly(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}

interface StagerOptions {
  readonly cache: CacheFolder;
  /** Where staging folders are kept, and whether this run has used one. */
  readonly staging: { readonly folder: string; isUsed: boolean };
  readonly emit: EventSink;
}

function createStager(
  { manifest, conditions }: Project,
  { cache, staging, emit }: StagerOptions,
): Stager {
  return {
    async stage(resolved) {
      staging.isUsed = true;
      // A build comes before all that is kept for later runs.
      cache.claim((text) => emit({ type: 'note', text }));
      const id = `${manifest.path}#${resolved.image.key}`;
      return stageBuild(staging.folder, id, resolved);
    },
    moved: (resolved) => whatMoved(resolved, conditions.own),
  };
}

/**
 * A docker configuration of the run's own, where the manifest has credentials to log in with, or the user
 * has none.
 */
async function ownConfig({ manifest }: Project, context: Context) {
  const servers = [...manifest.registries.values()]
    .filter(({ credentials }) => credentials !== null)
    .map(({ server }) => loginKeyOf(server));
  if (servers.length === 0 && !lacksDockerFolder(context)) return null;
  const { temporaryFolder } = context;
  return createPrivateConfig({ ...configOf(context), servers, temporary: temporaryFolder });
}

function configOf(context: Context): Pick<ConfigOptions, 'userFolder' | 'authConfig'> {
  return { userFolder: dockerFolder(context), authConfig: context.env.DOCKER_AUTH_CONFIG };
}
