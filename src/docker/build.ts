import { readFile } from 'node:fs/promises';
import type { ResolvedBuild } from '../model/resolved.ts';
import * as argv from './argv.ts';
import {
  bakeArgv,
  bakeDefinition,
  isExact,
  metadataFileOf,
  shownDefinition,
  targetOf,
} from './bake.ts';
import { buildArgv, buildEnvironment, type Located } from './build-argv.ts';
import {
  cacheNotes,
  type Exports,
  exporting,
  exportProblem,
  type KeyedLine,
  withOwnCaches,
  withoutExports,
} from './build-caches.ts';
import { blaming, buildFailed, explainFailure } from './build-failure.ts';
import { pullsAll, secretEnvironment } from './build-options.ts';
import { takenArgument, unreadableSource, unsetSecret } from './build-sources.ts';
import type { Buildx } from './buildx.ts';
import type { Call, Exec } from './exec.ts';
import type { Locator } from './locate.ts';
import { ownWords } from './own-words.ts';
import { parseExportedDigests } from './parse.ts';
import { type BuildFailed, type BuildGroup, type BuildOutcome, DockerUnusable } from './port.ts';
import { readProgress } from './progress.ts';
import type { BaseLook } from './unseen-bases.ts';
import type { Watch } from './watch.ts';

/** What a build works with beside docker itself. */
export interface BuildTools {
  readonly locator: Locator;
  readonly watch: Watch;
  readonly buildx: Buildx;
  readonly baseLook: BaseLook;
  readonly exports: Exports;
}

/** The images are not built, since their caches cannot be written. */
interface NotExported {
  readonly notExported: string;
}

/** Builds images, and gives each its names. `run` throws where docker cannot be used. */
export async function build(
  run: Exec,
  group: BuildGroup,
  { locator, watch, buildx, baseLook, exports }: BuildTools,
): Promise<BuildOutcome> {
  for (const { key, build } of group.builds) {
    const lacking = unsetSecret(build) ?? (await unreadableSource(build));
    const problem =
      (lacking && { ...buildFailed(key), ...lacking }) ??
      (group.offline ? null : await pullOthers(run, key, build));
    if (problem !== null) return problem;
  }
  const images = await locator.locate(group);
  if ('ok' in images) return images;
  const startOnce = async (asked: BuildGroup): Promise<BuildOutcome | NotExported> => {
    const command = await commandOf(withOwnCaches(asked), images.located, buildx);
    if (!('argv' in command)) return { ...buildFailed(null), ...command };
    return runBuild(run, { group: asked, command, located: images.located }, watch);
  };
  const start = async (asked: BuildGroup): Promise<BuildOutcome> => {
    const fit = exports.fit(asked);
    const outcome = await startOnce(fit);
    if ('ok' in outcome) return outcome;
    exports.refused(fit, outcome.notExported);
    const again = await startOnce(withoutExports(fit));
    return 'ok' in again ? again : { ...buildFailed(null), message: again.notExported };
  };
  const startLooked = async (asked: BuildGroup) =>
    (await baseLook.look(asked, images.located)) ?? (await start(asked));
  try {
    return await startLooked(group);
  } catch (error) {
    if (!isOldEngine(error)) throw error;
    // An engine that knows no named contexts links no builds. One by itself may have no need of them.
    if (group.builds.length > 1) return { ...buildFailed(null), again: 'apart' };
    // Nor does it take images by ONBUILDs.
    if (group.builds.every((each) => !each.build.unseen)) throw error;
    return await startLooked(withoutUnseen(group));
  } finally {
    await images.release();
  }
}

function isOldEngine(error: unknown): boolean {
  return error instanceof DockerUnusable && error.code === 'old-engine';
}

function withoutUnseen(group: BuildGroup): BuildGroup {
  const without = ({ unseen, ...build }: ResolvedBuild): ResolvedBuild => build;
  const builds = group.builds.map((each) => ({ ...each, build: without(each.build) }));
  return { ...group, builds };
}

/** The images that `pull` is for, where docker cannot tell them from parents. */
async function pullOthers(
  run: Exec,
  key: string,
  build: ResolvedBuild,
): Promise<BuildFailed | null> {
  if (!build.pull || pullsAll(build)) return null;
  for (const ref of build.baseImages) {
    const ended = await run({ argv: argv.pullArgv(ref, build.platforms[0] ?? null) });
    if (ended.exitCode !== 0) return blaming(ref, ended.stderr, buildFailed(key));
  }
  return null;
}

/**
 * What docker is called with: a definition for bake or, for what that cannot say, a plain build, of one
 * image only; or why it cannot be called.
 */
async function commandOf(
  group: BuildGroup,
  located: Located,
  buildx: Buildx,
): Promise<Call | Partial<BuildFailed>> {
  const [first, ...others] = group.builds;
  if (first === undefined) throw new Error('a group has at least one image');
  const builds = group.builds.map(({ build }) => build);
  const env = { ...NOTHING_OF_ITS_OWN, ...secretEnvironment(builds) };
  const input = bakeDefinition(group, located);
  const isSaid = isExact(input) && (others.length > 0 || (await buildx.canBake(first.build)));
  if (isSaid) {
    return { argv: bakeArgv(group), env, input, shownInput: shownDefinition(group, located) };
  }
  if (others.length > 0) return { again: 'apart' };
  const taken = takenArgument(first.build);
  if (taken !== null) return { key: first.key, ...taken };
  const plain = buildArgv(first, group.offline, located);
  return { argv: plain, env: { ...env, ...buildEnvironment(first.build) } };
}

interface PreparedBuild {
  readonly group: BuildGroup;
  readonly command: Call;
  readonly located: Located;
}

async function runBuild(
  run: Exec,
  { group, command, located }: PreparedBuild,
  watch: Watch,
): Promise<BuildOutcome | NotExported> {
  const lines: KeyedLine[] = [];
  const keys = new Map(group.builds.map(({ key }, at) => [targetOf(at), key]));
  const progress = readProgress([...keys.keys()], {
    onBuilt: (target) => group.onBuilt(keys.get(target) ?? ''),
    onLine(target, written) {
      const line = withOwnNames(written, located);
      const key = keys.get(target ?? '') ?? null;
      lines.push({ key, line });
      group.onLog(key, line);
    },
  });
  const ended = await run({ ...command, onLine: progress.take });
  for (const note of cacheNotes(lines, group)) group.onNote?.(note);
  if (ended.exitCode === 0) return { ok: true, ids: await idsOf(group) };

  const shown = lines.map(({ line }) => line);
  const said = shown.length > 0 ? shown : ended.stderr.split('\n');
  const own = ownWords(said);
  await requireBuildx(watch, shown);
  await watch.lookAfterBuild(own);
  const notExported = exporting(group).length > 0 ? exportProblem(lines) : null;
  if (notExported !== null) return { notExported };
  return explainFailure(group, { said, own, failedTarget: progress.failedTarget() });
}

/** The names that the user knows, in the place of those that images got for the build. */
function withOwnNames(line: string, located: Located): string {
  return [...located].reduce((text, [name, place]) => text.replaceAll(place, name), line);
}

/** What was exported, as far as docker says; nothing hangs on it. */
async function idsOf({ builds }: BuildGroup): Promise<ReadonlyMap<string, readonly string[]>> {
  const text = await readFile(metadataFileOf(builds), 'utf8').catch(() => '{}');
  const digests = parseExportedDigests(text, targetOf(0));
  return new Map(builds.map(({ key }, at) => [key, digests.get(targetOf(at)) ?? []]));
}

/**
 * What buildx must not add of its own: it would be content that no hash covers, and provenance would
 * put build arguments into a file. A `SOURCE_DATE_EPOCH` of the environment would become a build
 * argument.
 */
export const NOTHING_OF_ITS_OWN = {
  // The definition names folders outside of the current one, which are our own.
  BUILDX_BAKE_ENTITLEMENTS_FS: '0',
  BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
  BUILDX_METADATA_PROVENANCE: 'disabled',
  BUILDX_GIT_LABELS: '',
  // It would ask git about each staged folder.
  BUILDX_GIT_INFO: '0',
  SOURCE_DATE_EPOCH: '',
};

/**
 * Without the plugin docker takes `buildx` for an unknown word, and words its complaint differently
 * from version to version: so a build that said nothing of its own is looked into.
 */
async function requireBuildx(watch: Watch, lines: readonly string[]): Promise<void> {
  if (!lines.some((line) => line.startsWith('#'))) await watch.requireBuildx();
}
