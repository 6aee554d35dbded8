/** What each image is built on directly. Every parent is a key of its own. */
export type Parents = ReadonlyMap<string, readonly string[]>;

export interface Ordering {
  /** Parents before their children, else in the order given. */
  readonly order: readonly string[];
  /** Circles, each from an image by way of its parents: `[a, b]` for a → b → a. */
  readonly circles: readonly (readonly string[])[];
}

interface Visit {
  readonly key: string;
  /** Its parents that were not looked at yet. */
  readonly rest: Iterator<string>;
}

/**
 * Orders images depth first; a stack instead of recursion, since a chain may be long. Of circles that
 * share an image the first is told: once it is undone the others come to light.
 */
export function orderByParents(parents: Parents): Ordering {
  const order = new Set<string>();
  const circles: string[][] = [];
  const told = new Set<string>();
  const path: Visit[] = [];
  const onPath = new Set<string>();

  for (const root of parents.keys()) {
    if (!order.has(root)) enter(root);
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const { value: parent, done } = visit.rest.next();
      if (done) leave(visit.key);
      else if (onPath.has(parent)) tellCircle(parent);
      else if (!order.has(parent)) enter(parent);
    }
  }
  return { order: [...order], circles };

  function enter(key: string): void {
    path.push({ key, rest: (parents.get(key) ?? []).values() });
    onPath.add(key);
  }

  function leave(key: string): void {
    path.pop();
    onPath.delete(key);
    order.add(key);
  }

  function tellCircle(back: string): void {
    const last = path.at(-1)?.key ?? back;
    if (told.has(back) || told.has(last)) return;
    const circle = path.slice(path.findIndex(({ key }) => key === back)).map(({ key }) => key);
    if (circle.some((key) => told.has(key))) return;
    for (const key of circle) told.add(key);
    circles.push(circle);
  }
}
