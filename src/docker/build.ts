import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { FULL_DISK_ADVICE, isFullDisk } from '../model/full-disk.ts';
import type { ResolvedBuild } from '../model/resolved.ts';
import * as argv from './argv.ts';
import {
  bakeArgv,
  bakeDefinition,
  isExact,
  metadataFileOf,
  shownDefinition,
  targetOf,
} from './bake.ts';
import { blamedReference, explainBuildFailure } from './build-log.ts';
import { pullsAll, secretEnvironment } from './build-options.ts';
import { takenArgument, unreadableSource, unsetSecret } from './build-sources.ts';
import type { Buildx } from './buildx.ts';
import type { Call, Exec } from './exec.ts';
import { errorLine, refusalOf } from './faults.ts';
import { hiddenAdvice } from './hidden.ts';
import type { Locator } from './locate.ts';
import { ownWords } from './own-words.ts';
import { parseExportedDigests } from './parse.ts';
import {
  type BuildFailed,
  type BuildGroup,
  type BuildOutcome,
  type BuildRequest,
  DockerUnusable,
} from './port.ts';
import { readProgress } from './progress.ts';
import type { Watch } from './watch.ts';

/** What a build works with beside docker itself. */
export interface BuildTools {
  readonly locator: Locator;
  readonly watch: Watch;
  readonly buildx: Buildx;
}

/** Builds images, and gives each its names. `run` throws where docker cannot be used. */
export async function build(
  run: Exec,
  group: BuildGroup,
  { locator, watch, buildx }: BuildTools,
): Promise<BuildOutcome> {
  for (const { key, build } of group.builds) {
    const lacking = unsetSecret(build) ?? (await unreadableSource(build));
    const problem =
      (lacking && { ...failed(key, ''), ...lacking }) ??
      (group.offline ? null : await pullOthers(run, key, build));
    if (problem !== null) return problem;
  }
  const images = await locator.locate(group);
  if ('ok' in images) return images;
  const start = async (asked: BuildGroup): Promise<BuildOutcome> => {
    const command = await commandOf(asked, images.located, buildx);
    if (!('argv' in command)) return { ok: false, key: null, message: '', log: [], ...command };
    return runBuild(run, asked, command, images.located, watch);
  };
  try {
    return await start(group);
  } catch (error) {
    // An engine that knows no named contexts takes no images by ONBUILDs either.
    if (!isOldEngine(error) || group.builds.every((each) => !each.build.unseen)) throw error;
    return await start(withoutUnseen(group));
  } finally {
    await images.release();
  }
}

function isOldEngine(error: unknown): boolean {
  return error instanceof DockerUnusable && error.code === 'old-engine';
}

function withoutUnseen(group: BuildGroup): BuildGroup {
  const without = ({ unseen, ...build }: ResolvedBuild): ResolvedBuild => build;
  const builds = group.builds.map((each) => ({ ...each, build: without(each.build) }));
  return { ...group, builds };
}

function failed(key: string, message: string): BuildFailed {
  return { ok: false, key, message, log: [] };
}

/** The images that `pull` is for, where docker cannot tell them from parents. */
async function pullOthers(
  run: Exec,
  key: string,
  build: ResolvedBuild,
): Promise<BuildFailed | null> {
  if (!build.pull || pullsAll(build)) return null;
  for (const ref of build.baseImages) {
    const ended = await run({ argv: argv.pullArgv(ref, build.platforms[0] ?? null) });
    if (ended.exitCode !== 0) return blaming(ref, ended.stderr, failed(key, ''));
  }
  return null;
}

/** A failure for which the registry of a base image is to blame. */
function blaming(ref: string, said: string, failure: BuildFailed): BuildFailed {
  const { is, ...registryError } = refusalOf(said, ref);
  const message = failure.message || `${ref} could not be pulled: ${errorLine(said)}`;
  return is === 'error' ? { ...failure, message, registryError } : { ...failure, message };
}

/**
 * What docker is called with: a definition for bake or, for what that cannot say, a plain build, of one
 * image only; or why it cannot be called.
 */
async function commandOf(
  group: BuildGroup,
  located: argv.Located,
  buildx: Buildx,
): Promise<Call | Partial<BuildFailed>> {
  const [first, ...others] = group.builds;
  if (first === undefined) throw new Error('a group has at least one image');
  const builds = group.builds.map(({ build }) => build);
  const env = { ...NOTHING_OF_ITS_OWN, ...secretEnvironment(builds) };
  const input = bakeDefinition(group, located);
  const isSaid = isExact(input) && (others.length > 0 || (await buildx.canBake(first.build)));
  if (isSaid) {
    return { argv: bakeArgv(group), env, input, shownInput: shownDefinition(group, located) };
  }
  if (others.length > 0) return { again: 'apart' };
  const taken = takenArgument(first.build);
  if (taken !== null) return { key: first.key, ...taken };
  const plain = argv.buildArgv(first, group.offline, located);
  return { argv: plain, env: { ...env, ...argv.buildEnvironment(first.build) } };
}

async function runBuild(
  run: Exec,
  group: BuildGroup,
  command: Call,
  located: argv.Located,
  watch: Watch,
): Promise<BuildOutcome> {
  const lines: string[] = [];
  const keys = new Map(group.builds.map(({ key }, at) => [targetOf(at), key]));
  const progress = readProgress([...keys.keys()], {
    onBuilt: (target) => group.onBuilt(keys.get(target) ?? ''),
    onLine(target, written) {
      const line = withOwnNames(written, located);
      lines.push(line);
      group.onLog(keys.get(target ?? '') ?? null, line);
    },
  });
  const ended = await run({ ...command, onLine: progress.take });
  if (ended.exitCode === 0) return { ok: true, ids: await idsOf(group) };

  const said = lines.length > 0 ? lines : ended.stderr.split('\n');
  const own = ownWords(said);
  await requireBuildx(watch, lines);
  await watch.lookAfterBuild(own);
  return explained(said, own, group, failedIn(said, group, progress.failedTarget()));
}

/** What a failure says, in the terms of the user's own Dockerfile. */
async function explained(
  said: readonly string[],
  own: readonly string[],
  { builds }: BuildGroup,
  request: BuildRequest | null,
): Promise<BuildFailed> {
  const names = (request === null ? [] : [request]).map(({ staged, build }) => ({
    name: basename(staged.dockerfile),
    shown: build.dockerfile.shown,
  }));
  const failure: BuildFailed = {
    ok: false,
    key: request?.key ?? null,
    ...explainBuildFailure(said, names),
  };
  if (own.some((line) => OUTRUN.test(line))) return { ...failure, again: 'as-it-is' };
  // What is nobody's fault may be one's own all the same: each by itself, they show whose.
  const isUnclear = request === null || own.some((line) => NO_LINKS.test(line));
  if (isUnclear && builds.length > 1) return { ...failure, again: 'apart' };
  const barred = request && argv.barredName(request.build, own);
  if (barred) return { ...failure, ...askedForBarred(barred) };
  const blamed = blamedReference(own);
  if (blamed !== null) return blaming(blamed.ref, blamed.error, failure);
  const advice = own.some(isFullDisk)
    ? FULL_DISK_ADVICE
    : await hiddenAdvice(own, request === null ? builds : [request]);
  return advice === null ? failure : { ...failure, advice };
}

/**
 * The image that failed, of a group. A step that several have is shown as one of each: the part of the
 * Dockerfile that docker shows is of the one whose step it is.
 */
function failedIn(
  said: readonly string[],
  { builds }: BuildGroup,
  failedTarget: string | null,
): BuildRequest | null {
  if (builds.length === 1) return builds[0] ?? null;
  const shown = builds.find(({ staged }) => {
    const name = `${basename(staged.dockerfile)}:`;
    return said.some((line) => line.startsWith(name) && /^\d+$/.test(line.slice(name.length)));
  });
  const named = said.flatMap((line) => /^ERROR: target (\S+): /.exec(line)?.[1] ?? []).at(-1);
  const target = failedTarget ?? named ?? null;
  return shown ?? builds.find((_, at) => targetOf(at) === target) ?? null;
}

/** Only an ONBUILD can ask for a name that is not in the Dockerfile. */
function askedForBarred(name: string): Pick<BuildFailed, 'message' | 'advice'> {
  return {
    message: `an \`ONBUILD\` of an image that it begins with asks for \`${name}\`, which is an image of this manifest that is not bound for it: it is neither ensured first nor hashed`,
    advice: `add the image to \`parents\`; if another one is meant, give the manifest's another name`,
  };
}

/** The names that the user knows, in the place of those that images got for the build. */
function withOwnNames(line: string, located: argv.Located): string {
  return [...located].reduce((text, [name, place]) => text.replaceAll(place, name), line);
}

/**
 * Where two builds come to the same image at once, the containerd store lets one of them fail (moby
 * 26). The image is there then, so another try finds it, and all its layers.
 */
const OUTRUN = /^ERROR: .*moby-dangling@sha256:[0-9a-f]{64}": already exists/;

/** Engines older than 23 know no named contexts, by which an image of a group is given its parents. */
const NO_LINKS = /unsupported frontend capability moby\.buildkit\.frontend\.contexts/;

/** What was exported, as far as docker says; nothing hangs on it. */
async function idsOf({ builds }: BuildGroup): Promise<ReadonlyMap<string, readonly string[]>> {
  const text = await readFile(metadataFileOf(builds), 'utf8').catch(() => '{}');
  const digests = parseExportedDigests(text, targetOf(0));
  return new Map(builds.map(({ key }, at) => [key, digests.get(targetOf(at)) ?? []]));
}

/**
 * What buildx must not add of its own: it would be content that no hash covers, and provenance would
 * put build arguments into a file. A `SOURCE_DATE_EPOCH` of the environment would become a build
 * argument.
 */
const NOTHING_OF_ITS_OWN = {
  // The definition names folders outside of the current one, which are our own.
  BUILDX_BAKE_ENTITLEMENTS_FS: '0',
  BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
  BUILDX_METADATA_PROVENANCE: 'disabled',
  BUILDX_GIT_LABELS: '',
  SOURCE_DATE_EPOCH: '',
};

/**
 * Without the plugin docker takes `buildx` for an unknown word, and words its complaint differently
 * from version to version: so a build that said nothing of its own is looked into.
 */
async function requireBuildx(watch: Watch, lines: readonly string[]): Promise<void> {
  if (!lines.some((line) => line.startsWith('#'))) await watch.requireBuildx();
}
