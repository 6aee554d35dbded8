import { basename } from 'node:path';
import { FULL_DISK_ADVICE, isFullDisk } from '../model/full-disk.ts';
import { targetOf } from './bake.ts';
import { barredName } from './build-argv.ts';
import { blamedReference, explainBuildFailure } from './build-log.ts';
import { builderFailure } from './builder-failure.ts';
import { errorLine, refusalOf } from './faults.ts';
import { hiddenAdvice } from './hidden.ts';
import type { BuildFailed, BuildGroup, BuildRequest } from './port.ts';

/** A failure without words yet. `key`: the image; null: none of the group more than another. */
export function buildFailed(key: string | null): BuildFailed {
  return { ok: false, key, message: '', log: [] };
}

/** A failure for which the registry of a base image is to blame. */
export function blaming(ref: string, said: string, failure: BuildFailed): BuildFailed {
  const { is, ...registryError } = refusalOf(said, ref);
  const message = failure.message || `${ref} could not be pulled: ${errorLine(said)}`;
  return is === 'error' ? { ...failure, message, registryError } : { ...failure, message };
}

/** What docker left of a failed build. */
interface FailedBuild {
  /** Its lines, those that steps printed among them. */
  readonly said: readonly string[];
  /** Those that are docker's own. */
  readonly own: readonly string[];
  /** The target that its progress shows as failed. */
  readonly failedTarget: string | null;
}

/** Says which image failed and why, in the terms of the user's own Dockerfile. */
export async function explainFailure(
  group: BuildGroup,
  { said, own, failedTarget }: FailedBuild,
): Promise<BuildFailed> {
  const { builds } = group;
  const request = failedIn(said, group, failedTarget);
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
  if (builds.length > 1 && own.some((line) => EMPTY_PARENT.test(line)))
    return { ...buildFailed(null), again: 'apart' };
  // Where no image can be blamed, one may still be the cause: built one by one, they show which.
  if (request === null && builds.length > 1) return { ...failure, again: 'apart' };
  const builder = builderFailure(said, own);
  if (builder !== null) return { ...failure, ...builder };
  const barred = request && barredName(request.build, own);
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

/** BuildKit hands no image without files from build to build (0.13 to 0.25): `FROM scratch` and nothing but metadata. */
const EMPTY_PARENT = /^ERROR: .*unsupported context source target for /;

/**
 * Where two builds come to the same image at once, the containerd store lets one of them fail (moby
 * 26). The image is there then, so another try finds it, and all its layers.
 */
const OUTRUN = /^ERROR: .*moby-dangling@sha256:[0-9a-f]{64}": already exists/;
