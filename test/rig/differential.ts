import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { beneath, type Copied, type CopyBuild, copied, copiedEach } from './copied.ts';
import type { Engine } from './engine/index.ts';
import { type Entries, sentByDefault, sentOf } from './expected.ts';
import { type Found, plant, type Tree } from './planted.ts';
import { type Case, randomCase } from './random-case.ts';

/** A case in which docker and we disagree. */
export interface Difference {
  readonly case: Case;
  readonly what: string;
}

export interface Outcome {
  /** Comparisons made: one or more a case. */
  readonly compared: number;
  readonly differences: readonly Difference[];
}

/** How many cases share one `docker buildx build`. */
const BATCH = 25;

/**
 * Compares our selection with BuildKit's, on the cases of the seeds `seed` and up: what the default
 * policy takes with what docker sends of the same folder, and what any policy takes with what a build
 * gets of the folder where it is staged.
 */
export async function differential(engine: Engine, seed: number, count: number): Promise<Outcome> {
  const batches = Array.from({ length: Math.ceil(count / BATCH) }, (_, index) => {
    const first = seed + index * BATCH;
    const size = Math.min(BATCH, seed + count - first);
    return Array.from({ length: size }, (_, offset) => randomCase(first + offset));
  });
  const outcomes = await pLimit(BATCHES_AT_ONCE).map(batches, (cases) => compareAll(engine, cases));
  return total(outcomes);
}

const BATCHES_AT_ONCE = 2;

async function compareAll(engine: Engine, cases: readonly Case[]): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const compare of [compareDefault, compareOwnIgnoreFile, compareStaged]) {
    const root = await mkdtemp(join(tmpdir(), 'docker-ensure-differential-'));
    try {
      outcomes.push(await compare(engine, cases, root));
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  }
  return total(outcomes);
}

function total(outcomes: readonly Outcome[]): Outcome {
  return {
    compared: outcomes.reduce((sum, { compared }) => sum + compared, 0),
    differences: outcomes.flatMap(({ differences }) => differences),
  };
}

/** A folder that docker builds of, and what we say that it sends. */
interface Trial {
  readonly case: Case;
  readonly directory: string;
  readonly dockerfile: string | null;
  /** Null where we found an error: then docker must fail. */
  readonly ours: Entries | null;
}

/** By `.dockerignore`: each case is a build context of its own, many of them in one build. */
async function compareDefault(
  engine: Engine,
  cases: readonly Case[],
  root: string,
): Promise<Outcome> {
  const trials = await Promise.all(
    cases.map(async (each): Promise<Trial> => {
      const directory = join(root, String(each.seed));
      await plant(directory, withIgnoreFile(each));
      const ours = await sentByDefault(directory, null);
      return { case: each, directory, dockerfile: null, ours };
    }),
  );
  const names = new Map(
    trials.flatMap((trial): [string, Trial][] =>
      trial.ours ? [[`c${trial.case.seed}`, trial]] : [],
    ),
  );
  const copy = await copied(engine, {
    copies: [...names.keys()].map((name) => `COPY --from=${name} . /${name}`),
    contexts: new Map([...names].map(([name, { directory }]) => [name, directory])),
  });
  // One by one, to see whose fault it is.
  if ('failed' in copy) return compareAlone(engine, trials);
  const alone = await compareAlone(
    engine,
    trials.filter(({ ours }) => ours === null),
  );
  const together = [...names].flatMap(([name, trial]) => differ(trial, beneath(copy, name)));
  return { compared: trials.length, differences: [...together, ...alone.differences] };
}

/** By `Dockerfile.dockerignore`, beside a Dockerfile in the build context or elsewhere. */
async function compareOwnIgnoreFile(
  engine: Engine,
  cases: readonly Case[],
  root: string,
): Promise<Outcome> {
  const trials: Trial[] = [];
  for (const each of cases) {
    if (each.ownIgnore === null) continue;
    const directory = join(root, String(each.seed), 'context');
    await plant(directory, withIgnoreFile(each));
    const dockerfile = join(directory, each.seed % 2 === 0 ? '.' : '..', 'Dockerfile');
    await writeFile(dockerfile, 'FROM scratch\nCOPY . /\n');
    await writeFile(`${dockerfile}.dockerignore`, each.ownIgnore);
    const ours = await sentByDefault(directory, dockerfile);
    trials.push({ case: each, directory, dockerfile, ours });
  }
  return compareAlone(engine, trials);
}

/** Builds of their own: in one call those that we expect to succeed, each by itself those that must fail. */
async function compareAlone(engine: Engine, trials: readonly Trial[]): Promise<Outcome> {
  const [good, bad] = [true, false].map((isGood) =>
    trials.filter(({ ours }) => (ours !== null) === isGood),
  );
  const buildOf = ({ directory, dockerfile }: Trial): CopyBuild => ({
    directory,
    ...(dockerfile === null ? { copies: ['COPY . /'] } : { dockerfile }),
  });
  const differences: Difference[] = [];
  const compare = (trial: Trial, copy: Copied) => {
    if (!('failed' in copy)) differences.push(...differ(trial, copy));
    else if (trial.ours)
      differences.push({ case: trial.case, what: `docker fails: ${copy.failed}` });
  };
  const copies = await copiedEach(engine, (good ?? []).map(buildOf));
  for (const [at, copy] of copies.entries()) {
    const trial = good?.[at];
    if (trial !== undefined) compare(trial, copy);
  }
  for (const trial of bad ?? []) compare(trial, await copied(engine, buildOf(trial)));
  return { compared: trials.length, differences };
}

/** Any policy: the staged folders of many cases are one build context. */
async function compareStaged(
  engine: Engine,
  cases: readonly Case[],
  root: string,
): Promise<Outcome> {
  const listed = new Map<Case, Entries>();
  for (const each of cases) {
    const directory = join(root, 'trees', String(each.seed));
    await plant(directory, withIgnoreFile(each));
    const folder = join(root, 'staged', String(each.seed));
    await plant(folder, new Map());
    const entries = await sentOf(directory, each.policy, null, folder);
    if (entries) listed.set(each, entries);
  }
  const copy = await copied(engine, {
    copies: ['COPY . /'],
    directory: join(root, 'staged'),
  });
  if ('failed' in copy) throw new Error(`the build of staged folders: ${copy.failed}`);
  const differences = [...listed].flatMap(([each, entries]): Difference[] => {
    const got = beneath(copy, `${each.seed}/context`);
    const oddMode = [...got].find(([, { entry, mode }]) => mode !== stagedMode(entry));
    const what = firstDifference(entries, entriesOf(got)) ?? (oddMode && `mode: ${oddMode}`);
    return what ? [{ case: each, what }] : [];
  });
  return { compared: listed.size, differences };
}

function stagedMode(entry: string): number {
  return entry.startsWith('l') ? 0o777 : entry.startsWith('x') ? 0o755 : 0o644;
}

function withIgnoreFile({ tree, ignore, ignoreLink }: Case): Tree {
  if (ignore === null) return tree;
  const file = { kind: 'file', bytes: ignore, mode: 0o644 } as const;
  if (ignoreLink === null) return new Map([...tree, ['.dockerignore', file]]);
  const link = { kind: 'link', target: ignoreLink } as const;
  return new Map([...tree, ['.dockerignore', link], ['rules/ignore', file]]);
}

function differ(trial: Trial, copy: ReadonlyMap<string, Found>): Difference[] {
  if (trial.ours === null) return [{ case: trial.case, what: 'an error, but docker builds' }];
  const what = firstDifference(trial.ours, entriesOf(copy));
  return what === null ? [] : [{ case: trial.case, what }];
}

function entriesOf(copy: ReadonlyMap<string, Found>): Entries {
  return new Map([...copy].map(([path, { entry }]) => [path, entry]));
}

function firstDifference(ours: Entries, dockers: Entries): string | null {
  for (const path of new Set([...ours.keys(), ...dockers.keys()])) {
    const [we, docker] = [ours.get(path), dockers.get(path)];
    if (we !== docker)
      return `${JSON.stringify(path)}: we ${we ?? 'none'}, docker ${docker ?? 'none'}`;
  }
  return null;
}
