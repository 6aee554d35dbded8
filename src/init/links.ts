/** Named contexts that are other images, by a prefix such as `target:`, and all others. */
export function linksAmong(
  contexts: Readonly<Record<string, unknown>>,
  prefix: 'target:' | 'service:',
): { links: ReadonlyMap<string, string>; others: Readonly<Record<string, unknown>> } {
  const links = new Map<string, string>();
  const others: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(contexts)) {
    const isLink = typeof value === 'string' && value.startsWith(prefix);
    if (isLink) links.set(name, value.slice(prefix.length));
    else others[name] = value;
  }
  return { links, others };
}
