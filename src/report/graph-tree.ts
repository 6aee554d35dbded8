import { formatPlace } from '../model/source.ts';
import type { GraphImage, GraphOptions, GraphParent } from './graph-image.ts';

/** An arrow of the tree: to a parent, or to what is built on the image. */
interface Branch {
  readonly image: GraphImage;
  readonly use: GraphParent['use'];
}

/** Each image with its parents below it, or one with its dependents. What is below an image is shown once. */
export function formatTree(images: readonly GraphImage[], options: GraphOptions): string {
  const { dependentsOf } = options;
  const { parents, children } = branchesOf(images);
  const next = dependentsOf === null ? parents : children;
  const roots = images.filter(({ key }) =>
    dependentsOf === null ? children.get(key)?.length === 0 : key === dependentsOf,
  );
  const lines: string[] = [];
  const shown = new Set<string>();
  const add = (branch: Branch, lead: string, below: string): void => {
    const { key } = branch.image;
    const branches = next.get(key) ?? [];
    const isRepeated = branches.length > 0 && shown.has(key);
    shown.add(key);
    lines.push(`${lead}${textOf(branch, isRepeated, options)}\n`);
    for (const [at, each] of isRepeated ? [] : branches.entries()) {
      const isLast = at === branches.length - 1;
      add(each, `${below}${isLast ? '└─ ' : '├─ '}`, `${below}${isLast ? '   ' : '│  '}`);
    }
  };
  for (const image of roots) add({ image, use: null }, '', '');
  return lines.join('');
}

/** The arrows between images, from both ends. */
function branchesOf(images: readonly GraphImage[]) {
  const byKey = new Map(images.map((image) => [image.key, image]));
  const parents = new Map<string, Branch[]>();
  const children = new Map<string, Branch[]>(images.map(({ key }) => [key, []]));
  for (const image of images) {
    const branches = image.parents.flatMap(({ key, use }) => {
      const parent = byKey.get(key);
      children.get(key)?.push({ image, use });
      return parent === undefined ? [] : [{ image: parent, use }];
    });
    parents.set(image.key, branches);
  }
  return { parents, children };
}

function textOf(
  { image: { key, ref, isPresent }, use }: Branch,
  isRepeated: boolean,
  { style, why }: GraphOptions,
): string {
  const parts = [`${style.image(key)}  ${ref}`];
  if (isPresent !== null) parts.push(isPresent ? style.good('here') : style.warning('not here'));
  if (why && use !== null) parts.push(style.dim(`${formatPlace(use.place)} ${use.instruction}`));
  if (isRepeated) parts.push(style.dim('(see above)'));
  return parts.join('  ');
}
