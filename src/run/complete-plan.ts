import { setImmediate } from 'node:timers/promises';
import type { Failure } from '../model/failure.ts';
import type { Decision, Facts } from '../model/plan.ts';
import { makePlan, type Plan, type PlanRequest, type Question } from '../plan/plan.ts';
import { allEnded } from './all-ended.ts';

/** What came of a question. `called-off`: it was not asked, since the run has failed. */
export type Answer =
  | { readonly is: 'known'; readonly facts: Facts }
  | { readonly is: 'pulled'; readonly facts: Facts }
  | { readonly is: 'failed'; readonly failure: Failure }
  | { readonly is: 'called-off' };

export interface Asker {
  /** Whether this question is to be asked; one that is not leaves the plan as it is. */
  readonly asks: (question: Question) => boolean;
  readonly ask: (question: Question, facts: Facts) => Promise<Answer>;
  /** Sees each state of the plan. */
  readonly onPlan?: (plan: Plan) => void;
}

/** A plan that leaves no question open, with what it was made from. */
export interface CompletePlan {
  readonly decisions: ReadonlyMap<string, Decision>;
  readonly facts: ReadonlyMap<string, Facts>;
  /** Images that were pulled to find out whether the registry has them, by key. */
  readonly pulled: ReadonlyMap<string, Question['decision']>;
}

/**
 * Asks, side by side, whatever the plan turns on, until nothing is left to ask. A parent is asked about
 * once a child is known to need it. Throws what an asker throws, and not before all that was begun has
 * ended.
 */
export async function completePlan(
  request: PlanRequest,
  known: ReadonlyMap<string, Facts>,
  { asks, ask, onPlan }: Asker,
): Promise<CompletePlan> {
  const facts = new Map(known);
  const failures = new Map<string, Failure>();
  const pulled = new Map<string, Question['decision']>();
  const calledOff = new Set<string>();
  const asking = new Map<string, Promise<void>>();
  const begun: Promise<void>[] = [];

  const take = ({ image, decision }: Question, answer: Answer) => {
    if (answer.is === 'called-off') calledOff.add(image);
    else if (answer.is === 'failed') failures.set(image, answer.failure);
    else facts.set(image, answer.facts);
    if (answer.is === 'pulled') pulled.set(image, decision);
  };
  const begin = (question: Question) => {
    const { image } = question;
    const asked = facts.get(image);
    if (asked === undefined) throw new Error(`image ${image} was not looked for`);
    const work = ask(question, asked).then(
      (answer) => {
        take(question, answer);
        asking.delete(image);
      },
      (error: unknown) => {
        calledOff.add(image);
        asking.delete(image);
        throw error;
      },
    );
    asking.set(image, work);
    begun.push(work);
  };

  for (;;) {
    const plan = makePlan(request, { facts, failures });
    onPlan?.(plan);
    for (const question of plan.questions) {
      const { image } = question;
      if (!asking.has(image) && !calledOff.has(image) && asks(question)) begin(question);
    }
    if (asking.size === 0) {
      await allEnded(begun);
      return { decisions: plan.decisions, facts, pulled };
    }
    await Promise.race(asking.values()).catch(() => undefined);
    // What is answered at the same time makes one new plan.
    await setImmediate();
  }
}
