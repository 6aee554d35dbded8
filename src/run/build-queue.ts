import { setImmediate as nextTurn } from 'node:timers';
import { decide } from '../plan/decide.ts';
import { keep, push } from './actions.ts';
import { buildGroup, type NotBuilt } from './build-group.ts';
import { type BuildTask, isLinkable } from './build-task.ts';
import { type Decided, type ImageTask, lookAgain } from './image-task.ts';
import { type Ended, failed, moved, skipped } from './result.ts';
import type { RunState } from './run-state.ts';

/** A parent of an image that is to be built, and how it ends. */
export interface QueuedParent {
  readonly key: string;
  readonly end: Promise<Ended>;
  /** It is to be built in this run too. */
  readonly isBuilt: boolean;
}

/**
 * The images that a run has to build. They are built in groups, one docker call each: all that can be
 * begun, parents and children together, as far as `services.buildsAtOnce` allows.
 */
export class BuildQueue {
  readonly #waiting: BuildTask[] = [];
  readonly #built = new Set<string>();
  readonly #places: ReadonlyMap<string, number>;
  readonly #groups = new Set<Promise<void>>();
  /** Images in groups that are being built. */
  #running = 0;
  #isDue = false;
  /** Each image in a call of its own, after its parents: this docker cannot do otherwise. */
  #isApart = false;

  constructor(readonly state: RunState) {
    this.#places = new Map(state.request.graph.order.map((key, place) => [key, place]));
  }

  /** Has an image built and pushed, once the parents that are not built here are ready. */
  async add(
    image: ImageTask,
    decision: Decided<'build'>,
    parents: readonly QueuedParent[],
  ): Promise<Ended> {
    const { resolved, services } = image;
    for (const { key, end, isBuilt } of parents) {
      if (isBuilt) continue;
      const parent = await end;
      if (parent.outcome !== 'done')
        return this.#end(resolved.image.key, lacking(decision, key, parent));
    }
    const canGroup = resolved.build !== null && (await services.docker.canGroup(resolved.build));
    const parentKeys = parents.flatMap(({ key, isBuilt }) => (isBuilt ? key : []));
    return new Promise((resolve, reject) => {
      const key = resolved.image.key;
      const task: BuildTask = {
        key,
        image,
        decision,
        parents: new Set(parentKeys),
        canGroup,
        lock: null,
        tries: 0,
        begunMs: null,
        finish: (ended) => resolve(this.state.end(resolved, ended)),
        abort: reject,
      };
      this.#enqueue(task);
      // What ends a parent badly ends its children.
      for (const parent of parents.filter(({ isBuilt }) => isBuilt)) {
        parent.end.then(
          (ended) => {
            if (ended.outcome !== 'done') this.#drop(task, lacking(decision, parent.key, ended));
          },
          () => this.#drop(task, skipped(decision, `its parent ${parent.key} failed`)),
        );
      }
    });
  }

  /** An image is ready before docker has ended, and before its files and locks are given back. */
  async ended(): Promise<void> {
    while (this.#groups.size > 0) await Promise.all(this.#groups);
  }

  #end(key: string, ended: Ended): Ended {
    return this.state.end(this.state.image(key), ended);
  }

  #enqueue(task: BuildTask): void {
    const place = ({ key }: BuildTask) => this.#places.get(key) ?? 0;
    this.#waiting.push(task);
    this.#waiting.sort((one, other) => place(one) - place(other));
    this.#wake();
  }

  /** Takes a task out that waits; one that does not wait is not concerned. */
  #drop(task: BuildTask, ended: Ended): void {
    const at = this.#waiting.indexOf(task);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    void this.#finish(task, ended);
  }

  /** The lock is given back last, and nobody waits for that. */
  async #finish(task: BuildTask, ended: Ended): Promise<void> {
    task.finish(ended);
    this.#wake();
    const { lock } = task;
    task.lock = null;
    await lock?.release();
  }

  async #abort(task: BuildTask, error: unknown): Promise<void> {
    this.state.fail(task.key);
    task.abort(error);
    const { lock } = task;
    task.lock = null;
    await lock?.release();
  }

  /** Looks for something to begin, once all that happens at this moment has happened. */
  #wake(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    nextTurn(() => {
      this.#isDue = false;
      this.#beginNext();
    });
  }

  #beginNext(): void {
    if (this.state.isStopped) {
      for (const task of [...this.#waiting])
        this.#drop(
          task,
          skipped(
            task.decision,
            this.state.calledOff(task.begunMs === null ? 'started' : 'finished'),
          ),
        );
      return;
    }
    for (const group of this.#nextGroups()) {
      for (const task of group) this.#waiting.splice(this.#waiting.indexOf(task), 1);
      this.#running += group.length;
      const work = this.#run(group)
        .catch(async (error: unknown) => {
          for (const task of group) await this.#abort(task, error);
        })
        .finally(() => {
          this.#groups.delete(work);
          this.#running -= group.length;
          this.#wake();
        });
      this.#groups.add(work);
    }
  }

  /** All that can begin now. A new group waits until half of the places are free: few calls are quicker. */
  #nextGroups(): BuildTask[][] {
    const most = this.state.services.buildsAtOnce;
    const free = (this.#isApart ? Math.min(most, APART_AT_ONCE) : most) - this.#running;
    if (free <= 0 || (!this.#isApart && this.#running > 0 && free < most / 2)) return [];
    const chosen = new Map<string, BuildTask>();
    const groups = new Map<string, BuildTask[]>();
    for (const task of this.#waiting) {
      if (chosen.size >= free) break;
      const isReady = [...task.parents].every((key) => {
        const parent = chosen.get(key);
        if (parent === undefined) return this.#built.has(key);
        return !this.#isApart && isLinkable(parent, task);
      });
      if (!isReady) continue;
      chosen.set(task.key, task);
      const isAlone = this.#isApart || !task.canGroup;
      const id = isAlone ? task.key : `builder ${task.image.resolved.build?.builder ?? ''}`;
      groups.set(id, [...(groups.get(id) ?? []), task]);
    }
    return [...groups.values()];
  }

  async #run(chosen: readonly BuildTask[]): Promise<void> {
    const group = await this.#claim(chosen);
    if (group.length === 0) return;
    const pushes: Promise<void>[] = [];
    const { notBuilt, isApart } = await buildGroup(this.state, group, (task) => {
      this.#built.add(task.key);
      pushes.push(this.#pushAndFinish(task));
      this.#wake();
    });
    this.#isApart ||= isApart;
    for (const [key, { is }] of notBuilt) if (is === 'failed') this.state.fail(key);
    const badly = new Map<string, Ended>();
    for (const task of group) {
      const own = notBuilt.get(task.key);
      if (own === undefined) continue;
      const parent = [...task.parents].find((key) => badly.has(key));
      const ended = endOf(task, own, parent === undefined ? null : [parent, badly.get(parent)]);
      if (ended === null) void this.#tryAgain(task, own.is === 'to-retry' ? own.delayMs : 0);
      else {
        badly.set(task.key, ended);
        await this.#finish(task, ended);
      }
    }
    await Promise.all(pushes);
  }

  /**
   * The tasks that no other run works on, their references locked. One that another run works on comes
   * back when that run is done with it; what is built on it waits.
   */
  async #claim(chosen: readonly BuildTask[]): Promise<BuildTask[]> {
    const group: BuildTask[] = [];
    for (const task of chosen) {
      const isWithParents = [...task.parents].every(
        (key) => this.#built.has(key) || group.some((other) => other.key === key),
      );
      if (!isWithParents) this.#enqueue(task);
      else if (task.lock !== null || (await this.#lock(task))) group.push(task);
    }
    return group;
  }

  /** False where the task is not to be begun: another run has it, or has made it ready. */
  async #lock(task: BuildTask): Promise<boolean> {
    const { locks } = this.state.services;
    const { ref } = task.image.resolved;
    const lock = await locks.tryTake(ref);
    if (lock === null) {
      void this.#waitFor(task);
      return false;
    }
    task.lock = lock;
    return !lock.isChanged || (await this.#isStillDue(task));
  }

  async #waitFor(task: BuildTask): Promise<void> {
    const { image, key } = task;
    const { services, resolved } = image;
    try {
      task.lock = await services.locks.take(resolved.ref, (pid) =>
        services.emit({ type: 'image-waiting', image: key, ref: resolved.ref, pid }),
      );
      if (await this.#isStillDue(task)) this.#enqueue(task);
    } catch (error) {
      await this.#abort(task, error);
    }
  }

  /** Looks again: what another run has made ready in the meantime needs no build. */
  async #isStillDue(task: BuildTask): Promise<boolean> {
    const { image } = task;
    const facts = await lookAgain(image);
    const decision = decide(image.resolved, image.policy, facts);
    if (decision.action === 'fail') await this.#finish(task, failed(decision, decision.failure));
    if (decision.action !== 'none') return decision.action !== 'fail';
    this.#built.add(task.key);
    const { lock } = task;
    task.lock = null;
    await lock?.release();
    await this.#finish(task, await keep({ ...image, facts }, decision));
    return false;
  }

  async #pushAndFinish(task: BuildTask): Promise<void> {
    try {
      await this.#finish(task, await push(task.image, task.decision));
    } catch (error) {
      await this.#abort(task, error);
    }
  }

  async #tryAgain(task: BuildTask, delayMs: number): Promise<void> {
    try {
      if (delayMs > 0) await this.state.services.wait(delayMs);
      this.#enqueue(task);
    } catch (error) {
      await this.#abort(task, error);
    }
  }
}

/** How many calls are made at once where each is for one image: more only wait for one another. */
const APART_AT_ONCE = 4;

/** How a task ends that its group has not built; null: it does not end yet. */
function endOf(
  { decision }: BuildTask,
  own: NotBuilt,
  parent: readonly [string, Ended | undefined] | null,
): Ended | null {
  if (own.is === 'failed') return failed(decision, own.failure);
  if (own.is === 'moved') return moved(decision, own.failure);
  return parent?.[1] === undefined ? null : lacking(decision, parent[0], parent[1]);
}

function lacking(decision: Decided<'build'>, parent: string, ended: Ended): Ended {
  if (ended.outcome === 'moved') return { ...ended, decision };
  const why = ended.outcome === 'failed' ? 'failed' : 'was skipped';
  return skipped(decision, `its parent ${parent} ${why}`);
}
