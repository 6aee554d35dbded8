import { nearest } from '../../model/nearest.ts';
import type { Finding, Known } from '../subject.ts';

/** The finding for a target that the Dockerfile has no stage for. */
export function unknownTarget({ image, given, build, dockerfile }: Known): Finding[] {
  const { target } = build;
  if (target === null) return [];
  const names = dockerfile.stages.flatMap(({ name }) => name ?? []);
  const near = nearest(target, names);
  const known = names.length === 0 ? 'no stage has a name' : `its stages are ${names.join(', ')}`;
  return [
    {
      severity: 'error',
      code: 'unknown-target',
      message: `no stage of ${build.dockerfile.shown} is called \`${target}\``,
      advice: near === null ? known : `did you mean \`${near}\`?`,
      place: given.places.get('target') ?? image.place,
    },
  ];
}
