/** What they came to, or the first thing that was thrown; but not before all have ended. */
export async function allEnded<const T extends readonly Promise<unknown>[]>(
  begun: T,
): Promise<{ -readonly [At in keyof T]: Awaited<T[At]> }> {
  await Promise.allSettled(begun);
  return Promise.all(begun);
}
