import type { Place, Source } from '../../model/source.ts';
import { Findings } from '../findings.ts';
import { interpolateTree } from '../interpolation/interpolate.ts';
import { Answers } from '../interpolation/values.ts';
import type { Variables } from '../interpolation/variables.ts';
import { entriesOf, itemsOf } from '../tree.ts';
import type { Parse } from '../yaml/kept-tree.ts';

/** A path or a glob of manifests, as it is written in `include`. */
export interface Include {
  readonly text: string;
  readonly place: Place;
}

/**
 * The section `include` of a manifest; null where it is no YAML. What is wrong is told of when the whole is read: then all
 * of it is.
 */
export function readIncludes(
  source: Source,
  folder: string,
  variables: Variables,
  parse: Parse,
): readonly Include[] | null {
  if (!/\binclude\b/.test(source.text)) return [];
  const root = parse(source, new Findings());
  if (root === null) return null;
  const values = { variables, answers: new Answers(), folder, matrix: null };
  return itemsOf(entriesOf(root).get('include')?.value).flatMap((item) => {
    const findings = new Findings();
    const read = interpolateTree(item, values, findings);
    if (read.kind !== 'scalar' || read.value === null || findings.hasBadIn(read)) return [];
    const text = read.text.join('');
    return text === '' ? [] : [{ text, place: read.place }];
  });
}
