import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completeManifest } from '../../src/inputs/find-parents.ts';
import { resolveImages } from '../../src/inputs/resolve.ts';
import { loadManifest } from '../../src/manifest/load.ts';
import { stageFiles } from '../../src/staging/staging.ts';
import { type Copied, copiedEach } from './copied.ts';
import type { Engine } from './engine/index.ts';
import { plant, type Tree, type TreeEntry } from './planted.ts';
import { type Random, randomFrom } from './random.ts';

/** What came of builds from folders, beside the same from the files that `copied` takes of them. */
export interface CopiedOutcome {
  readonly compared: number;
  /** Cases that docker builds from the folder. */
  readonly built: number;
  readonly differences: readonly string[];
}

const NAMES = ['a', 'b', 'ab', 'a.txt', 'b.txt', 'src', 'lib', '.env', 'st*r', '[id]', 'Ab'];
const GLOBS = [
  ...['*', 'a*', '?', '*.txt', '[ab]', '[^a]*', '[a-b].txt', 's*c', '**', '.*', '[id]', 'st*r'],
  ...['[!a]*', '[]a]*', '[a-]*', '[^]a]*', '[a', 'a]', '[b-a]*', '[A-b]*', '*[.]txt', '?*', 'a**'],
  ...['**b', '***', '{a,b}', '*.{txt,md}', '\\a*', '\\*', '[\\]a]*', '[[]id[]]', '[[]*', '*b*'],
];
const TARGETS = ['a', 'src', '../a', '/src', '..', '.', 'lib/a', '../lib', '/b/a', 'a/../src'];

/** Builds random Dockerfiles from random folders and from what is staged of them. */
export async function copiedDifferential(
  engine: Engine,
  seed: number,
  count: number,
): Promise<CopiedOutcome> {
  const root = await mkdtemp(join(tmpdir(), 'docker-ensure-copied-differential-'));
  try {
    const cases = Array.from({ length: count }, (_, at) => seed + at);
    const requests: { directory: string; staged: string; copies: string[] }[] = [];
    for (const each of cases) requests.push(await prepare(join(root, String(each)), each));
    const [folder, staged] = await Promise.all([
      copiedEach(engine, requests),
      copiedEach(
        engine,
        requests.map(({ staged: directory, copies }) => ({ directory, copies })),
      ),
    ]);
    const differences = cases.flatMap((each, at) => {
      const what = differ(folder[at], staged[at]);
      return what === null ? [] : [`seed ${each}: ${what}: ${requests[at]?.copies.join(' | ')}`];
    });
    const built = folder.filter((each) => !('failed' in each)).length;
    return { compared: cases.length, built, differences };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function prepare(root: string, seed: number) {
  const random = randomFrom(seed);
  const directory = join(root, 'context');
  const tree = randomTree(random);
  await plant(directory, tree);
  const paths = [...tree.keys()];
  const copies = Array.from({ length: 1 + random.below(2) }, (_, at) => {
    const sources = Array.from({ length: random.chance(80) ? 1 : 2 }, () =>
      randomSource(random, paths),
    );
    return `COPY ${JSON.stringify([...sources, `/o${at}/`])}`;
  });
  await writeFile(join(root, 'Dockerfile'), ['FROM scratch', ...copies, ''].join('\n'));
  await writeFile(
    join(root, 'ensure.yaml'),
    'images: { app: { build: { directory: context, dockerfile: ../Dockerfile, files: copied } } }\n',
  );
  const staged = join(root, 'staged');
  await mkdir(staged);
  const loaded = await loadManifest({ cwd: root, file: null, envFiles: [], env: {} });
  if (loaded.manifest === null) throw new Error('a bad manifest');
  const conditions = { now: 0, platform: 'linux/amd64' };
  const { manifest, graph } = await completeManifest(loaded.manifest, conditions);
  if (graph === null) throw new Error('a circle');
  const { images } = await resolveImages(manifest, graph, ['app'], conditions);
  const files = images.get('app')?.build?.files;
  if (files !== undefined) {
    const { selected, list } = files;
    const staging = { folder: staged, directory, files: selected, entries: list.entries };
    const done = await stageFiles(staging);
    if (!done.ok) throw new Error(done.message);
  }
  return { directory, staged, copies };
}

function randomTree(random: Random): Tree {
  const tree = new Map<string, TreeEntry>();
  const folders = [''];
  for (let at = 0; at < 12; at += 1) {
    const path = `${random.pick(folders)}${random.pick(NAMES)}`;
    if (tree.has(path) || folders.includes(`${path}/`)) continue;
    const roll = random.below(10);
    if (roll < 3) {
      folders.push(`${path}/`);
      tree.set(`${path}/f`, { kind: 'file', bytes: path, mode: 0o644 });
    } else if (roll < 5) tree.set(path, { kind: 'link', target: random.pick(TARGETS) });
    else tree.set(path, { kind: 'file', bytes: path, mode: 0o644 });
  }
  return tree;
}

function randomSource(random: Random, paths: readonly string[]): string {
  const parts = random.pick(paths).split('/');
  const odd = parts.map((part) => (random.chance(35) ? random.pick(GLOBS) : part));
  const cut = random.chance(30) ? odd.slice(0, -1) : odd;
  const path = (cut.length === 0 ? odd : cut).join('/');
  return random.chance(10) ? `./${path}` : random.chance(10) ? `/x/../${path}/` : path;
}

function differ(folder: Copied | undefined, staged: Copied | undefined): string | null {
  if (folder === undefined || staged === undefined || 'failed' in folder) return null;
  if ('failed' in staged) return `only the folder builds (${staged.failed})`;
  const entries = (copy: typeof folder) =>
    JSON.stringify([...copy].map(([path, { entry }]) => [path, entry]).sort());
  return entries(folder) === entries(staged) ? null : 'other files';
}
