import type { StoredImage } from '../docker/port.ts';
import type { Failure } from '../model/failure.ts';
import { namesHere } from '../model/homes.ts';
import { HASH_LABEL, INPUTS_LABEL, type Labels } from '../model/image-labels.ts';
import type { Image } from '../model/manifest.ts';
import { bareNamesOf, tagOf } from '../model/naming.ts';
import { familiarReference, parseReference } from '../model/reference.ts';
import type { Registry } from '../model/registry.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { registryProblem } from '../plan/failures.ts';
import type { RunServices } from './step-runner.ts';

/** What there is to compare an image with. */
export interface Earlier {
  /** The image is here, built from what it would be built from now. */
  readonly isCurrent: boolean;
  /** It was built here before, from what it would be built from now. */
  readonly wasBuilt: boolean;
  /** An earlier build; null where there is none, or where none has to be looked for. */
  readonly build: EarlierBuild | null;
  /** Dockerfiles, file lists and inputs documents by their SHA-256, as far as they are known. */
  readonly textOf: (hash: string) => Promise<string | null>;
}

interface EarlierBuild {
  readonly ref: string;
  /** Milliseconds since 1970; null where it is not known. */
  readonly createdMs: number | null;
  /** Its inputs document. */
  readonly inputs: string;
}

/**
 * Looks for the build to compare an image with: `against`, a reference on this machine or in a registry; else the
 * newest one here of its repository, where the image itself is not here.
 *
 * `images`: it and all that it is built on.
 */
export async function findEarlier(
  resolved: ResolvedImage,
  images: ReadonlyMap<string, ResolvedImage>,
  against: string | null,
  services: RunServices,
): Promise<Earlier | Failure> {
  const { docker, archive } = services;
  const repositories = [...images.values()].flatMap(({ image }) => bareNamesOf(image));
  const stored = await docker.stored([...new Set(repositories)]);
  const documents = documentsOf(stored);
  const textOf = async (hash: string) => documents.get(hash) ?? (await archive.textOf(hash));
  const { image, hash } = resolved;
  const names = namesHere(resolved).map(familiarName);
  const here = stored.find(({ refs }) => refs.some((ref) => names.includes(ref))) ?? null;
  const isCurrent =
    here !== null && (here.labels[HASH_LABEL] === hash || (image.withHash && !isOurs(here)));
  const wasBuilt = hash !== null && (await archive.textOf(hash)) !== null;
  const old =
    against !== null
      ? await imageBehind(against, resolved, services)
      : isCurrent
        ? null
        : here !== null && isOurs(here)
          ? here
          : newestOf(image, stored);
  if (old === null) return { isCurrent, wasBuilt, build: null, textOf };
  if ('code' in old) return old;
  const ref = against ?? old.refs.find((each) => names.includes(each)) ?? old.refs[0] ?? '';
  const inputs = await inputsOf(old.labels, textOf);
  if (inputs === null) return noInputs(ref);
  return { isCurrent, wasBuilt, build: { ref, createdMs: old.createdMs, inputs }, textOf };
}

/** An image as far as a comparison is concerned. */
type OldImage = Pick<StoredImage, 'refs' | 'labels' | 'createdMs'>;

function isOurs({ labels }: StoredImage): boolean {
  return labels[HASH_LABEL] !== undefined;
}

/** The inputs documents that images carry, by hash. */
function documentsOf(stored: readonly StoredImage[]): ReadonlyMap<string, string> {
  return new Map(
    stored.flatMap(({ labels }): [string, string][] => {
      const [hash, inputs] = [labels[HASH_LABEL], labels[INPUTS_LABEL]];
      return hash === undefined || inputs === undefined ? [] : [[hash, inputs]];
    }),
  );
}

/** An image that was not built in a bake has only the hash. */
async function inputsOf(labels: Labels, textOf: Earlier['textOf']): Promise<string | null> {
  const hash = labels[HASH_LABEL];
  return labels[INPUTS_LABEL] ?? (hash === undefined ? null : textOf(hash));
}

/** The newest of the image's repository; one of the same version, where there is any. */
function newestOf(image: Image, stored: readonly StoredImage[]): StoredImage | null {
  const repositories = new Set(bareNamesOf(image).map((name) => untagged(name)));
  const own = stored
    .filter((each) => isOurs(each) && each.refs.some((ref) => repositories.has(untagged(ref))))
    .sort((one, other) => (other.createdMs ?? 0) - (one.createdMs ?? 0));
  const isSame = ({ refs, labels }: StoredImage) =>
    refs.some((ref) => parseReference(ref)?.tag === tagOf(image, labels[HASH_LABEL] ?? null));
  return own.find(isSame) ?? own[0] ?? null;
}

function untagged(name: string): string {
  const reference = parseReference(name);
  return reference === null ? name : `${reference.server}/${reference.repository}`;
}

function familiarName(ref: string): string | null {
  const reference = parseReference(ref);
  return reference === null ? null : familiarReference(reference);
}

/** The image of a reference here, else in a registry. */
async function imageBehind(
  ref: string,
  resolved: ResolvedImage,
  { docker, logins, registries, slot }: RunServices,
): Promise<OldImage | Failure> {
  const name = familiarName(ref);
  if (name === null)
    return {
      code: 'no-inputs',
      message: `\`${ref}\` is no image reference`,
      advice: 'write it as in `server/team/name:tag`',
    };
  const stored = await docker.stored([name.replace(/:[^:/]*$/, '')]);
  const here = stored.find(({ refs }) => refs.includes(name));
  if (here !== undefined) return here;
  const registry = registryOf(name, resolved);
  const login = await logins.ensure(registry);
  if (!login.ok) return registryProblem(`${ref} could not be looked at`, login);
  const answer = await slot(() => docker.remoteLabels(ref, registries.timeoutMs(registry)));
  if (answer.is === 'present') return { refs: [ref], labels: answer.labels, createdMs: null };
  if (answer.is === 'unknown') return registryProblem(`${ref} could not be looked at`, answer);
  return {
    code: 'no-inputs',
    message: `${ref} is neither here nor in its registry`,
    advice: '`docker image ls` shows what is here',
  };
}

/** The registry of the image that a reference begins with; else the first. */
function registryOf(name: string, { homes }: ResolvedImage): Registry | null {
  const server = parseReference(name)?.server;
  const home = homes.find(({ ref }) => parseReference(ref)?.server === server) ?? homes[0];
  return home?.registry ?? null;
}

function noInputs(ref: string): Failure {
  return {
    code: 'no-inputs',
    message: `${ref} does not say what it was built from`,
    advice: 'name one that docker-ensure has built',
  };
}
