import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Place, Source } from '../../model/source.ts';
import { positionOf } from '../../model/source.ts';
import type { Findings, Mistake } from '../findings.ts';
import type { Entry, Tree } from '../tree.ts';
import { type AliasTargets, aliasTargets } from './aliases.ts';

type Node = ParsedNode | null;

/** The most values that aliases may stand for, all together: far more than any manifest needs. */
const ALIAS_BUDGET = 20_000;

/** How deep aliases may stand within what other aliases stand for. */
const ALIAS_DEPTH = 20;

/** The tree of a parsed YAML node, its aliases and merge keys (`<<`) resolved. */
export function expand(source: Source, root: ParsedNode, findings: Findings): Tree {
  const start = { source, start: 0, end: 0 };
  return new Expansion(source, aliasTargets(root), findings).tree(root, start);
}

class Expansion {
  /** The anchored nodes that are being expanded right now. */
  readonly #open = new Set<Node>();
  /** How many aliases deep we are, and the place of the first of them. */
  #depth = 0;
  #outermost: Place | undefined;
  #spent = 0;
  #exhausted = false;

  constructor(
    readonly source: Source,
    readonly targets: AliasTargets,
    readonly findings: Findings,
  ) {}

  /** `near` is the place of what has no width of its own: the value of `key:`. */
  tree(node: Node, near: Place): Tree {
    if (this.#depth > 0) this.#spent += 1;
    const place = this.#placeOf(node, near);
    if (isAlias(node)) return this.#alias(node, place);
    if (isScalar(node)) return this.#scalar(node, place);
    if (node === null) return nothing(place);
    this.#open.add(node);
    const tree = this.#collection(node, place);
    this.#open.delete(node);
    return tree;
  }

  #scalar(node: Scalar.Parsed, place: Place): Tree {
    const written = node.source;
    const value = plainValue(node.value, written);
    const scalar: Tree = { kind: 'scalar', place, value, written, text: [written], refs: [] };
    const bad = badCharacter(written);
    if (bad !== null) this.findings.reject(scalar, bad);
    return scalar;
  }

  #collection(node: YAMLMap.Parsed | YAMLSeq.Parsed, place: Place): Tree {
    if (isMap(node)) return { kind: 'mapping', place, entries: this.#entries(node, place) };
    const items = (node.items as Node[]).map((item) => this.tree(item, place));
    return { kind: 'list', place, items };
  }

  #alias(node: Alias.Parsed, place: Place): Tree {
    if (this.#depth === 0) this.#outermost = place;
    const target = this.targets.get(node);
    const mistake = this.#aliasMistake(node, target);
    if (target !== undefined && mistake === null && !this.#exhausted) {
      this.#depth += 1;
      const tree = this.tree(target, place);
      this.#depth -= 1;
      return tree;
    }
    const broken = nothing(place);
    if (mistake === null) this.findings.spoil(broken);
    else this.findings.reject(broken, mistake, mistake === ALIAS_BOMB ? this.#outermost : place);
    return broken;
  }

  #aliasMistake({ source }: Alias.Parsed, target: Node | undefined): Mistake | null {
    if (target === undefined) {
      return {
        code: 'unknown-alias',
        message: `nothing before this is anchored as \`&${source}\``,
      };
    }
    if (this.#open.has(target)) return ALIAS_CYCLE;
    if (this.#exhausted || (this.#spent <= ALIAS_BUDGET && this.#depth < ALIAS_DEPTH)) return null;
    this.#exhausted = true;
    return ALIAS_BOMB;
  }

  #entries(map: YAMLMap, place: Place): Map<string, Entry> {
    const entries = new Map<string, Entry>();
    const merged = new Set<string>();
    for (const pair of map.items) {
      const keyNode = pair.key as Node;
      const keyPlace = this.#placeOf(keyNode, place);
      const key = this.#key(keyNode, keyPlace);
      if (key === null) continue;
      const value = this.tree(pair.value as Node, keyPlace);
      if (isMergeKey(keyNode)) {
        for (const entry of this.#merged(value)) {
          if (entries.has(entry.key)) continue;
          entries.set(entry.key, entry);
          merged.add(entry.key);
        }
        continue;
      }
      const first = entries.get(key);
      if (first === undefined || merged.delete(key)) entries.set(key, { key, keyPlace, value });
      else this.findings.add(keyPlace, duplicate(first));
    }
    return entries;
  }

  #key(written: Node, place: Place): string | null {
    const node = isAlias(written) ? (this.targets.get(written) ?? written) : written;
    if (isScalar(node)) {
      const key = node.source ?? String(node.value ?? '');
      const bad = badCharacter(key);
      if (bad !== null) {
        this.findings.add(place, bad);
        return null;
      }
      if (key !== '' || node.type !== 'PLAIN') return key;
    }
    this.findings.add(place, { code: 'bad-key', message: 'a key must be a string' });
    return null;
  }

  /** What a merge key brings: of several maps the first one that has a key wins. */
  #merged(value: Tree): Entry[] {
    const maps = value.kind === 'list' ? value.items : [value];
    return maps.flatMap((map) => {
      if (map.kind === 'mapping') return [...map.entries.values()];
      if (!this.findings.isBad(map)) this.findings.reject(map, BAD_MERGE);
      return [];
    });
  }

  #placeOf(node: Node, near: Place): Place {
    const [start, end] = node?.range ?? [0, 0];
    return start === end ? near : { source: this.source, start, end };
  }
}

/** What no argument of a command can hold, and what is no character and so has no UTF-8. */
function badCharacter(text: string): Mistake | null {
  if (text.isWellFormed() && !text.includes('\0')) return null;
  const [bad = '\0'] = /\0|\p{Cs}/u.exec(text) ?? [];
  const code = bad.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return { code: 'bad-character', message: `a string cannot hold the character U+${code}` };
}

const BAD_MERGE = { code: 'bad-merge', message: '`<<` takes a map, or a list of maps' } as const;

const ALIAS_CYCLE = {
  code: 'alias-cycle',
  message: 'this alias stands for what it is a part of',
} as const;

const ALIAS_BOMB = {
  code: 'alias-bomb',
  message: `the aliases of this file stand for more than ${ALIAS_BUDGET} values, or nest more than ${ALIAS_DEPTH} deep`,
  advice: 'write the values out',
} as const;

function duplicate({ key, keyPlace }: Entry): Mistake {
  return {
    code: 'duplicate-key',
    message: `\`${key}\` is given twice: first in line ${positionOf(keyPlace).line}`,
    advice: 'remove one of the two',
  };
}

function isMergeKey(node: Node): boolean {
  return isScalar(node) && node.type === 'PLAIN' && node.source === '<<';
}

function nothing(place: Place): Tree {
  return { kind: 'scalar', place, value: null, written: '', text: [], refs: [] };
}

/** A number that JSON does not know (`.inf`, `.nan`) is left a string. */
function plainValue(value: unknown, written: string): string | number | boolean | null {
  if (value === null || typeof value === 'boolean') return value;
  return typeof value === 'number' && Number.isFinite(value) ? value : written;
}
