import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RegistryAnswer } from '../../src/model/plan.ts';
import type { ResolvedImage } from '../../src/model/resolved.ts';
import { type Knowledge, makePlan } from '../../src/plan/plan.ts';
import { FREE, gather, imagine, TEAM } from '../rig/imagined.ts';

const base = imagine('base');
const tool = imagine('tool', { parents: [base], registry: TEAM });
const app = imagine('app', { parents: [tool] });
const other = imagine('other', { parents: [base] });
const family = gather([base, tool, app, other]);

function know(known: Partial<Knowledge>): Knowledge {
  return { here: new Set(), owed: new Set(), registry: new Map(), builtFrom: new Map(), ...known };
}

function plan(wanted: string[], known: Partial<Knowledge>) {
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
    expect(made.questions).toEqual([{ about: 'registry', image: 'tool', ref: tool.registryRef }]);
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

  it('asks what a parent without a hash in its tag was built from, and builds a stale one anew', () => {
    const loose = imagine('loose', { withHash: false });
    const { graph, images } = gather([loose, imagine('app', { parents: [loose] })]);
    const make = (builtFrom: Map<string, string | null>) =>
      makePlan(
        graph,
        images,
        new Set(['app']),
        FREE,
        know({ here: new Set(['loose']), builtFrom }),
      );
    expect(make(new Map()).questions).toEqual([{ about: 'label', image: 'loose', ref: 'loose' }]);
    expect(make(new Map([['loose', loose.hash]])).decisions.get('loose')?.action).toBe('none');
    expect(make(new Map([['loose', 'f'.repeat(64)]])).decisions.get('loose')?.action).toBe('build');
    expect(make(new Map([['loose', null]])).decisions.get('loose')?.action).toBe('build');
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
  const builtFrom = new Map<string, string | null>();
  const knowledge = know({ here: answers.here, registry, builtFrom });
  for (let round = 0; round <= 2 * images.length; round++) {
    const made = makePlan(graph, byKey, wanted, FREE, knowledge);
    if (made.questions.length === 0) return { graph, decisions: made.decisions };
    for (const { about, image } of made.questions) {
      if (about === 'registry') registry.set(image, { is: answers.coin() ? 'present' : 'absent' });
      else builtFrom.set(image, answers.coin() ? (byKey.get(image)?.hash ?? null) : null);
    }
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
