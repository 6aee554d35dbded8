import type { ImageGraph } from '../graph/graph.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Facts, ImageResult, RunPolicy } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { pulledPlatform } from './fit-parents.ts';
import type { ImageTask } from './image-task.ts';
import type { LocalState } from './local-state.ts';
import { memoize } from './memoize.ts';
import { type Ended, type Moved, resultOf } from './result.ts';
import type { RunServices } from './step-runner.ts';

/** A run over the images of a manifest. */
export interface RunRequest {
  readonly graph: ImageGraph;
  readonly images: ReadonlyMap<string, ResolvedImage>;
  /** The images that were asked for; parents are ensured only where a child must be built. */
  readonly wanted: ReadonlySet<string>;
  readonly policy: RunPolicy;
  /** Go on with what does not depend on a failed image. */
  readonly keepGoing: boolean;
  /** What is on this machine of each image, by key. */
  readonly local: ReadonlyMap<string, LocalState>;
}

/** What a run has come to so far. */
export class RunState {
  readonly results = new Map<string, ImageResult>();
  /** Images whose files moved after they were listed, and those that wait for them: none was begun. */
  readonly moved = new Map<string, Moved>();
  readonly #begun = new Map<string, number>();
  readonly #warned = new Set<string>();
  readonly #onBuildOf: (ref: string) => Promise<readonly string[] | null>;
  /** The first image that failed: then nothing new starts. */
  #failed: string | null = null;

  constructor(
    readonly request: RunRequest,
    readonly services: RunServices,
  ) {
    // Many builds begin with the same image.
    this.#onBuildOf = memoize(async (ref) => {
      const image = await services.slot(() => services.docker.inspect(ref, null));
      return image?.onBuild ?? null;
    });
  }

  /** Nothing new is to start. */
  get isStopped(): boolean {
    return this.#failed !== null && !this.request.keepGoing;
  }

  /** Why what is called off is not started, or not finished. */
  calledOff(what: 'started' | 'finished'): string {
    return `not ${what}, since ${this.#failed} failed`;
  }

  fail(key: string): void {
    this.#failed ??= key;
  }

  /** From now on the image takes time. */
  begin(key: string): void {
    if (!this.#begun.has(key)) this.#begun.set(key, this.services.now());
  }

  /** Takes down how an image ended, and tells it. */
  end(resolved: ResolvedImage, ended: Ended): Ended {
    const { key } = resolved.image;
    if (ended.outcome === 'moved') {
      this.moved.set(key, ended);
      return ended;
    }
    const now = this.services.now();
    this.results.set(key, resultOf(resolved, ended, now - (this.#begun.get(key) ?? now)));
    if (ended.outcome === 'skipped')
      this.services.emit({ type: 'image-skipped', image: key, reason: ended.reason });
    if (ended.outcome === 'failed') {
      this.fail(key);
      this.services.emit({ type: 'image-failed', image: key, failure: ended.failure });
    }
    return ended;
  }

  image(key: string): ResolvedImage {
    const resolved = this.request.images.get(key);
    if (resolved === undefined) throw new Error(`image ${key} was not resolved`);
    return resolved;
  }

  task(key: string, facts: Facts, reason: string): ImageTask {
    const resolved = this.image(key);
    return {
      resolved,
      policy: this.request.policy,
      platform: () => pulledPlatform(resolved, this.request.images.values()),
      parents: (resolved.build?.parents ?? []).map((parent) => this.image(parent.key)),
      onBuildOf: this.#onBuildOf,
      facts,
      services: this.services,
      control: {
        reason,
        calledOff: () => this.isStopped,
        failed: () => this.fail(key),
      },
      warn: (warning) => this.#warn(key, warning),
    };
  }

  #warn(key: string, warning: Diagnostic): void {
    const id = `${warning.code} ${key}`;
    if (this.#warned.has(id)) return;
    this.#warned.add(id);
    this.services.emit({ type: 'warning', warning });
  }
}
