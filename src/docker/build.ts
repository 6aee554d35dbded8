import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { FULL_DISK_ADVICE, isFullDisk } from '../model/full-disk.ts';
import type { ResolvedBuild } from '../model/resolved.ts';
import type { StagedBuild } from '../model/staging.ts';
import * as argv from './argv.ts';
import { bakeArgv, bakeDefinition, isExact, shownDefinition } from './bake.ts';
import { blamedReference, explainBuildFailure } from './build-log.ts';
import { secretEnvironment } from './build-options.ts';
import type { Buildx } from './buildx.ts';
import type { Call, Exec } from './exec.ts';
import { errorLine, refusalOf } from './faults.ts';
import { hiddenAdvice } from './hidden.ts';
import type { Locator } from './locate.ts';
import { ownWords } from './own-words.ts';
import { parseExportedDigests } from './parse.ts';
import type { BuildFailed, BuildOutcome, BuildRequest } from './port.ts';
import type { Watch } from './watch.ts';

/** What a build works with beside docker itself. */
export interface BuildTools {
  readonly locator: Locator;
  readonly watch: Watch;
  readonly buildx: Buildx;
}

/** Builds an image that has no name yet. `run` throws where docker cannot be used. */
export async function build(
  run: Exec,
  request: BuildRequest,
  { locator, watch, buildx }: BuildTools,
): Promise<BuildOutcome> {
  const problem =
    unsetSecret(request.build) ?? (request.offline ? null : await pullOthers(run, request.build));
  if (problem !== null) return problem;
  const images = await locator.locate(request);
  if ('ok' in images) return images;
  try {
    const command = await commandOf(request, images.located, buildx);
    return await runBuild(run, request, command, images.located, watch);
  } finally {
    await images.release();
  }
}

/** Docker would give the build an empty secret, and say nothing. */
function unsetSecret({ secrets }: ResolvedBuild): BuildFailed | null {
  for (const { id, from } of secrets) {
    if ('env' in from && from.value === null)
      return failed(`the variable ${from.env}, which has the secret ${id}, is not set`);
  }
  return null;
}

function failed(message: string): BuildFailed {
  return { ok: false, message, log: [] };
}

/** The images that `pull` is for, where docker cannot tell them from parents. */
async function pullOthers(run: Exec, build: ResolvedBuild): Promise<BuildFailed | null> {
  if (!build.pull || argv.pullsAll(build)) return null;
  for (const ref of build.baseImages) {
    const ended = await run({ argv: argv.pullArgv(ref, build.platforms[0] ?? null) });
    if (ended.exitCode !== 0) return blaming(ref, ended.stderr, failed(''));
  }
  return null;
}

/** A failure for which the registry of a base image is to blame. */
function blaming(ref: string, said: string, failure: BuildFailed): BuildFailed {
  const { is, ...registryError } = refusalOf(said, ref);
  const message = failure.message || `${ref} could not be pulled: ${errorLine(said)}`;
  return is === 'error' ? { ...failure, message, registryError } : { ...failure, message };
}

/** What docker is called with: a definition for bake or, for what that cannot say, a plain build. */
async function commandOf(
  request: BuildRequest,
  located: argv.Located,
  buildx: Buildx,
): Promise<Call> {
  const { build } = request;
  const definition = bakeDefinition(request, located);
  if (!isExact(definition) || !(await buildx.knowsAllOf(build))) {
    const env = { ...NOTHING_OF_ITS_OWN, ...argv.buildEnvironment(build) };
    return { argv: argv.buildArgv(request, located), env };
  }
  const env = { ...NOTHING_OF_ITS_OWN, ...secretEnvironment(build) };
  const shownInput = shownDefinition(request, located);
  return { argv: bakeArgv(request), env, input: definition, shownInput };
}

async function runBuild(
  run: Exec,
  request: BuildRequest,
  command: Call,
  located: argv.Located,
  watch: Watch,
  tries = 3,
): Promise<BuildOutcome> {
  const lines: string[] = [];
  const ended = await run({
    ...command,
    onLine: (written) => {
      const line = withOwnNames(written, located);
      lines.push(line);
      request.onLog(line);
    },
  });
  if (ended.exitCode === 0) {
    return { ok: true, id: await builtId(run, request.staged) };
  }
  const said = lines.length > 0 ? lines : ended.stderr.split('\n');
  const own = ownWords(said);
  if (tries > 1 && own.some((line) => OUTRUN.test(line)))
    return runBuild(run, request, command, located, watch, tries - 1);
  await requireBuildx(watch, lines);
  await watch.lookAfterBuild(own);
  const failure: BuildFailed = {
    ok: false,
    ...explainBuildFailure(said, {
      name: basename(request.staged.dockerfile),
      shown: request.build.dockerfile.shown,
    }),
  };
  const blamed = blamedReference(own);
  if (blamed !== null) return blaming(blamed.ref, blamed.error, failure);
  const advice = await adviceOn(own, request);
  return advice === null ? failure : { ...failure, advice };
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

/**
 * The ID by which this engine knows what was built: the digest of the image's configuration or, with the
 * containerd store, of what it exported.
 */
async function builtId(run: Exec, { metadataFile }: StagedBuild): Promise<string> {
  const [first, ...others] = parseExportedDigests(await readFile(metadataFile, 'utf8'));
  if (first === undefined) throw new Error('docker did not say what it built');
  if (others.length === 0) return first;
  const known = await run({ argv: argv.inspectLabelsArgv([first]) });
  return known.exitCode === 0 ? first : (others[0] ?? first);
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

/** What to do about a failure that is not a step's. */
async function adviceOn(own: readonly string[], request: BuildRequest): Promise<string | null> {
  if (own.some(isFullDisk)) return FULL_DISK_ADVICE;
  return hiddenAdvice(own, request);
}
