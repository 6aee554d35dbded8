import { HUB } from '../model/hub.ts';
import type { Labels } from '../model/image-labels.ts';
import type { ProbeAnswer, RegistryAnswer } from '../model/plan.ts';
import type { Registry } from '../model/registry.ts';
import * as argv from './argv.ts';
import { build, NOTHING_OF_ITS_OWN } from './build.ts';
import { createExports } from './build-caches.ts';
import { createBuildx } from './buildx.ts';
import { done, lacking, refusal, transfer, unanswered } from './ended.ts';
import type { Call, Ended, Exec } from './exec.ts';
import { errorLine, pushRefusalOf } from './faults.ts';
import { createLocator } from './locate.ts';
import {
  parseImageList,
  parseInspectedImage,
  parseLabels,
  parseProbe,
  parseRemoteLabels,
  parseStoredImages,
} from './parse.ts';
import type { Docker, StoredImage } from './port.ts';
import { removeLeftTests, runTest } from './run-test.ts';
import { createBaseLook } from './unseen-bases.ts';
import { type DockerEnvironment, dockerMissing, notListed } from './unusable.ts';
import { createWatch } from './watch.ts';

/** References asked for in one call: bounded by what the kernel takes as one argv. */
const REFS_PER_CALL = 500;

/** An ssh that ended before docker had asked anything of the engine behind it: its words are lost. */
const SSH_WAS_QUICKER =
  /error during connect: (?:write|read) \|\d: (?:broken pipe|file already closed)/;

/** A registry has the image, and for other platforms only. */
const OTHER_PLATFORMS =
  /no matching manifest for|no match for platform in manifest|does not match the specified platform/;

/** What asks a registry for no more than a few lines has no need of a transfer's time. */
const LONGEST_QUESTION_MS = 60_000;

/**
 * Docker through its command line, in an environment that `exec` gives it. The one place that knows what
 * its commands answer. `execLast` runs what must be cleared away even where the run is aborted.
 */
export function createDocker(
  exec: Exec,
  env: DockerEnvironment = {},
  execLast: Exec = exec,
): Docker {
  const watch = createWatch(exec, env);

  /** Runs docker; its not being usable is the one outcome that is thrown. */
  const run: Exec = async (call) => {
    let ended = await exec(call);
    // Asked once more, docker has time to hear what ssh says.
    if (ended.exitCode !== 0 && SSH_WAS_QUICKER.test(ended.stderr)) ended = await exec(call);
    if (ended.missing) throw dockerMissing();
    if (ended.exitCode !== 0) await watch.look(ended);
    return ended;
  };

  /** The same, whatever it ends with: that may be a program's own. */
  const runAny: Exec = async (call) => {
    const ended = await exec(call);
    if (ended.missing) throw dockerMissing();
    return ended;
  };

  /** Done once, and only where tests are run. */
  let left: Promise<void> | null = null;
  const buildx = createBuildx(run);
  const baseLook = createBaseLook(run, NOTHING_OF_ITS_OWN);
  const tools = { locator: createLocator(run), watch, buildx, baseLook, exports: createExports() };

  const probe = async (ref: string, timeoutMs: number): Promise<ProbeAnswer> => {
    const ended = await run(question(argv.probeArgv(ref), timeoutMs));
    if (ended.exitCode !== 0) return unanswered(refusal(ended, ref));
    const found = parseProbe(ended.stdout);
    if (found !== null) return { is: 'present', ...found };
    const message = `docker's answer about ${ref} could not be read`;
    return { is: 'unknown', fault: 'unknown', message, retryable: 'no' };
  };

  return {
    async findLocal(refs) {
      const found = new Map<string, string>();
      for (const some of portions(refs)) {
        const ended = await run({ argv: argv.findLocalArgv(some) });
        if (ended.exitCode !== 0) throw notListed(errorLine(ended.stderr));
        const images = parseImageList(ended.stdout);
        for (const ref of some) {
          const id = images.get(argv.familiar(ref));
          if (id !== undefined) found.set(ref, id);
        }
      }
      return found;
    },

    async labels(ids) {
      const found = new Map<string, Labels>();
      for (const some of portions(ids)) {
        // It fails for those that are gone meanwhile, and prints the others.
        const { stdout } = await run({ argv: argv.inspectLabelsArgv(some) });
        for (const [id, labels] of parseLabels(stdout)) found.set(id, labels);
      }
      return found;
    },

    async stored(repositories) {
      const refs = new Map<string, string[]>();
      for (const some of portions(repositories)) {
        const ended = await run({ argv: argv.listRepositoriesArgv(some) });
        if (ended.exitCode !== 0) throw notListed(errorLine(ended.stderr));
        for (const [ref, id] of parseImageList(ended.stdout))
          refs.set(id, [...(refs.get(id) ?? []), ref]);
      }
      const found: StoredImage[] = [];
      for (const some of portions([...refs.keys()])) {
        const { stdout } = await run({ argv: argv.inspectStoredArgv(some) });
        found.push(...parseStoredImages(stdout, refs));
      }
      return found;
    },

    async remoteLabels(ref, timeoutMs) {
      const ended = await run(question(argv.probeArgv(ref), timeoutMs));
      return ended.exitCode === 0
        ? { is: 'present', labels: parseRemoteLabels(ended.stdout) }
        : unanswered(refusal(ended, ref));
    },

    async inspect(ref, platform) {
      // Older docker does not know the option, and cannot tell the platforms of a reference apart.
      const { exitCode, stdout } = await run({ argv: argv.inspectImageArgv(ref, platform) });
      return exitCode === 0 ? parseInspectedImage(stdout) : null;
    },

    async keepsPlatforms() {
      const { stdout } = await run({ argv: argv.storeArgv() });
      return stdout.includes('io.containerd.snapshotter');
    },

    probe,

    async pull(ref, platform, timeoutMs): Promise<RegistryAnswer> {
      const ended = await run({ argv: argv.pullArgv(ref, platform), timeoutMs });
      if (ended.exitCode === 0) return { is: 'present' };
      // The containerd store says "not found" of this too.
      if (OTHER_PLATFORMS.test(ended.stderr)) return forOtherPlatforms(ended, platform);
      const refused = refusal(ended, ref);
      if (refused.mayBeAbsent !== true) return unanswered(refused);
      // The containerd store says the same of a token that has expired; buildx tells the two apart.
      const { mayBeAbsent, ...denied } = refused;
      const asked = await probe(ref, timeoutMs);
      return asked.is === 'present' ? unanswered(denied) : asked;
    },

    async push(ref, timeoutMs) {
      const ended = await run({ argv: argv.pushArgv(ref), timeoutMs });
      return transfer(ended, ref, pushRefusalOf);
    },

    async tagRemotely(source, target, timeoutMs) {
      const call = (asIs: boolean) =>
        run(question(argv.tagRemotelyArgv(source, target, asIs), timeoutMs));
      const ended = await call(true);
      const tooOld = /unknown flag: --prefer-index/.test(ended.stderr);
      return transfer(tooOld ? await call(false) : ended, target);
    },

    async tag(source, target) {
      return done(await run({ argv: argv.tagArgv(source, target) }));
    },

    async untag(ref) {
      return done(await run({ argv: argv.untagArgv(ref) }));
    },

    async remove(ref) {
      return done(await run({ argv: argv.removeArgv(ref) }));
    },

    async used() {
      const listed = await run({ argv: argv.listContainersArgv() });
      if (listed.exitCode !== 0) throw notListed(errorLine(listed.stderr));
      const used = new Set<string>();
      for (const some of portions(listed.stdout.split('\n').filter(Boolean))) {
        const { stdout } = await run({ argv: argv.inspectContainersArgv(some) });
        for (const id of stdout.split('\n').filter(Boolean)) used.add(id);
      }
      return used;
    },

    async login({ server, credentials }: Registry, password, timeoutMs) {
      if (credentials === null) return { ok: true };
      if ('lacking' in credentials) return lacking(credentials);
      const call = question(argv.loginArgv(server, credentials.username), timeoutMs);
      return transfer(await run({ ...call, input: password }), server ?? HUB);
    },

    async logout({ server }, timeoutMs) {
      const { stdout } = await execLast(question(argv.logoutArgv(server), timeoutMs));
      return /^Removing login credentials/m.test(stdout);
    },

    build: (group) => build(run, group, tools),
    canGroup: buildx.canBake,
    async runTest(test) {
      left ??= removeLeftTests(run);
      await left;
      return runTest(test, { exec: runAny, execLast, watch });
    },
  };
}

function forOtherPlatforms({ stderr }: Ended, platform: string | null): RegistryAnswer {
  const asked = platform ?? 'the platform of this machine';
  const message = `the registry does not have it for ${asked}: ${errorLine(stderr)}`;
  return { is: 'unknown', fault: 'unknown', message, retryable: 'no' };
}

function portions<T>(all: readonly T[]): T[][] {
  const starts = Array.from(
    { length: Math.ceil(all.length / REFS_PER_CALL) },
    (_, at) => at * REFS_PER_CALL,
  );
  return starts.map((start) => all.slice(start, start + REFS_PER_CALL));
}

function question(words: readonly string[], timeoutMs: number): Call {
  return { argv: words, timeoutMs: Math.min(timeoutMs, LONGEST_QUESTION_MS) };
}
