/** What they came to, or the first thing that was thrown; but not before all have ended. */
export async function allEnded<T>(begun: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(begun);
  return Promise.all(begun);
}
