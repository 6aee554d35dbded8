import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Registry } from '../model/manifest.ts';
import type { RegistryAnswer } from '../model/plan.ts';
import { familiarReference, parseReference } from '../model/reference.ts';
import type { ResolvedBuild } from '../model/resolved.ts';
import type { StagedBuild } from '../model/staging.ts';
import * as argv from './argv.ts';
import { explainBuildFailure, type SentDockerfile, sentDockerfile } from './build-log.ts';
import type { Ended, Exec } from './exec.ts';
import { classifyFault, classifyUnusable, errorLine } from './faults.ts';
import { parseExportedDigest, parseImageList, parseLabels } from './parse.ts';
import {
  type BuildOutcome,
  type BuildRequest,
  type Docker,
  DockerUnusable,
  type Done,
  type Transfer,
} from './port.ts';

/** References asked for in one call: bounded by what the kernel takes as one argv. */
const REFS_PER_CALL = 500;

/** The server that is meant where none is named. */
const HUB = 'docker.io';

/** Docker through its command line. The one place that knows what its commands answer. */
export function createDocker(exec: Exec): Docker {
  /** Runs docker; its not being usable is the one outcome that is thrown. */
  const run: Exec = async (call) => {
    const ended = await exec(call);
    if (ended.missing) throw unusable('missing');
    const how = ended.exitCode === 0 ? null : classifyUnusable(ended.stderr);
    if (how !== null) throw unusable(how);
    return ended;
  };

  return {
    async findLocal(refs) {
      const found = new Map<string, string>();
      for (let start = 0; start < refs.length; start += REFS_PER_CALL) {
        const some = refs.slice(start, start + REFS_PER_CALL);
        const ended = await run({ argv: argv.findLocalArgv(some) });
        if (ended.exitCode !== 0) throw unusable('no-daemon', errorLine(ended.stderr));
        const images = parseImageList(ended.stdout);
        for (const ref of some) {
          const id = images.get(familiar(ref));
          if (id !== undefined) found.set(ref, id);
        }
      }
      return found;
    },

    async labels(ref) {
      const ended = await run({ argv: argv.inspectLabelsArgv(ref) });
      return ended.exitCode === 0 ? parseLabels(ended.stdout) : null;
    },

    async probe(ref) {
      return registryAnswer(await run({ argv: argv.probeArgv(ref) }), ref);
    },

    async pull(ref, platform) {
      return registryAnswer(await run({ argv: argv.pullArgv(ref, platform) }), ref);
    },

    async push(ref) {
      return transfer(await run({ argv: argv.pushArgv(ref) }), ref);
    },

    async tag(source, target) {
      return done(await run({ argv: argv.tagArgv(source, target) }));
    },

    async login({ server, credentials }: Registry) {
      if (credentials === null) return { ok: true };
      const { username, password } = credentials;
      const ended = await run({ argv: argv.loginArgv(server, username), input: password });
      return transfer(ended, server ?? HUB);
    },

    build: (request) => build(run, request),
  };
}

async function build(run: Exec, request: BuildRequest): Promise<BuildOutcome> {
  const problem = unsetSecret(request.build) ?? (await pullOthers(run, request.build));
  return problem === null ? runBuild(run, request) : { ok: false, message: problem, log: [] };
}

/** Docker would give the build an empty secret, and say nothing. */
function unsetSecret({ secrets }: ResolvedBuild): string | null {
  for (const { id, from } of secrets) {
    if ('env' in from && from.value === null)
      return `the variable ${from.env}, which has the secret ${id}, is not set`;
  }
  return null;
}

/** The images that `pull` is for, where docker cannot tell them from parents. */
async function pullOthers(run: Exec, build: ResolvedBuild): Promise<string | null> {
  if (!build.pull || argv.pullsAll(build)) return null;
  for (const ref of build.baseImages) {
    const ended = await run({ argv: argv.pullArgv(ref, build.platforms[0] ?? null) });
    if (ended.exitCode !== 0) return `${ref} could not be pulled: ${errorLine(ended.stderr)}`;
  }
  return null;
}

async function runBuild(run: Exec, request: BuildRequest, tries = 3): Promise<BuildOutcome> {
  const lines: string[] = [];
  const ended = await run({
    argv: argv.buildArgv(request),
    env: { ...NOTHING_OF_ITS_OWN, ...argv.buildEnvironment(request.build) },
    onLine: (line) => {
      lines.push(line);
      request.onLog(line);
    },
  });
  if (ended.exitCode === 0) {
    return { ok: true, id: await builtId(run, request.staged) };
  }
  if (tries > 1 && lines.some((line) => OUTRUN.test(line)))
    return runBuild(run, request, tries - 1);
  await requireBuildx(run, lines);
  const said = lines.length > 0 ? lines : ended.stderr.split('\n');
  return { ok: false, ...explainBuildFailure(said, await sentDockerfileOf(request)) };
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
  const known = await run({ argv: argv.inspectLabelsArgv(digest) });
  return known.exitCode === 0 ? digest : id;
}

async function sentDockerfileOf({ build, staged }: BuildRequest): Promise<SentDockerfile> {
  const { dockerfile } = build;
  const sent = await readFile(staged.dockerfile).catch(() => dockerfile.bytes);
  return sentDockerfile(basename(staged.dockerfile), dockerfile, sent);
}

/**
 * What buildx must not add of its own: it would be content that no hash covers. A `SOURCE_DATE_EPOCH`
 * of the environment would become a build argument.
 */
const NOTHING_OF_ITS_OWN = {
  BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
  BUILDX_GIT_LABELS: '',
  SOURCE_DATE_EPOCH: '',
};

/**
 * Without the plugin docker takes `buildx` for an unknown word, and words its complaint differently
 * from version to version: so a build that said nothing of its own is looked into.
 */
async function requireBuildx(run: Exec, lines: readonly string[]): Promise<void> {
  if (lines.some((line) => line.startsWith('#'))) return;
  const ended = await run({ argv: ['buildx', 'version'] });
  if (ended.exitCode !== 0) throw unusable('no-buildx');
}

function registryAnswer(ended: Ended, ref: string): RegistryAnswer {
  if (ended.exitCode === 0) return { is: 'present' };
  const fault = classifyFault(ended.stderr, ref);
  if (fault === 'absent') return { is: 'absent' };
  return { is: 'unknown', fault, message: errorLine(ended.stderr) };
}

function transfer(ended: Ended, name: string): Transfer {
  if (ended.exitCode === 0) return { ok: true };
  const fault = classifyFault(ended.stderr, name);
  return {
    ok: false,
    fault: fault === 'absent' ? 'unknown' : fault,
    message: errorLine(ended.stderr),
  };
}

function done(ended: Ended): Done {
  return ended.exitCode === 0 ? { ok: true } : { ok: false, message: errorLine(ended.stderr) };
}

function familiar(ref: string): string {
  const reference = parseReference(ref);
  return reference === null ? ref : familiarReference(reference);
}

/** The one line for each way in which docker cannot be used. */
function unusable(code: DockerUnusable['code'], detail?: string): DockerUnusable {
  switch (code) {
    case 'missing':
      return new DockerUnusable(
        code,
        'the docker command was not found',
        'install the Docker CLI, or put it on the PATH',
      );
    case 'no-daemon':
      return new DockerUnusable(
        code,
        `docker does not answer${detail === undefined ? '' : `: ${detail}`}`,
        'start the Docker engine, or set DOCKER_HOST to one that runs (`docker info` shows more)',
      );
    case 'no-buildx':
      return new DockerUnusable(
        code,
        'docker has no buildx plugin, which builds need',
        'install the docker-buildx plugin (`docker buildx version` shows whether it is there)',
      );
    case 'old-engine':
      return new DockerUnusable(
        code,
        'this Docker engine is older than 23 and cannot give a build its parents by name',
        'update the engine, or pass the reference on: build_args: { BASE: "${images.KEY.ref}" }',
      );
  }
}
