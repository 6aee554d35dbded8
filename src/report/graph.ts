import { positionOf } from '../model/source.ts';
import type { GraphImage, GraphOptions, GraphParent } from './graph-image.ts';
import { formatTree } from './graph-tree.ts';

export type GraphFormat = 'tree' | 'mermaid' | 'dot' | 'json';

/** The images and the arrows between them. `images`: in the order of the manifest. */
export function formatGraph(
  format: GraphFormat,
  images: readonly GraphImage[],
  options: GraphOptions,
): string {
  switch (format) {
    case 'tree':
      return formatTree(images, options);
    case 'mermaid':
      return formatMermaid(images, options);
    case 'dot':
      return formatDot(images, options);
    case 'json':
      return `${JSON.stringify(graphDocument(images), null, 2)}\n`;
  }
}

/** schema/graph.schema.json. */
function graphDocument(images: readonly GraphImage[]) {
  return {
    format: 'docker-ensure/graph/v1',
    images: images.map(({ key, ref, isPresent, parents }) => ({
      image: key,
      ref,
      ...(isPresent === null ? {} : { present: isPresent }),
      parents: parents.map((parent) => ({
        image: parent.key,
        line: parent.use === null ? null : positionOf(parent.use.place).line,
      })),
    })),
  };
}

/** An arrow goes from a parent to what is built on it. */
function formatMermaid(images: readonly GraphImage[], { why }: GraphOptions): string {
  const ids = new Map(images.map(({ key }, at) => [key, `i${at}`]));
  const absent = images.flatMap(({ key, isPresent }) =>
    isPresent === false ? (ids.get(key) ?? []) : [],
  );
  const lines = [
    'flowchart TD',
    ...images.map(({ key }) => `  ${ids.get(key)}["${key}"]`),
    ...arrowsOf(images).map(({ parent, child, use }) => {
      const label = why && use !== null ? `|"${labelOf(use)}"|` : '';
      return `  ${ids.get(parent)} -->${label} ${ids.get(child)}`;
    }),
    ...(absent.length === 0
      ? []
      : ['  classDef absent stroke-dasharray: 5 5', `  class ${absent.join(',')} absent`]),
  ];
  return `${lines.join('\n')}\n`;
}

function formatDot(images: readonly GraphImage[], { why }: GraphOptions): string {
  const lines = [
    'digraph images {',
    '  node [shape=box];',
    ...images.map(
      ({ key, isPresent }) => `  ${quoted(key)}${isPresent === false ? ' [style=dashed]' : ''};`,
    ),
    ...arrowsOf(images).map(({ parent, child, use }) => {
      const label = why && use !== null ? ` [label=${quoted(labelOf(use))}]` : '';
      return `  ${quoted(parent)} -> ${quoted(child)}${label};`;
    }),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function arrowsOf(images: readonly GraphImage[]) {
  const keys = new Set(images.map(({ key }) => key));
  return images.flatMap(({ key, parents }) =>
    parents.flatMap((parent) =>
      keys.has(parent.key) ? { parent: parent.key, child: key, use: parent.use } : [],
    ),
  );
}

/** `app/Dockerfile:3 FROM`, without what a label cannot have in either language. */
function labelOf({ place, instruction }: NonNullable<GraphParent['use']>): string {
  const { line } = positionOf(place);
  return `${place.source.path}:${line} ${instruction}`.replace(/["\\|<>\r\n]/g, '_');
}

function quoted(text: string): string {
  return `"${text}"`;
}
