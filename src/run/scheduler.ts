import type { ImageGraph } from '../graph/graph.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Decision, Facts, ImageResult, RunPolicy } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { unreachable } from '../model/unreachable.ts';
import { decide, mayBeStale } from '../plan/decide.ts';
import { build, keep, probe, pull } from './actions.ts';
import { allEnded } from './all-ended.ts';
import { pulledPlatform } from './fit-parents.ts';
import type { ImageTask } from './image-task.ts';
import { factsOf, type LocalState, look } from './local-state.ts';
import { type Ended, failed, resultOf, SKIPPED, skipped } from './result.ts';
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
  readonly here: ReadonlyMap<string, LocalState>;
}

/**
 * Ensures the wanted images, parents first and independent ones side by side. What goes wrong with
 * an image is in its result; throws only where docker cannot be used or the run is aborted, and not
 * before everything that was begun has ended.
 */
export async function ensureImages(
  request: RunRequest,
  services: RunServices,
): Promise<ImageResult[]> {
  const run = new Run(request, services);
  await allEnded([...request.wanted].map((key) => run.ensured(key)));
  return request.graph.order.flatMap((key) => run.results.get(key) ?? []);
}

/** Of a registry that was not asked. */
const NOTHING: Pick<Facts, 'registry' | 'loggedIn'> = {
  registry: { is: 'unasked' },
  loggedIn: false,
};

class Run {
  readonly results = new Map<string, ImageResult>();
  /** One promise an image: whoever needs it waits for the same one. */
  readonly #ensured = new Map<string, Promise<ImageResult>>();
  /** What was known of an image in the end. */
  readonly #known = new Map<string, Facts>();
  readonly #fit = new Map<string, Promise<ImageResult>>();
  /** By reference, of images outside the manifest: many builds begin with the same one. */
  readonly #onBuild = new Map<string, Promise<readonly string[]>>();
  readonly #warned = new Set<string>();
  /** The first image that failed: then nothing new starts. */
  #failed: string | null = null;

  constructor(
    readonly request: RunRequest,
    readonly services: RunServices,
  ) {}

  /** `neededFor`: the child that must be built on it; null where it was asked for itself. */
  ensured(key: string, neededFor: string | null = null): Promise<ImageResult> {
    return memoized(this.#ensured, key, () => {
      const here = this.request.here.get(key);
      if (here === undefined) throw new Error(`image ${key} was not looked for`);
      return this.#carryOut(this.#image(key), { ...factsOf(here), neededFor });
    });
  }

  /** Decides, does, and notes how it ended. */
  async #carryOut(resolved: ResolvedImage, facts: Facts): Promise<ImageResult> {
    const { key } = resolved.image;
    const start = this.services.now();
    try {
      const ended = await this.#perform(resolved, facts);
      const result = resultOf(resolved, ended, this.services.now() - start);
      this.results.set(key, result);
      if (ended.outcome === 'skipped') {
        this.services.emit({ type: 'image-skipped', image: key, reason: ended.reason });
      }
      if (ended.outcome === 'failed') {
        this.#failed ??= key;
        this.services.emit({ type: 'image-failed', image: key, failure: ended.failure });
      }
      return result;
    } catch (error) {
      this.#failed ??= key;
      throw error;
    }
  }

  /** Decides and acts, and again with what is known then, until there is an end. */
  async #perform(resolved: ResolvedImage, known: Facts): Promise<Ended> {
    for (let facts = known; ; ) {
      this.#known.set(resolved.image.key, facts);
      const decision = decide(resolved, this.request.policy, facts);
      if (decision.action === 'fail') return failed(decision, decision.failure);
      const idle = decision.action === 'none' && !decision.push;
      const came = !idle && this.#stopped() ? SKIPPED : await this.#act(resolved, facts, decision);
      if (came === SKIPPED) return skipped(decision, `not started, since ${this.#failed} failed`);
      if ('outcome' in came) return came;
      facts = came;
    }
  }

  async #act(
    resolved: ResolvedImage,
    facts: Facts,
    decision: Exclude<Decision, { action: 'fail' }>,
  ): Promise<Ended | Facts | typeof SKIPPED> {
    const task = this.#task(resolved, facts, decision.reason);
    switch (decision.action) {
      case 'none':
        return keep(task, decision);
      case 'probe':
        return probe(task, decision);
      case 'pull':
        return pull(task, decision);
      case 'build':
        return (await this.#lackingParent(resolved, decision)) ?? build(task, decision);
      default:
        return unreachable(decision);
    }
  }

  /** Ensures the parents. What is to be said of the image where one of them cannot be had. */
  async #lackingParent(resolved: ResolvedImage, decision: Decision): Promise<Ended | null> {
    const parents = resolved.build?.parents ?? [];
    const results = await allEnded(
      parents.map((parent) => this.#fitParent(parent.key, resolved.image.key)),
    );
    const missing = results.find((result) => result.outcome !== 'done');
    if (missing === undefined) return null;
    const why = missing.outcome === 'failed' ? 'failed' : 'was skipped';
    return skipped(decision, `its parent ${missing.image} ${why}`);
  }

  /**
   * A parent that is fit to build on: it is here, and its content is what the child's hash says. One
   * that need only be in the registry is not here yet; one whose tag has no hash may be here and yet
   * be built from older inputs, and is then built anew (docs/hash.md).
   */
  async #fitParent(key: string, child: string): Promise<ImageResult> {
    const first = await this.ensured(key, child);
    return memoized(this.#fit, key, async () => {
      const parent = this.#image(key);
      let result = first;
      while (result.outcome === 'done' && result.action !== 'build') {
        const { registry, loggedIn } = this.#known.get(key) ?? NOTHING;
        const facts = { ...factsOf(await this.#look(parent, result)), registry, loggedIn };
        if (facts.local && (!mayBeStale(parent) || facts.builtFrom === parent.hash)) break;
        result = await this.#carryOut(parent, { ...facts, neededFor: child });
      }
      return result;
    });
  }

  /** What is here of a parent, by a new look only where it can have changed. */
  async #look(parent: ResolvedImage, { action }: ImageResult): Promise<LocalState> {
    const { key } = parent.image;
    const known = this.request.here.get(key);
    if (action === 'none' && known?.id != null) return known;
    return this.services.slot(() => look(parent, this.services));
  }

  #task(resolved: ResolvedImage, facts: Facts, reason: string): ImageTask {
    const { key } = resolved.image;
    const order = {
      reason,
      calledOff: () => this.#stopped(),
      failed: () => {
        this.#failed ??= key;
      },
    };
    const warn = (warning: Diagnostic) => {
      if (this.#warned.has(`${warning.code} ${key}`)) return;
      this.#warned.add(`${warning.code} ${key}`);
      this.services.emit({ type: 'warning', warning });
    };
    return {
      resolved,
      policy: this.request.policy,
      platform: pulledPlatform(resolved, this.request.images.values()),
      parents: (resolved.build?.parents ?? []).map((parent) => this.#image(parent.key)),
      onBuildOf: (ref) => memoized(this.#onBuild, ref, () => this.#inspectOnBuild(ref)),
      facts,
      services: this.services,
      order,
      warn,
    };
  }

  async #inspectOnBuild(ref: string): Promise<readonly string[]> {
    const image = await this.services.slot(() => this.services.docker.inspect(ref, null));
    return image?.onBuild ?? [];
  }

  #stopped(): boolean {
    return this.#failed !== null && !this.request.keepGoing;
  }

  #image(key: string): ResolvedImage {
    const resolved = this.request.images.get(key);
    if (resolved === undefined) throw new Error(`image ${key} was not resolved`);
    return resolved;
  }
}

function memoized<T>(
  memo: Map<string, Promise<T>>,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  const known = memo.get(key);
  if (known !== undefined) return known;
  const made = make();
  memo.set(key, made);
  return made;
}
