import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Facts, RegistryAnswer, RunPolicy } from '../../src/model/plan.ts';
import type { ResolvedImage } from '../../src/model/resolved.ts';
import { type Findings, makePlan } from '../../src/plan/plan.ts';
import { FREE, gather, imagine, TEAM } from '../rig/imagined.ts';

const base = imagine('base');
const tool = imagine('tool', { parents: [base], registry: TEAM });
const app = imagine('app', { parents: [tool] });
const other = imagine('other', { parents: [base] });
const family = gather([base, tool, app, other]);

/** What is here, and what the registry answered. */
interface Known {
  readonly here?: ReadonlySet<string>;
  readonly registry?: ReadonlyMap<string, RegistryAnswer>;
  readonly builtFrom?: ReadonlyMap<string, string | null>;
}

function know(
  images: Iterable<ResolvedImage>,
  { here = new Set(), registry = new Map(), builtFrom }: Known,
): Findings {
  const answersOf = ({ image, homes }: ResolvedImage) => {
    const answer = registry.get(image.key);
    return homes.flatMap(({ ref }) =>
      answer === undefined ? [] : [[ref, { answer, loggedIn: false }] as const],
    );
  };
  const facts = (resolved: ResolvedImage): Facts => ({
    local: here.has(resolved.image.key),
    otherName: null,
    builtFrom:
      builtFrom === undefined ? resolved.hash : (builtFrom.get(resolved.image.key) ?? null),
    owedTo: new Set(),
    untested: false,
    meanwhile: false,
    answers: new Map(answersOf(resolved)),
    neededFor: null,
  });
  const all = [...images].map((resolved) => [resolved.image.key, facts(resolved)] as const);
  return { facts: new Map(all), failures: new Map() };
}

function planOf(
  { graph, images }: ReturnType<typeof gather>,
  wanted: Iterable<string>,
  policy: RunPolicy,
  known: Known,
) {
  const request = { order: graph.order, images, wanted: new Set(wanted), policy };
  return makePlan(request, know(images.values(), known));
}

function plan(wanted: string[], known: Known) {
  return planOf(family, wanted, FREE, known);
}

const actions = ({ decisions }: ReturnType<typeof plan>) =>
  Object.fromEntries([...decisions].map(([key, { action }]) => [key, action]));

describe('a plan', () => {
  it('looks at the wanted images only, where none must be built', () => {
    const made = plan(['app'], { here: new Set(['app']) });
    expect(actions(made)).toEqual({ app: 'none' });
    expect(made.questions).toEqual([]);
  });

  it('looks at a parent where a child must be built', () => {
    const made = plan(['app'], { here: new Set(['tool']) });
    expect(actions(made)).toEqual({ tool: 'none', app: 'build' });
  });

  it('asks the registry before it can say more', () => {
    const made = plan(['app'], {});
    expect(actions(made)).toEqual({ tool: 'pull', app: 'build' });
    expect(made.questions).toEqual([
      {
        image: 'tool',
        decision: { action: 'pull', home: tool.homes[0], push: [], reason: 'not here' },
        isOpen: true,
      },
    ]);
  });

  it('goes on to the grandparent once the registry has the parent not', () => {
    const made = plan(['app'], { registry: new Map([['tool', { is: 'absent' }]]) });
    expect(actions(made)).toEqual({ base: 'build', tool: 'build', app: 'build' });
    expect(made.questions).toEqual([]);
  });

  it('lists parents before their children', () => {
    const made = plan(['other', 'app'], { registry: new Map([['tool', { is: 'absent' }]]) });
    expect([...made.decisions.keys()]).toEqual(['base', 'tool', 'app', 'other']);
  });

  it('builds a parent without a hash in its tag anew, where it was built from other inputs', () => {
    const loose = imagine('loose', { withHash: false });
    const both = gather([loose, imagine('app', { parents: [loose] })]);
    const actionFor = (hash: string | null) => {
      const known = { here: new Set(['loose']), builtFrom: new Map([['loose', hash]]) };
      return planOf(both, ['app'], FREE, known).decisions.get('loose')?.action;
    };
    expect(actionFor(loose.hash)).toBe('none');
    expect(actionFor('f'.repeat(64))).toBe('build');
    expect(actionFor(null)).toBe('build');
  });

  it('has what a child is built on pulled, though it need only be in the registry', () => {
    const policy = { ...FREE, require: 'registry' as const };
    const both = gather([tool, imagine('app', { parents: [tool] })]);
    const make = (wanted: string[], registry = new Map<string, RegistryAnswer>()) =>
      planOf(both, wanted, policy, { registry });
    expect(make(['tool']).questions).toMatchObject([
      {
        image: 'tool',
        decision: { action: 'probe', home: { ref: tool.registryRef } },
        isOpen: true,
      },
    ]);
    const present = new Map<string, RegistryAnswer>([['tool', { is: 'present' }]]);
    expect(make(['tool'], present).decisions.get('tool')).toMatchObject({ action: 'none' });
    expect(make(['tool', 'app'], present).decisions.get('tool')?.action).toBe('pull');
  });
});

/** Any family of up to eight images, each with parents among those before it. */
const families = fc
  .array(fc.record({ parents: fc.array(fc.nat()), team: fc.boolean(), withHash: fc.boolean() }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((shapes) => {
    const images: ResolvedImage[] = [];
    for (const [index, { parents, team, withHash }] of shapes.entries()) {
      const chosen = [...new Set(parents.map((parent) => parent % (index + 1)))];
      images.push(
        imagine(`${'abcdefgh'[index]}`, {
          parents: chosen.flatMap((parent) => images[parent] ?? []),
          registry: team ? TEAM : null,
          withHash,
        }),
      );
    }
    return images;
  });

/** Plans again and again, asking `answer` whatever a plan wants to know, until one is complete. */
function planToTheEnd(
  images: readonly ResolvedImage[],
  wanted: ReadonlySet<string>,
  answers: Answers,
) {
  const all = gather(images);
  const registry = new Map<string, RegistryAnswer>();
  const builtFrom = new Map(
    images.map(({ image, hash }) => [image.key, answers.coin() ? hash : null] as const),
  );
  for (let round = 0; round <= 2 * images.length; round++) {
    const made = planOf(all, wanted, FREE, { here: answers.here, registry, builtFrom });
    const questions = made.questions.filter(({ isOpen }) => isOpen);
    if (questions.length === 0) return { graph: all.graph, decisions: made.decisions };
    for (const { image } of questions)
      registry.set(image, { is: answers.coin() ? 'present' : 'absent' });
  }
  throw new Error('it goes on asking');
}

interface Answers {
  readonly here: ReadonlySet<string>;
  readonly coin: () => boolean;
}

describe('any plan', () => {
  it('holds the wanted images and the parents of what is built, and nothing else', () => {
    fc.assert(
      fc.property(families, fc.infiniteStream(fc.boolean()), (images, coins) => {
        const coin = () => coins.next().value === true;
        const some = () => new Set(images.filter(coin).map(({ image }) => image.key));
        const [wanted, here] = [some(), some()];
        const { graph, decisions } = planToTheEnd(images, wanted, { here, coin });

        const built = [...decisions]
          .filter(([, { action }]) => action === 'build')
          .map(([key]) => key);
        const needed = built.flatMap((key) => graph.parents(key));
        expect(new Set(decisions.keys())).toEqual(new Set([...wanted, ...needed]));
        const missed = [...wanted].filter(
          (key) => !here.has(key) && decisions.get(key)?.action === 'none',
        );
        expect(missed).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
