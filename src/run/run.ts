import type { ImageGraph } from '../graph/graph.ts';
import type { Decision, Facts, ImageResult, RunPolicy } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { unreachable } from '../model/unreachable.ts';
import { decide, pushReference } from '../plan/decide.ts';
import { mayBeStale } from '../plan/plan.ts';
import { allEnded } from './all-ended.ts';
import type { LabelMemory } from './ports.ts';
import { done, type Ended, failed, resultOf, skipped } from './result.ts';
import { builtFrom, staleWarning } from './staleness.ts';
import {
  buildImage,
  CALLED_OFF,
  nameLocally,
  type Order,
  pullImage,
  pushImage,
  type Tools,
} from './steps.ts';

/** A run over the images of a manifest. */
export interface RunRequest {
  readonly graph: ImageGraph;
  readonly images: ReadonlyMap<string, ResolvedImage>;
  /** The images that were asked for; parents are ensured only where a child must be built. */
  readonly wanted: ReadonlySet<string>;
  readonly policy: RunPolicy;
  /** Go on with what does not depend on a failed image. */
  readonly keepGoing: boolean;
  /** IDs of the references that are on this machine. */
  readonly local: ReadonlyMap<string, string>;
  readonly labels: LabelMemory;
}

/**
 * Ensures the wanted images, parents first and independent ones side by side. What goes wrong with
 * an image is in its result; throws only where docker cannot be used or the run is aborted, and not
 * before everything that was begun has ended.
 */
export async function ensureImages(request: RunRequest, tools: Tools): Promise<ImageResult[]> {
  const run = new Run(request, tools);
  await allEnded([...request.wanted].map((key) => run.ensured(key)));
  return request.graph.order.flatMap((key) => run.results.get(key) ?? []);
}

class Run {
  readonly results = new Map<string, ImageResult>();
  /** One promise an image: whoever needs it waits for the same one. */
  readonly #ensured = new Map<string, Promise<ImageResult>>();
  readonly #fit = new Map<string, Promise<ImageResult>>();
  /** The first image that failed: then nothing new starts. */
  #failed: string | null = null;

  constructor(
    readonly request: RunRequest,
    readonly tools: Tools,
  ) {}

  ensured(key: string): Promise<ImageResult> {
    return memoized(this.#ensured, key, async () => {
      const resolved = this.#image(key);
      return this.#carryOut(resolved, await this.#factsOf(resolved));
    });
  }

  /** Decides, does, and notes how it ended. */
  async #carryOut(resolved: ResolvedImage, facts: Facts): Promise<ImageResult> {
    const { key } = resolved.image;
    const start = this.tools.now();
    try {
      const ended = await this.#perform(resolved, facts);
      const result = resultOf(resolved, ended, this.tools.now() - start);
      this.results.set(key, result);
      if (ended.outcome === 'skipped') {
        this.tools.emit({ type: 'image-skipped', image: key, reason: ended.reason });
      }
      if (ended.outcome === 'failed') {
        this.#failed ??= key;
        this.tools.emit({ type: 'image-failed', image: key, failure: ended.failure });
      }
      return result;
    } catch (error) {
      this.#failed ??= key;
      throw error;
    }
  }

  async #perform(resolved: ResolvedImage, facts: Facts): Promise<Ended> {
    const decision = decide(resolved, this.request.policy, facts);
    if (decision.action === 'fail') return failed(decision, decision.failure);
    const idle = decision.action === 'none' && !decision.push;
    if (!idle && this.#stopped()) return skipped(decision, this.#whyStopped());
    switch (decision.action) {
      case 'none':
        return this.#keep(resolved, decision);
      case 'pull':
        return this.#pull(resolved, decision, facts);
      case 'build':
        return this.#build(resolved, decision);
      default:
        return unreachable(decision);
    }
  }

  async #keep(resolved: ResolvedImage, decision: Decided<'none'>): Promise<Ended> {
    const { ref, registryRef } = resolved;
    const id = this.#localId(ref) ?? this.#localId(registryRef);
    if (this.#localId(ref) === null && registryRef !== null) {
      const problem = await nameLocally(this.tools, registryRef, ref);
      if (problem !== null) return failed(decision, problem);
    }
    if (id !== null && (await this.#isStale(resolved, id))) {
      this.tools.emit({ type: 'warning', warning: staleWarning(resolved) });
    }
    return this.#push(resolved, decision);
  }

  /** A pull that finds nothing leads to another decision. */
  async #pull(resolved: ResolvedImage, decision: Decided<'pull'>, facts: Facts): Promise<Ended> {
    const answer = await pullImage(
      this.tools,
      resolved,
      decision.ref,
      this.#order(resolved, decision),
    );
    if (answer === CALLED_OFF) return skipped(decision, this.#whyStopped());
    if (answer.is !== 'present') return this.#perform(resolved, { ...facts, registry: answer });
    const problem = await nameLocally(this.tools, decision.ref, resolved.ref);
    return problem === null ? done(decision) : failed(decision, problem);
  }

  async #build(resolved: ResolvedImage, decision: Decided<'build'>): Promise<Ended> {
    const parents = resolved.build?.parents ?? [];
    const results = await allEnded(
      parents.map((parent) => this.#fitParent(parent.key, resolved.image.key)),
    );
    const missing = results.find((result) => result.outcome !== 'done');
    if (missing !== undefined) {
      const why = missing.outcome === 'failed' ? 'failed' : 'was skipped';
      return skipped(decision, `its parent ${missing.image} ${why}`);
    }
    const problem = await buildImage(this.tools, resolved, this.#order(resolved, decision));
    if (problem === CALLED_OFF) return skipped(decision, this.#whyStopped());
    return problem === null ? this.#push(resolved, decision) : failed(decision, problem);
  }

  /** The push that was decided on; without one, the image still gets its registry's name here. */
  async #push(resolved: ResolvedImage, decision: Decided<'none' | 'build'>): Promise<Ended> {
    const ref = decision.push ? pushReference(resolved, this.request.policy) : null;
    const problem =
      ref !== null
        ? await pushImage(this.tools, resolved, ref, this.#order(resolved, decision))
        : decision.action === 'build'
          ? await nameLocally(this.tools, resolved.ref, resolved.registryRef ?? resolved.ref)
          : null;
    return problem === null ? done(decision) : failed(decision, problem);
  }

  /**
   * A parent that is fit to build on: its content is what the child's hash says. A tag without a hash
   * may be here and yet be built from older inputs; then the parent is built anew (docs/hash.md).
   */
  async #fitParent(key: string, child: string): Promise<ImageResult> {
    const result = await this.ensured(key);
    const parent = this.#image(key);
    const unsure = result.outcome === 'done' && result.action !== 'build' && mayBeStale(parent);
    if (!unsure) return result;
    return memoized(this.#fit, key, async () => {
      // Asked by reference: it may have been pulled a moment ago.
      const id = (await this.tools.docker.findLocal([parent.ref])).get(parent.ref);
      if (id !== undefined && (await this.#hashOf(id)) === parent.hash) return result;
      const facts: Facts = {
        local: true,
        registry: { is: 'absent' },
        owed: false,
        staleFor: child,
      };
      return this.#carryOut(parent, facts);
    });
  }

  async #isStale(resolved: ResolvedImage, id: string): Promise<boolean> {
    if (!mayBeStale(resolved)) return false;
    const hash = await this.#hashOf(id);
    return hash !== null && hash !== resolved.hash;
  }

  #hashOf(id: string): Promise<string | null> {
    return builtFrom(id, this.request.labels, this.tools.docker);
  }

  async #factsOf(resolved: ResolvedImage): Promise<Facts> {
    const id = this.#localId(resolved.ref);
    const pushed = pushReference(resolved, this.request.policy);
    return {
      local: id !== null || this.#localId(resolved.registryRef) !== null,
      registry: { is: 'unasked' },
      owed: id !== null && pushed !== null && (await this.tools.ledger.owes(pushed, id)),
      staleFor: null,
    };
  }

  #order(resolved: ResolvedImage, { reason }: { readonly reason: string }): Order {
    const failed = () => {
      this.#failed ??= resolved.image.key;
    };
    return { reason, calledOff: () => this.#stopped(), failed };
  }

  #stopped(): boolean {
    return this.#failed !== null && !this.request.keepGoing;
  }

  #whyStopped(): string {
    return `not started, since ${this.#failed} failed`;
  }

  #image(key: string): ResolvedImage {
    const resolved = this.request.images.get(key);
    if (resolved === undefined) throw new Error(`image ${key} was not resolved`);
    return resolved;
  }

  #localId(ref: string | null): string | null {
    return ref === null ? null : (this.request.local.get(ref) ?? null);
  }
}

type Decided<Action extends Decision['action']> = Extract<Decision, { action: Action }>;

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
