import { lookAlike } from '../model/inline-file.ts';
import { type BuildTask, isLinkable } from './build-task.ts';

export interface Grouping {
  /** Images that may be built at once. */
  readonly most: number;
  /** Images that are being built now. */
  readonly running: number;
  /** Groups that are being built, or pushed. */
  readonly groups: number;
  /** Keys of images that this run has built. */
  readonly built: ReadonlySet<string>;
  /** Each image in a call of its own, after its parents. */
  readonly isApart: boolean;
}

/** How many calls are made at once where each is for one image: more only wait for one another. */
const APART_AT_ONCE = 4;

/**
 * All that can begin now, a docker call each group. A new group waits until half of the places are free: few
 * calls are quicker than many. Pure.
 *
 * `waiting`: parents before children.
 */
export function nextGroups(
  waiting: readonly BuildTask[],
  { most, running, groups: begun, built, isApart }: Grouping,
): BuildTask[][] {
  // `--jobs 1` is for those who want one docker command at a time.
  if (most === 1 && begun > 0) return [];
  const free = (isApart ? Math.min(most, APART_AT_ONCE) : most) - running;
  if (free <= 0 || (!isApart && running > 0 && free < most / 2)) return [];
  const chosen = new Map<string, BuildTask>();
  const groups = new Map<string, BuildTask[]>();
  for (const task of waiting) {
    if (chosen.size >= free) break;
    const isReady = [...task.parents].every((key) => {
      const parent = chosen.get(key);
      if (parent === undefined) return built.has(key);
      return !isApart && isLinkable(parent, task);
    });
    if (!isReady || ancestorsOf(task, chosen).some((each) => isApartFrom(each, task))) continue;
    chosen.set(task.key, task);
    const isAlone = isApart || !task.canGroup;
    const id = isAlone ? task.key : `builder ${task.image.resolved.build?.builder ?? ''}`;
    groups.set(id, [...(groups.get(id) ?? []), task]);
  }
  return [...groups.values()];
}

/** The images of a group that a task is built on, near and far. */
function ancestorsOf(task: BuildTask, group: ReadonlyMap<string, BuildTask>): BuildTask[] {
  const found = new Set<BuildTask>();
  const add = ({ parents }: BuildTask): void => {
    for (const key of parents) {
      const parent = group.get(key);
      if (parent === undefined || found.has(parent)) continue;
      found.add(parent);
      add(parent);
    }
  };
  add(task);
  return [...found];
}

/** What may not be in one call with an image that is built on it. */
function isApartFrom(above: BuildTask, below: BuildTask): boolean {
  return mixUp(above, below) || lendsSecrets(below, above);
}

/**
 * BuildKit carries out a step of both once, and asks the sessions of both for what it mounts: a parent that has
 * no secret of its own would get its child's.
 *
 * Source: https://github.com/moby/buildkit/blob/v0.25.1/session/group.go (`Any`)
 */
function lendsSecrets(below: BuildTask, above: BuildTask): boolean {
  const [{ build }, { build: other }] = [below.image.resolved, above.image.resolved];
  if (build === null || other === null || !other.mayAskForSecrets) return false;
  return build.secrets.length > 0 || build.ssh.length > 0;
}

/** In one call, all heredocs get their times at once. */
function mixUp(above: BuildTask, below: BuildTask): boolean {
  const files = above.image.resolved.build?.inlineFiles ?? [];
  return (below.image.resolved.build?.inlineFiles ?? []).some((file) =>
    files.some((other) => lookAlike(other, file)),
  );
}
