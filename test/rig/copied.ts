import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from './engine/index.ts';
import { type Found, readTree } from './planted.ts';

/** What an image got by `COPY`, by path; or how the build failed. */
export type Copied = ReadonlyMap<string, Found> | { readonly failed: string };

export interface CopyBuild {
  /** Instructions after `FROM scratch`. Left out where `dockerfile` is given. */
  readonly copies?: readonly string[];
  /** A Dockerfile that is there already. */
  readonly dockerfile?: string;
  /** The build context. */
  readonly directory?: string;
  /** Named contexts. */
  readonly contexts?: ReadonlyMap<string, string>;
}

/** Runs a real `docker buildx build` of nothing but `COPY`s and gives all that it copied. */
export async function copied(engine: Engine, request: CopyBuild): Promise<Copied> {
  const [copy] = await bake(engine, [request]);
  if (copy === undefined) throw new Error('a build has no result');
  return copy;
}

/** The same for many builds, in one call as long as none of them fails. */
export async function copiedEach(
  engine: Engine,
  requests: readonly CopyBuild[],
): Promise<readonly Copied[]> {
  if (requests.length === 0) return [];
  const together = await bake(engine, requests);
  if (requests.length === 1 || !together.some((copy) => 'failed' in copy)) return together;
  const alone: Copied[] = [];
  for (const request of requests) alone.push(await copied(engine, request));
  return alone;
}

async function bake(engine: Engine, requests: readonly CopyBuild[]): Promise<Copied[]> {
  const work = await mkdtemp(join(tmpdir(), 'docker-ensure-copied-'));
  const [empty, definition] = [join(work, 'empty'), join(work, 'bake.json')];
  const outOf = (at: number) => join(work, 'out', String(at));
  try {
    await mkdir(empty);
    const targets = await Promise.all(
      requests.map(async ({ copies = [], dockerfile, directory, contexts = new Map() }, at) => {
        const own = join(work, `${at}.Dockerfile`);
        await mkdir(outOf(at), { recursive: true });
        await writeFile(own, ['FROM scratch', ...copies, ''].join('\n'));
        return {
          context: directory ?? empty,
          dockerfile: dockerfile ?? own,
          contexts: Object.fromEntries(contexts),
          output: [`type=local,dest=${outOf(at)}`],
        };
      }),
    );
    const named = targets.map((target, at) => [`t${at}`, target] as const);
    await writeFile(definition, JSON.stringify({ target: Object.fromEntries(named) }));
    const names = named.map(([name]) => name);
    const { exitCode, stderr } = await engine.docker(
      ['buildx', 'bake', '--file', definition, ...names],
      { env: { BUILDX_BAKE_ENTITLEMENTS_FS: '0' } },
    );
    if (exitCode === 0) return await Promise.all(requests.map((_, at) => readTree(outOf(at))));
    const failed = stderr.split('\n').findLast((line) => line.startsWith('ERROR')) ?? stderr;
    return requests.map(() => ({ failed }));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What is beneath a folder of it. */
export function beneath(copy: ReadonlyMap<string, Found>, folder: string): Map<string, Found> {
  const start = `${folder}/`;
  return new Map(
    [...copy].flatMap(([path, found]): [string, Found][] =>
      path.startsWith(start) ? [[path.slice(start.length), found]] : [],
    ),
  );
}
