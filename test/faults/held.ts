/** A look at what an engine and a registry hold, and at what each image says it was built from. */
import { setTimeout as sleep } from 'node:timers/promises';
import { imageIds, inspectImage } from '../rig/engine/index.ts';
import type { World } from './rig.ts';

/** An image: its ID on the engine, or its manifest's digest in a registry. */
interface Holding {
  readonly id: string;
  /** The label that says what it was built from. */
  readonly hash: string | null;
}

export interface Held {
  /** By reference, the tag included: all that the engine has. */
  readonly local: ReadonlyMap<string, Holding>;
  /** By `repository:tag`: what the registry has beneath the scope. */
  readonly remote: ReadonlyMap<string, Holding>;
}

const HASH_LABEL = 'dev.docker-ensure.hash';

export async function held(world: Pick<World, 'engine' | 'registry' | 'scope'>): Promise<Held> {
  const [local, remote] = await Promise.all([heldLocally(world), heldRemotely(world)]);
  return { local, remote };
}

async function heldLocally({ engine }: Pick<World, 'engine'>): Promise<Map<string, Holding>> {
  const inspected = (await imageIds(engine)).map(async (id) => {
    const image = await inspectImage(engine, id);
    if (image === null) throw new Error(`The engine lists ${id}, and does not know it.`);
    const holding = { id: image.Id, hash: image.Config?.Labels?.[HASH_LABEL] ?? null };
    return (image.RepoTags ?? []).map((tag) => [tag, holding] as const);
  });
  return new Map((await Promise.all(inspected)).flat());
}

async function heldRemotely({
  registry,
  scope,
}: Pick<World, 'registry' | 'scope'>): Promise<Map<string, Holding>> {
  const all = await registry.repositories();
  const own = all.filter((name) => name.startsWith(`${scope}/`));
  const found = await Promise.all(
    own.map(async (repository) => {
      const tags = await registry.tags(repository);
      const holdings = tags.map((tag) => holdingOf(registry.host, repository, tag));
      return (await Promise.all(holdings)).map(
        (holding, at) => [`${repository}:${tags[at]}`, holding] as const,
      );
    }),
  );
  return new Map(found.flat());
}

const MANIFESTS = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

interface Manifest {
  readonly config?: { readonly digest: string };
  readonly manifests?: readonly { readonly digest: string }[];
}

interface Configuration {
  readonly config?: { readonly Labels?: Readonly<Record<string, string>> | null };
}

async function holdingOf(host: string, repository: string, tag: string): Promise<Holding> {
  const ask = async (path: string) => {
    const get = () =>
      fetch(`http://${host}/v2/${repository}/${path}`, { headers: { accept: MANIFESTS } });
    let response = await get();
    // That of a tag which is being written at this moment: the registry has its file, and nothing in it yet.
    for (let tries = 0; response.status === 500 && tries < 10; tries += 1) {
      await sleep(50);
      response = await get();
    }
    if (!response.ok) throw new Error(`The registry answers ${response.status} to ${path}.`);
    return response;
  };
  const answer = await ask(`manifests/${tag}`);
  const top = (await answer.json()) as Manifest;
  const [first] = top.manifests ?? [];
  const manifest =
    first === undefined
      ? top
      : ((await (await ask(`manifests/${first.digest}`)).json()) as Manifest);
  const blob = await ask(`blobs/${manifest.config?.digest}`);
  const { config } = (await blob.json()) as Configuration;
  const id = answer.headers.get('docker-content-digest') ?? '';
  return { id, hash: config?.Labels?.[HASH_LABEL] ?? null };
}

/** A parent's name for one build: the next run removes it where the build's own was killed. */
const OF_A_BUILD = /^127\.0\.0\.1:0\/docker-ensure:/;

/** What was there and is not any more, or has become something else. */
export function lost(before: Held, after: Held, except = /$^/): string[] {
  return (['local', 'remote'] as const).flatMap((where) =>
    [...before[where]]
      .filter(([name]) => !OF_A_BUILD.test(name) && !except.test(name))
      .filter(([name, { id }]) => after[where].get(name)?.id !== id)
      .map(([name]) => `${where}: ${name}`),
  );
}

/** The tags that end with a hash which is not the beginning of their image's label. */
export function liars({ local, remote }: Held): string[] {
  return [...local, ...remote].flatMap(([name, { hash }]) => {
    const [, digits] = /[:-]([0-9a-f]{16})$/.exec(name) ?? [];
    // One without a label does not say anything.
    return digits === undefined || hash === null || hash.startsWith(digits) ? [] : [name];
  });
}

/** The names that occur more than once. */
export function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
}
