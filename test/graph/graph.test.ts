import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../src/graph/build-graph.ts';
import type { ImageGraph } from '../../src/graph/graph.ts';
import { imagine } from './imagining.ts';

/** A graph of images of which only the parents matter. */
function graphOf(parents: Readonly<Record<string, readonly string[]>>): ImageGraph {
  const written = Object.entries(parents).map(([key, list]) => [key, { build: { parents: list } }]);
  const { graph } = buildGraph(imagine(Object.fromEntries(written)));
  if (graph === null) throw new Error('no graph');
  return graph;
}

describe('the order', () => {
  test('is the manifest’s where the parents leave a choice', () => {
    expect(graphOf({ c: [], a: [], b: [] }).order).toEqual(['c', 'a', 'b']);
    expect(graphOf({ base: [], b: ['base'], a: ['base'] }).order).toEqual(['base', 'b', 'a']);
  });

  test('puts parents before their children', () => {
    expect(graphOf({ app: ['tools', 'base'], tools: ['base'], other: [], base: [] }).order).toEqual(
      ['base', 'tools', 'app', 'other'],
    );
  });

  test('of a long chain is no matter of the stack', () => {
    const keys = Array.from({ length: 50_000 }, (_, i) => `i${i}`);
    const parents = keys.map((key, i) => [key, i + 1 < keys.length ? [`i${i + 1}`] : []]);
    expect(graphOf(Object.fromEntries(parents)).order[0]).toBe('i49999');
  });
});

describe('relatives', () => {
  const graph = graphOf({
    base: [],
    tools: ['base'],
    lib: ['base'],
    app: ['tools', 'lib'],
    other: [],
  });

  test('parents and children', () => {
    expect(graph.parents('app')).toEqual(['tools', 'lib']);
    expect(graph.children('base')).toEqual(['tools', 'lib']);
    expect(graph.parents('base')).toEqual([]);
    expect(graph.children('nobody')).toEqual([]);
  });

  test('with ancestors or descendants, parents first', () => {
    expect(graph.withAncestors(['app'])).toEqual(['base', 'tools', 'lib', 'app']);
    expect(graph.withAncestors(['other', 'tools'])).toEqual(['base', 'tools', 'other']);
    expect(graph.withDescendants(['tools'])).toEqual(['tools', 'app']);
  });
});

test('any images without circles: each once, after its parents', () => {
  const parentsByRank = fc.array(fc.array(fc.nat({ max: 30 }), { maxLength: 4 }), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(parentsByRank, fc.boolean(), (ranks, reversed) => {
      const entries = ranks.map((numbers, i): [string, string[]] => {
        const earlier = [...new Set(numbers)].filter((j) => j < i);
        return [`i${i}`, earlier.map((j) => `i${j}`)];
      });
      const graph = graphOf(Object.fromEntries(reversed ? entries.reverse() : entries));
      const rank = new Map(graph.order.map((key, index) => [key, index]));
      expect(new Set(graph.order)).toEqual(new Set(entries.map(([key]) => key)));
      for (const [key, parents] of entries) {
        for (const parent of parents) expect(rank.get(parent)).toBeLessThan(rank.get(key) ?? -1);
      }
    }),
  );
});
