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
  const work = await mkdtemp(join(tmpdir(), 'docker-ensure-copied-'));
  const [empty, out, own] = [join(work, 'empty'), join(work, 'out'), join(work, 'Dockerfile')];
  try {
    await Promise.all([mkdir(empty), mkdir(out)]);
    await writeFile(own, ['FROM scratch', ...(request.copies ?? []), ''].join('\n'));
    const { exitCode, stderr } = await engine.docker([
      ...['buildx', 'build', '--output', `type=local,dest=${out}`],
      ...['--file', request.dockerfile ?? own],
      ...[...(request.contexts ?? [])].flatMap(([name, path]) => [
        '--build-context',
        `${name}=${path}`,
      ]),
      request.directory ?? empty,
    ]);
    if (exitCode === 0) return await readTree(out);
    return { failed: stderr.split('\n').findLast((line) => line.startsWith('ERROR')) ?? stderr };
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
