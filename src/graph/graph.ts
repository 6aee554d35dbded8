/** Images and their parents, free of circles. */
export class ImageGraph {
  /** All images, parents before their children. */
  readonly order: readonly string[];
  readonly #parents: ReadonlyMap<string, readonly string[]>;
  readonly #children: ReadonlyMap<string, readonly string[]>;

  /**
   * `parents` holds every image in an order in which parents come before their children: that of the
   * manifest wherever the parents leave a choice.
   */
  constructor(parents: ReadonlyMap<string, readonly string[]>) {
    this.order = [...parents.keys()];
    this.#parents = parents;
    const children = new Map<string, string[]>(this.order.map((key) => [key, []]));
    for (const [child, keys] of parents) for (const key of keys) children.get(key)?.push(child);
    this.#children = children;
  }

  /** The images that an image is built on directly, as the manifest lists them. */
  parents(key: string): readonly string[] {
    return this.#parents.get(key) ?? [];
  }

  /** The images that are built on it directly. */
  children(key: string): readonly string[] {
    return this.#children.get(key) ?? [];
  }

  /** The images and all that they are built on, parents first. */
  withAncestors(keys: Iterable<string>): readonly string[] {
    return this.#ordered(reachable(keys, (key) => this.parents(key)));
  }

  /** The images and all that is built on them, parents first. */
  withDescendants(keys: Iterable<string>): readonly string[] {
    return this.#ordered(reachable(keys, (key) => this.children(key)));
  }

  /**
   * The images in connected parts, each parents first: what is in different parts has nothing to do with
   * one another, by any way of parents and children among the images.
   */
  parts(keys: ReadonlySet<string>): string[][] {
    const near = (key: string) =>
      [...this.parents(key), ...this.children(key)].filter((other) => keys.has(other));
    const parts = new Map<string, string[]>();
    for (const key of this.#ordered(keys)) {
      const found = parts.get(key);
      if (found !== undefined) found.push(key);
      else {
        const part = [key];
        for (const member of reachable([key], near)) parts.set(member, part);
      }
    }
    return [...new Set(parts.values())];
  }

  #ordered(keys: ReadonlySet<string>): string[] {
    return this.order.filter((key) => keys.has(key));
  }
}

function reachable(
  keys: Iterable<string>,
  next: (key: string) => readonly string[],
): ReadonlySet<string> {
  // A set that grows while it is walked is walked to its new end.
  const found = new Set(keys);
  for (const key of found) for (const other of next(key)) found.add(other);
  return found;
}
