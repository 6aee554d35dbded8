/** What the rig does with the images of an engine, over its API. */
import { asked } from './api.ts';
import type { Engine } from './types.ts';

type Asked = Pick<Engine, 'api'>;

/** Of what `docker image inspect` says. */
export interface Inspected {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly Architecture: string;
  readonly Variant?: string;
  readonly RootFS: { readonly Layers: readonly string[] };
  readonly Config: {
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly Env?: readonly string[] | null;
  } | null;
}

interface Listed {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly RepoDigests: readonly string[] | null;
}

/** An image, by reference or ID; null where it is not here. */
export function inspectImage(engine: Asked, ref: string): Promise<Inspected | null> {
  return asked(engine, 'GET', `/images/${ref}/json`);
}

/** The IDs of all images. */
export async function imageIds(engine: Asked): Promise<string[]> {
  return [...new Set((await listed(engine)).map(({ Id }) => Id))];
}

/** The references that match one of the patterns, or all, as `docker image ls` has them: `NAME:<none>` without a tag. */
export async function references(
  engine: Asked,
  patterns: readonly string[] = [],
): Promise<string[]> {
  return (await listed(engine, patterns)).flatMap(({ RepoTags, RepoDigests }) => {
    const tags = RepoTags ?? [];
    const untagged = (RepoDigests ?? []).map((digest) => digest.split('@')[0]);
    const named = untagged.filter((name) => !tags.some((tag) => tag.startsWith(`${name}:`)));
    return [...tags, ...new Set(named.map((name) => `${name}:<none>`))];
  });
}

async function listed(engine: Asked, patterns: readonly string[] = []): Promise<Listed[]> {
  const filters = patterns.length === 0 ? {} : { reference: patterns };
  const query = `filters=${encodeURIComponent(JSON.stringify(filters))}`;
  return (await asked<Listed[]>(engine, 'GET', `/images/json?${query}`)) ?? [];
}

/** Gives an image one more name. */
export async function tagImage(engine: Asked, source: string, target: string): Promise<void> {
  // A colon after the last slash begins the tag: one before it, a port.
  const [, repo = target, tag = 'latest'] = /^(.*?)(?::([^:/]*))?$/.exec(target) ?? [];
  const query = new URLSearchParams({ repo, tag });
  if ((await asked(engine, 'POST', `/images/${source}/tag?${query}`)) === null)
    throw new Error(`there is no image ${source} to be tagged`);
}

/** Takes references away; `force`: even where a container uses the image. */
export async function removeImages(
  engine: Asked,
  refs: readonly string[],
  { force = false } = {},
): Promise<void> {
  for (const ref of refs)
    if ((await asked(engine, 'DELETE', `/images/${ref}?force=${force}`)) === null && !force)
      throw new Error(`there is no image ${ref} to be removed`);
}

/** How a container is made: of which image, for which platform, and what it is to run. */
interface Made {
  readonly image: string;
  readonly platform?: string;
  readonly command?: readonly string[];
}

async function withContainer<T>(
  engine: Asked,
  { image, platform = '', command = ['x'] }: Made,
  use: (container: string) => Promise<T>,
): Promise<T> {
  const made = await asked<{ Id: string }>(
    engine,
    'POST',
    `/containers/create?platform=${platform}`,
    {
      Image: image,
      Cmd: command,
      HostConfig: { NetworkMode: 'none' },
    },
  );
  if (made === null) throw new Error(`there is no image ${image} to make a container of`);
  const container = `/containers/${made.Id}`;
  try {
    return await use(container);
  } finally {
    await asked(engine, 'DELETE', `${container}?force=true&v=true`);
  }
}

/** What a shell command prints in a container of the image, without the last newline. */
export function runInImage(engine: Asked, image: string, command: string): Promise<string> {
  const made = { image, command: ['sh', '-c', command] };
  return withContainer(engine, made, async (container) => {
    await asked(engine, 'POST', `${container}/start`);
    const ended = await asked<{ StatusCode: number }>(engine, 'POST', `${container}/wait`);
    const { body } = await engine.api('GET', `${container}/logs?stdout=true&stderr=true`);
    if (ended?.StatusCode !== 0)
      throw new Error(`${command} failed with ${ended?.StatusCode}: ${streamOf(body, 2)}`);
    return withoutNewline(streamOf(body, 1));
  });
}

/** Docker mixes stdout, 1, and stderr, 2: each piece follows 8 bytes with its number and length. */
function streamOf(body: Buffer, number: number): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= body.length; ) {
    const end = at + 8 + body.readUInt32BE(at + 4);
    if (body[at] === number) pieces.push(body.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(pieces).toString();
}

/** The contents of files of an image, as `cat` would print them, without the last newline: cheaper than to run `cat`. */
export function readInImage(engine: Asked, made: Made, paths: readonly string[]): Promise<string> {
  return withContainer(engine, made, async (container) => {
    const contents: Buffer[] = [];
    for (const path of paths) {
      const query = new URLSearchParams({ path });
      const { status, body } = await engine.api('GET', `${container}/archive?${query}`);
      if (status !== 200) throw new Error(`${made.image} has no ${path}: ${body}`);
      contents.push(fileOf(body, path));
    }
    return withoutNewline(Buffer.concat(contents).toString());
  });
}

/** The one file in a tar archive. */
function fileOf(archive: Buffer, path: string): Buffer {
  for (let at = 0; at < archive.length; ) {
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 136), 8);
    const kind = archive.toString('latin1', at + 156, at + 157);
    const content = archive.subarray(at + 512, at + 512 + size);
    if (kind === '0') return content;
    // Before it may be what does not fit into its header.
    if (kind !== 'x') break;
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`${path} is no regular file`);
}

function withoutNewline(text: string): string {
  return text.replace(/\n$/, '');
}
