import type { Diagnostic } from '../model/diagnostic.ts';
import type { Image } from '../model/manifest.ts';
import type { Place } from '../model/source.ts';
import type { CheckName } from './subject.ts';

/** What is given to several images at one place is idle only where none of them uses it. */
const IDLE: readonly CheckName[] = ['unknown-argument', 'unused-parent'];

/**
 * Findings that several images have at one place, each once: in a Dockerfile that they share, or in
 * the `defaults` of the manifest.
 */
export function once(
  findings: readonly Diagnostic[],
  images: ReadonlyMap<string, Image>,
): Diagnostic[] {
  const groups = new Map<string, Diagnostic[]>();
  for (const finding of findings) {
    const { code, place, image } = finding;
    const inManifest = place?.source.path === images.get(image ?? '')?.place.source.path;
    const key = [code, place?.source.path, place?.start, inManifest ? '' : finding.message];
    const id = key.join('\0');
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [finding]);
    else group.push(finding);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first?.place === undefined || !IDLE.some((code) => code === first.code)) return first ?? [];
    return group.length < sharers(first.place, images) ? [] : first;
  });
}

/** How many images have what stands at a place of the manifest. */
function sharers(place: Place, images: ReadonlyMap<string, Image>): number {
  return [...images.values()].filter(({ build }) => {
    const places = build && [
      ...build.places.values(),
      ...build.parents.map((parent) => parent.place),
    ];
    return places?.some(({ source, start }) => source === place.source && start === place.start);
  }).length;
}
