import { describe, expect, it } from 'vitest';
import type { ResolvedBuild, ResolvedImage } from '../../src/model/resolved.ts';
import type { BuildTask } from '../../src/run/build-task.ts';
import { type Grouping, nextGroups } from '../../src/run/grouping.ts';
import { imagine } from '../rig/imagined.ts';

function taskOf(
  key: string,
  parents: readonly string[] = [],
  buildKeys: Partial<ResolvedBuild> = {},
  canGroup = true,
): BuildTask {
  const resolved: ResolvedImage = imagine(key, { buildKeys });
  const image = { resolved } as BuildTask['image'];
  return {
    key,
    image,
    decision: { action: 'build', test: false, push: [], reason: 'not here' },
    parents: new Set(parents),
    canGroup,
    lock: null,
    tries: 0,
    begunMs: null,
    proof: Promise.resolve(null),
    prove: () => {},
    finish: () => {},
    abort: () => {},
  };
}

const grouped = (tasks: readonly BuildTask[], more: Partial<Grouping> = {}) =>
  nextGroups(tasks, {
    most: 4,
    running: 0,
    groups: 0,
    built: new Set(),
    isApart: false,
    ...more,
  }).map((group) => group.map(({ key }) => key));

describe('the next groups', () => {
  const family = [taskOf('a'), taskOf('b', ['a']), taskOf('c', ['a', 'b']), taskOf('d')];

  it('have parents and children in one', () => {
    expect(grouped(family)).toEqual([['a', 'b', 'c', 'd']]);
  });

  it('have no more images than there are places, and none without its parents', () => {
    expect(grouped(family, { most: 2 })).toEqual([['a', 'b']]);
    expect(grouped([taskOf('c', ['b']), taskOf('d')])).toEqual([['d']]);
    expect(grouped([taskOf('c', ['b'])], { built: new Set(['b']) })).toEqual([['c']]);
  });

  it('wait until half of the places are free', () => {
    expect(grouped(family, { running: 3, groups: 1 })).toEqual([]);
    expect(grouped(family, { running: 2, groups: 1 })).toEqual([['a', 'b']]);
  });

  it('are one docker command at a time where there is one place', () => {
    expect(grouped(family, { most: 1 })).toEqual([['a']]);
    expect(grouped(family, { most: 1, running: 0, groups: 1 })).toEqual([]);
  });

  it('are of one builder each', () => {
    const tasks = [taskOf('a'), taskOf('b', [], { builder: 'far' }), taskOf('c')];
    expect(grouped(tasks)).toEqual([['a', 'c'], ['b']]);
  });

  it.each<[string, BuildTask, BuildTask]>([
    ['another builder', taskOf('a', [], { builder: 'far' }), taskOf('b', ['a'])],
    ['other platforms', taskOf('a', [], { platforms: ['linux/arm64'] }), taskOf('b', ['a'])],
    [
      'secrets',
      taskOf('a', [], { secrets: [{ id: 's', from: { file: '/s' } }] }),
      taskOf('b', ['a']),
    ],
    ['an agent', taskOf('a', [], { ssh: [{ id: 'default', paths: [] }] }), taskOf('b', ['a'])],
    ['what bake cannot be told', taskOf('a', [], {}, false), taskOf('b', ['a'])],
  ])('do not link a child to a parent with %s', (_, parent, child) => {
    expect(grouped([parent, child])).toEqual([['a']]);
  });

  it('are of one image each where they must be apart, a few at once', () => {
    const tasks = ['a', 'b', 'c', 'd', 'e'].map((key) => taskOf(key));
    const apart = { isApart: true, most: 32 };
    expect(grouped([...tasks, taskOf('f', ['a'])], apart)).toEqual([['a'], ['b'], ['c'], ['d']]);
    expect(grouped(tasks, { ...apart, running: 3, groups: 3 })).toEqual([['a']]);
  });
});

describe('a secret or an agent', () => {
  const asking = { mayAskForSecrets: true };
  const having = { secrets: [{ id: 's', from: { file: '/s' } }] };
  const family = (own: Partial<ResolvedBuild>, far: Partial<ResolvedBuild>) => [
    taskOf('a', [], own),
    taskOf('b', ['a']),
    taskOf('c', ['b'], far),
    taskOf('d'),
  ];

  it.each([having, { ssh: [{ id: 'default', paths: [] }] }])(
    'of an image is in no call with one above it that asks for such: %j',
    (far) => {
      expect(grouped(family(asking, far))).toEqual([['a', 'b', 'd']]);
      const rest = family(asking, far).slice(2);
      expect(grouped(rest, { built: new Set(['a', 'b']) })).toEqual([['c', 'd']]);
    },
  );

  it('is where nobody above it asks, or it is beside it', () => {
    expect(grouped(family({}, having))).toEqual([['a', 'b', 'c', 'd']]);
    expect(grouped(family(asking, asking))).toEqual([['a', 'b', 'c', 'd']]);
    expect(grouped([taskOf('a', [], asking), taskOf('b', [], having)])).toEqual([['a', 'b']]);
  });
});

describe('heredocs that look alike', () => {
  const writes = (path: string, content: string | null) => ({ inlineFiles: [{ path, content }] });

  it('are built in different calls, parent before child, however far apart', () => {
    const family = [
      taskOf('a', [], writes('/made', 'one')),
      taskOf('b', ['a']),
      taskOf('c', ['b'], writes('/other/made', 'two')),
      taskOf('d', ['c']),
    ];
    expect(grouped(family)).toEqual([['a', 'b']]);
    expect(grouped(family.slice(2), { built: new Set(['a', 'b']) })).toEqual([['c', 'd']]);
  });

  it.each([
    ['/made', 'one', '/made', 'one'],
    ['/made', 'one', '/made', 'three'],
    ['/made', 'one', '/else', 'two'],
    ['/$NAME', 'one', '/else', 'two'],
  ])('are not %s %j and %s %j', (path, content, otherPath, other) => {
    const family = [
      taskOf('a', [], writes(path, content)),
      taskOf('b', ['a'], writes(otherPath, other)),
    ];
    expect(grouped(family)).toEqual([['a', 'b']]);
  });

  it.each([
    ['/$NAME', 'one', '/$OTHER', 'two'],
    ['/made', null, '/made', 'two'],
    ['/made', 'one', '/made', null],
  ])('may be %s %j and %s %j', (path, content, otherPath, other) => {
    const family = [
      taskOf('a', [], writes(path, content)),
      taskOf('b', ['a'], writes(otherPath, other)),
    ];
    expect(grouped(family)).toEqual([['a']]);
  });

  it('do not matter between images of which none is built on the other', () => {
    const apart = [taskOf('a', [], writes('/x', '1')), taskOf('b', [], writes('/x', '2'))];
    expect(grouped(apart)).toEqual([['a', 'b']]);
  });
});
