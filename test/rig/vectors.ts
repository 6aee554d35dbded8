import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { outputOf } from './command.ts';

export const VECTORS = fileURLToPath(new URL('../../fixtures/vectors', import.meta.url));

/** One way of running a vector: `runs` has a line for each, its name and the options. */
export interface VectorRun {
  readonly vector: string;
  readonly name: string;
  readonly options: readonly string[];
  /** The folder of what it must give. */
  readonly expected: string;
}

export async function vectorRuns(): Promise<VectorRun[]> {
  const entries = await readdir(VECTORS, { withFileTypes: true });
  const vectors = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const runs = await Promise.all(
    vectors.sort().map(async (vector) => {
      const lines = (await readFile(join(VECTORS, vector, 'runs'), 'utf8')).trim().split('\n');
      return lines.map((line): VectorRun => {
        const [name = '', ...options] = line.split(' ');
        return { vector, name, options, expected: join(VECTORS, vector, 'expected', name) };
      });
    }),
  );
  return runs.flat();
}

/** A way to run the command line in the folder of a vector, giving what it prints. */
export type Prints = (args: readonly string[], cwd: string) => Promise<string>;

export const inProcess: Prints = (args, cwd) => outputOf(args, { cwd });

/** What a run gives for each image, by the name of the file that it is compared with. */
export async function produce(
  { vector, options }: VectorRun,
  images: readonly string[],
  prints: Prints = inProcess,
): Promise<Map<string, string>> {
  const cwd = join(VECTORS, vector);
  const print = (...args: string[]) => prints([...options, ...args], cwd);
  const produced = new Map<string, string>();
  for (const image of images) {
    produced.set(
      `${image}.ref`,
      (await print('ref', image)) + (await print('ref', '--registry', image)),
    );
    // An image without a build has a reference, and nothing else.
    if (vector === 'family' && image === 'debian') continue;
    const inputs = await print('inputs', image);
    produced.set(`${image}.inputs.json`, inputs);
    produced.set(`${image}.files.json`, await print('inputs', image, '--files'));
    produced.set(`${image}.hash`, `${createHash('sha256').update(inputs).digest('hex')}\n`);
  }
  return produced;
}
