import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Facts, RegistryAnswer } from '../../src/model/plan.ts';
import type { ResolvedImage } from '../../src/model/resolved.ts';
import { type Knowledge, makePlan } from '../../src/plan/plan.ts';
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

function know({ here = new Set(), registry = new Map(), builtFrom }: Known): Knowledge {
  const facts = ({ image, hash }: ResolvedImage): Facts => ({
    local: here.has(image.key),
    unnamed: false,
    builtFrom: builtFrom === undefined ? hash : (builtFrom.get(image.key) ?? null),
    owed: false,
    meanwhile: false,
    registry: { is: 'unasked' },
    loggedIn: false,
    neededFor: null,
  });
  return { facts, registry };
}

function plan(wanted: string[], known: Known) {
  return makePlan(family.graph, family.images, new Set(wanted), FREE, know(known));
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
    expect(made.questions).toEqual([{ image: 'tool', ref: tool.registryRef }]);
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
    const { graph, images } = gather([loose, imagine('app', { parents: [loose] })]);
    const actionFor = (hash: string | null) => {
      const known = know({ here: new Set(['loose']), builtFrom: new Map([['loose', hash]]) });
      return makePlan(graph, images, new Set(['app']), FREE, known).decisions.get('loose')?.action;
    };
    expect(actionFor(loose.hash)).toBe('none');
    expect(actionFor('f'.repeat(64))).toBe('build');
    expect(actionFor(null)).toBe('build');
  });

  it('has what a child is built on pulled, though it need only be in the registry', () => {
    const policy = { ...FREE, require: 'registry' as const };
    const { graph, images } = gather([tool, imagine('app', { parents: [tool] })]);
    const make = (wanted: string[], registry = new Map<string, RegistryAnswer>()) =>
      makePlan(graph, images, new Set(wanted), policy, know({ registry }));
    expect(make(['tool']).questions).toEqual([{ image: 'tool', ref: tool.registryRef }]);
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
  const { graph, images: byKey } = gather(images);
  const registry = new Map<string, RegistryAnswer>();
  const builtFrom = new Map(
    images.map(({ image, hash }) => [image.key, answers.coin() ? hash : null] as const),
  );
  const knowledge = know({ here: answers.here, registry, builtFrom });
  for (let round = 0; round <= 2 * images.length; round++) {
    const made = makePlan(graph, byKey, wanted, FREE, knowledge);
    if (made.questions.length === 0) return { graph, decisions: made.decisions };
    for (const { image } of made.questions)
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
