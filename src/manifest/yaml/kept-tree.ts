import type { Source } from '../../model/source.ts';
import { Findings } from '../findings.ts';
import type { Entry, Tree } from '../tree.ts';
import { parseYaml } from './parse.ts';

/** Parses a file: its tree, or null where it cannot be had; then `findings` says why. */
export type Parse = (source: Source, findings: Findings) => Tree | null;

/** What earlier runs made of texts; see docs/decisions/0040-parsed-manifests-are-kept.md. Neither throws. */
export interface KeptParses {
  /** Null where nothing is known of the text. */
  recall(text: string): string | null;
  keep(text: string, parsed: string): void;
}

/** Parses each file once, and in a later run not again; not those that have mistakes. */
export function parsingOnce(kept: KeptParses | undefined): Parse {
  const known = new WeakMap<Source, Tree>();
  return (source, findings) => {
    const before = known.get(source) ?? recalled(source, kept);
    const tree = before ?? parsedNow(source, kept);
    if (tree === null) return parseYaml(source, findings);
    known.set(source, tree);
    return tree;
  };
}

function recalled(source: Source, kept: KeptParses | undefined): Tree | null {
  const text = kept?.recall(source.text) ?? null;
  return text === null ? null : decodeTree(text, source);
}

/** Null where there are mistakes: which values they spoil is for the caller's findings. */
function parsedNow(source: Source, kept: KeptParses | undefined): Tree | null {
  const findings = new Findings();
  const tree = parseYaml(source, findings);
  if (tree === null || findings.list().length > 0) return null;
  const text = kept === undefined ? null : encodeTree(tree);
  if (text !== null) kept?.keep(source.text, text);
  return tree;
}

/** The kinds of nodes: a plain value is written as it is. */
const PLAIN = 0;
const SCALAR = 1;
const LIST = 2;
const MAPPING = 3;

/** A node: its kind, where it begins and ends, and what it has. */
type Node = readonly [kind: number, start: number, end: number, ...rest: readonly unknown[]];

/** A tree without mistakes as a text; null where a value would not come back as it is. */
export function encodeTree(tree: Tree): string | null {
  const seen = { isExact: true };
  const text = JSON.stringify(nodeOf(tree, seen));
  return seen.isExact ? text : null;
}

function nodeOf(tree: Tree, seen: { isExact: boolean }): Node {
  const { start, end } = tree.place;
  switch (tree.kind) {
    case 'scalar': {
      const { value, written, text } = tree;
      // JSON has no negative zero.
      if (Object.is(value, -0)) seen.isExact = false;
      if (value === written && text.length === 1) return [PLAIN, start, end, value];
      return [SCALAR, start, end, value, written, text.length];
    }
    case 'list':
      return [LIST, start, end, ...tree.items.map((item) => nodeOf(item, seen))];
    case 'mapping': {
      const entries = [...tree.entries.values()].flatMap(({ key, keyPlace, value }) => [
        ...[key, keyPlace.start, keyPlace.end],
        nodeOf(value, seen),
      ]);
      return [MAPPING, start, end, ...entries];
    }
  }
}

/** The tree that a text of `encodeTree` stands for, in the file that it was made of. */
export function decodeTree(text: string, source: Source): Tree {
  return treeOf(JSON.parse(text) as Node, source);
}

function treeOf(node: Node, source: Source): Tree {
  const [kind, start, end] = node;
  const place = { source, start, end };
  switch (kind) {
    case PLAIN: {
      const written = node[3] as string;
      return { kind: 'scalar', place, value: written, written, text: [written], refs: [] };
    }
    case SCALAR: {
      const [value, written, parts] = node.slice(3) as [string | number | boolean, string, number];
      const text = parts === 0 ? [] : [written];
      return { kind: 'scalar', place, value, written, text, refs: [] };
    }
    case LIST:
      return {
        kind: 'list',
        place,
        items: node.slice(3).map((item) => treeOf(item as Node, source)),
      };
    default: {
      const entries = new Map<string, Entry>();
      for (let at = 3; at < node.length; at += 4) {
        const key = node[at] as string;
        const keyPlace = { source, start: node[at + 1] as number, end: node[at + 2] as number };
        entries.set(key, { key, keyPlace, value: treeOf(node[at + 3] as Node, source) });
      }
      return { kind: 'mapping', place, entries };
    }
  }
}
