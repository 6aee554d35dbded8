import type { Diagnostic } from './diagnostic.ts';

/**
 * Mistakes in lines that several images share: one that all images of a matrix have is told of once, any other one names its
 * image.
 */
export function tellImages(
  diagnostics: readonly Diagnostic[],
  entries: ReadonlyMap<string, readonly string[]>,
): Diagnostic[] {
  if (entries.size === 0) return [...diagnostics];
  const entryOf = new Map([...entries].flatMap(([entry, keys]) => keys.map((key) => [key, entry])));
  const idOf = ({ place, code, message, image = '' }: Diagnostic) =>
    [entryOf.get(image), place?.source.path, place?.start, code, message].join('\0');
  const images = new Map<string, Set<string>>();
  for (const diagnostic of diagnostics) {
    const { image = '' } = diagnostic;
    const id = idOf(diagnostic);
    if (entryOf.has(image)) images.set(id, (images.get(id) ?? new Set()).add(image));
  }
  const told = new Set<string>();
  return diagnostics.flatMap((diagnostic) => {
    const { image = '', message } = diagnostic;
    const entry = entryOf.get(image);
    if (entry === undefined) return [diagnostic];
    const id = idOf(diagnostic);
    if (told.has(id)) return [];
    told.add(id);
    const found = [...(images.get(id) ?? [])];
    const isAll = found.length === (entries.get(entry) ?? []).length;
    if ((isAll && found.length > 1) || message.includes(`\`${image}\``)) return [diagnostic];
    return [{ ...diagnostic, message: `${message} (in ${named(found)})` }];
  });
}

/** As many names as people read. */
const FEW = 3;

function named(keys: readonly string[]): string {
  const shown = keys.slice(0, FEW).map((key) => `\`${key}\``);
  const more = keys.length - FEW;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
