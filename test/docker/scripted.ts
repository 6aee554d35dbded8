import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { createDocker } from '../../src/docker/docker-cli.ts';
import type { Call, Ended } from '../../src/docker/exec.ts';
import { type BuildGroup, DockerUnusable } from '../../src/docker/port.ts';
import type { ResolvedBuild } from '../../src/model/resolved.ts';
import type { StagedBuild } from '../../src/model/staging.ts';
import { imagine } from '../rig/imagined.ts';

export type Answer = Partial<Ended> | ((call: Call) => Partial<Ended> | Promise<Partial<Ended>>);

/** A docker whose commands answer in turn; the last answer is for all that follow. */
export function dockerThatSays(...answers: Answer[]) {
  const calls: Call[] = [];
  const docker = createDocker(async (call) => {
    const answer = answers[Math.min(calls.length, answers.length - 1)] ?? {};
    calls.push(call);
    const ended = typeof answer === 'function' ? await answer(call) : answer;
    for (const line of ended.stderr?.split('\n') ?? []) call.onLine?.(line);
    return { exitCode: 0, stdout: '', stderr: '', missing: false, timedOut: false, ...ended };
  });
  return { docker, calls, argvs: () => calls.map(({ argv }) => argv.join(' ')) };
}

export const fails = (stderr: string): Partial<Ended> => ({ exitCode: 1, stderr });

export const imageLine = (repository: string, tag: string, id: string) =>
  `${JSON.stringify({ ID: id, Repository: repository, Tag: tag })}\n`;

export async function thrownBy(work: Promise<unknown>): Promise<DockerUnusable> {
  const error = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DockerUnusable);
  return error as DockerUnusable;
}

export const buildWith = (keys: Partial<ResolvedBuild>) =>
  imagine('app', { buildKeys: keys }).build!;

/** Files for docker to write to, as they are staged. */
export async function stage(dockerfile = 'FROM scratch\n\nLABEL a=b\n'): Promise<StagedBuild> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-docker-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'Dockerfile'), dockerfile);
  return {
    context: join(folder, 'context'),
    dockerfile: join(folder, 'Dockerfile'),
    additionalContexts: new Map(),
    metadataFile: join(folder, 'metadata'),
  };
}

/** A group of one image. */
export function alone(
  build: ResolvedBuild,
  staged: StagedBuild,
  { offline = false, onLog = () => {} }: Partial<Pick<BuildGroup, 'offline' | 'onLog'>> = {},
): BuildGroup {
  const builds = [{ key: 'app', build, names: ['app:1'], staged }];
  return { builds, offline, onBuilt: () => {}, onLog };
}

/** What the scripted docker builds: its ID, and the digest of its image manifest. */
export const ID = `sha256:${'1'.repeat(64)}`;
export const DIGEST = `sha256:${'2'.repeat(64)}`;

/** How a build of one image ends that goes well. */
export const BUILT = { ok: true, ids: new Map([['app', [ID]]]) };

/** A build that goes well. */
export const succeeds =
  ({ metadataFile }: StagedBuild, metadata: object = { 'containerimage.digest': ID }) =>
  async (): Promise<Partial<Ended>> => {
    await writeFile(metadataFile, JSON.stringify({ 'image-1': metadata }));
    return { stderr: '#1 [1/1] FROM scratch\n#1 DONE 0.1s' };
  };
