import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { FULL_DISK_ADVICE, isFullDisk } from '../model/full-disk.ts';
import type { ResolvedBuild } from '../model/resolved.ts';
import type { StagedBuild } from '../model/staging.ts';
import * as argv from './argv.ts';
import {
  blamedReference,
  explainBuildFailure,
  type SentDockerfile,
  sentDockerfile,
} from './build-log.ts';
import type { Exec } from './exec.ts';
import { errorLine, refusalOf } from './faults.ts';
import { hiddenAdvice } from './hidden.ts';
import type { Locator } from './locate.ts';
import { ownWords } from './own-words.ts';
import { parseExportedDigest } from './parse.ts';
import type { BuildFailed, BuildOutcome, BuildRequest } from './port.ts';
import type { Watch } from './watch.ts';

/** Builds an image that has no name yet. `run` throws where docker cannot be used. */
export async function build(
  run: Exec,
  request: BuildRequest,
  locator: Locator,
  watch: Watch,
): Promise<BuildOutcome> {
  const problem =
    unsetSecret(request.build) ?? (request.offline ? null : await pullOthers(run, request.build));
  if (problem !== null) return problem;
  const images = await locator.locate(request);
  if ('ok' in images) return images;
  try {
    return await runBuild(run, request, images.located, watch);
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
  const { is, ...trouble } = refusalOf(said, ref);
  const message = failure.message || `${ref} could not be pulled: ${errorLine(said)}`;
  return is === 'trouble' ? { ...failure, message, trouble } : { ...failure, message };
}

async function runBuild(
  run: Exec,
  request: BuildRequest,
  located: argv.Located,
  watch: Watch,
  tries = 3,
): Promise<BuildOutcome> {
  const lines: string[] = [];
  const ended = await run({
    argv: argv.buildArgv(request, located),
    env: { ...NOTHING_OF_ITS_OWN, ...argv.buildEnvironment(request.build) },
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
    return runBuild(run, request, located, watch, tries - 1);
  await requireBuildx(watch, lines);
  await watch.lookAfterBuild(own);
  const failure: BuildFailed = {
    ok: false,
    ...explainBuildFailure(said, await sentDockerfileOf(request)),
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
 * The ID by which this engine knows what was built. The ID file has the digest of the image's
 * configuration; an engine with the containerd store knows an image by that of its manifest.
 */
async function builtId(run: Exec, { idFile, metadataFile }: StagedBuild): Promise<string> {
  const id = (await readFile(idFile, 'utf8')).trim();
  const digest = parseExportedDigest(await readFile(metadataFile, 'utf8').catch(() => '{}'));
  if (digest === null || digest === id) return id;
  const known = await run({ argv: argv.inspectLabelsArgv([digest]) });
  return known.exitCode === 0 ? digest : id;
}

async function sentDockerfileOf({ build, staged }: BuildRequest): Promise<SentDockerfile> {
  const { dockerfile } = build;
  const sent = await readFile(staged.dockerfile).catch(() => dockerfile.bytes);
  return sentDockerfile(basename(staged.dockerfile), dockerfile, sent);
}

/**
 * What buildx must not add of its own: it would be content that no hash covers, and provenance would
 * put build arguments into a file. A `SOURCE_DATE_EPOCH` of the environment would become a build
 * argument.
 */
const NOTHING_OF_ITS_OWN = {
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
