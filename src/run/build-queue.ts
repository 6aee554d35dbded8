import { setImmediate as nextTurn } from 'node:timers';
import { push } from './actions.ts';
import { buildGroup } from './build-group.ts';
import { type BuildTask, endsOf, lacking, type QueuedParent } from './build-task.ts';
import { claimTask, claimWhenFree } from './claim-task.ts';
import { nextGroups } from './grouping.ts';
import type { Decided, ImageTask } from './image-task.ts';
import { type Ended, skipped } from './result.ts';
import type { RunState } from './run-state.ts';
import { unfitToPublish } from './unfit-to-publish.ts';

/**
 * The images that a run has to build. They are built in groups, one docker call each: all that can be
 * begun, parents and children together, as far as `services.buildsAtOnce` allows.
 */
export class BuildQueue {
  readonly #waiting: BuildTask[] = [];
  readonly #built = new Set<string>();
  /** By key, whether an image may be published. */
  readonly #proofs = new Map<string, Promise<Ended | null>>();
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
    const key = resolved.image.key;
    let prove: (unfit: Ended | null) => void = () => undefined;
    const proof = new Promise<Ended | null>((settle) => {
      prove = settle;
    });
    this.#proofs.set(key, proof);
    return new Promise((resolve, reject) => {
      const task: BuildTask = {
        key,
        image,
        decision,
        parents: new Set(parentKeys),
        canGroup,
        lock: null,
        tries: 0,
        begunMs: null,
        proof,
        prove,
        finish: (ended) => {
          prove(ended.outcome === 'done' ? null : ended);
          resolve(this.state.end(resolved, ended));
        },
        abort: (error) => {
          prove(skipped(decision, 'the run was aborted'));
          reject(error);
        },
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

  /** The lock is given back last, and that is not waited for. */
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
      for (const task of [...this.#waiting]) {
        const done = task.begunMs === null ? 'started' : 'finished';
        this.#drop(task, skipped(task.decision, this.state.calledOff(done)));
      }
      return;
    }
    const groups = nextGroups(this.#waiting, {
      most: this.state.services.buildsAtOnce,
      running: this.#running,
      groups: this.#groups.size,
      built: this.#built,
      isApart: this.#isApart,
    });
    for (const group of groups) {
      for (const task of group) this.#waiting.splice(this.#waiting.indexOf(task), 1);
      const work = this.#run(group)
        .catch(async (error: unknown) => {
          for (const task of group) await this.#abort(task, error);
        })
        .finally(() => {
          this.#groups.delete(work);
          this.#wake();
        });
      this.#groups.add(work);
    }
  }

  async #run(chosen: readonly BuildTask[]): Promise<void> {
    const pushes: Promise<void>[] = [];
    const onBuilt = (task: BuildTask) => {
      this.#built.add(task.key);
      this.#running -= 1;
      pushes.push(this.#publishAndFinish(task));
      this.#wake();
    };
    this.#running += chosen.length;
    const group = await this.#claim(chosen);
    this.#running -= chosen.length - group.length;
    const { notBuilt, isApart } = await buildGroup(this.state, group, onBuilt).finally(() => {
      this.#running -= group.filter(({ key }) => !this.#built.has(key)).length;
    });
    this.#isApart ||= isApart;
    for (const [key, { is }] of notBuilt) if (is === 'failed') this.state.fail(key);
    for (const { task, ended, delayMs } of endsOf(group, notBuilt)) {
      if (ended === null) void this.#tryAgain(task, delayMs);
      else await this.#finish(task, ended);
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
      const claim = isWithParents ? await claimTask(task) : null;
      if (claim === null) this.#enqueue(task);
      else if (claim.is === 'ours') group.push(task);
      else if (claim.is === 'ended') await this.#finishClaimed(task, claim.ended);
      else void this.#waitFor(task, claim.pid);
    }
    return group;
  }

  async #waitFor(task: BuildTask, pid: number): Promise<void> {
    const { services, resolved } = task.image;
    services.emit({ type: 'image-waiting', image: task.key, ref: resolved.ref, pid });
    try {
      const claim = await claimWhenFree(task, () => this.state.isStopped);
      if (claim?.is === 'ended') await this.#finishClaimed(task, claim.ended);
      else this.#enqueue(task);
    } catch (error) {
      await this.#abort(task, error);
    }
  }

  async #finishClaimed(task: BuildTask, ended: Ended): Promise<void> {
    if (ended.outcome === 'done') this.#built.add(task.key);
    await this.#finish(task, ended);
  }

  /** Tests an image that was built and, where it and those that it is built on are fit for it, pushes it. */
  async #publishAndFinish(task: BuildTask): Promise<void> {
    const { image, decision } = task;
    try {
      const unfit = decision.test ? await unfitToPublish(task, this.#proofs) : null;
      task.prove(unfit);
      await this.#finish(task, unfit ?? (await push(image, decision)));
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
