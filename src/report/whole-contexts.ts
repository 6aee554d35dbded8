import type { ContextFiles } from '../model/file-list.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { formatPlace } from '../model/source.ts';

/** A line for each context that is hashed as a whole because it is not known what is copied of it. */
export function wholeContexts(images: readonly ResolvedImage[]): string[] {
  return images.flatMap(({ image: { key }, build }): string[] => {
    if (build === null) return [];
    const own = noteOf(build.files, `the whole build context of \`${key}\``);
    const additional = [...build.additionalContexts].flatMap(([name, context]) =>
      context.kind === 'folder'
        ? noteOf(context.files, `the whole additional context \`${name}\` of \`${key}\``)
        : [],
    );
    return [...own, ...additional];
  });
}

function noteOf({ whole }: ContextFiles, what: string): string[] {
  if (whole === undefined) return [];
  const { message, place } = whole;
  const at = place === null ? '' : ` (${formatPlace(place)})`;
  return [`note: ${what} is hashed: ${message}${at}`];
}
