import type { Place } from '../../model/source.ts';
import type { Text } from '../../model/text.ts';
import type { Findings, Mistake } from '../findings.ts';
import {
  type Entries,
  entriesOf,
  type ImageRef,
  isNone,
  itemsOf,
  type Scalar,
  type Tree,
} from '../tree.ts';

/**
 * Reads the values of a map by key. What is not given, is null or was found to be wrong is absent:
 * its default stands in for it. The schema has been checked, so types are not.
 */
export class Fields {
  /** The `${images.KEY.ref}` in the texts that were read so far. */
  readonly refs: ImageRef[] = [];

  constructor(
    readonly entries: Entries,
    readonly findings: Findings,
  ) {}

  /** The value of a key, if it has one that can be used. */
  get(key: string): Tree | null {
    const value = this.entries.get(key)?.value;
    return value === undefined || isNone(value) || this.findings.isBad(value) ? null : value;
  }

  /** True if the key has a value that was found to be wrong, in the whole or in a part. */
  isBad(key: string): boolean {
    const value = this.entries.get(key)?.value;
    return value !== undefined && this.findings.hasBadIn(value);
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.#scalar(key)?.value;
    return typeof value === 'boolean' ? value : fallback;
  }

  integer(key: string, fallback: number): number {
    return this.optionalInteger(key) ?? fallback;
  }

  optionalInteger(key: string): number | null {
    const value = this.#scalar(key)?.value;
    return typeof value === 'number' ? value : null;
  }

  /** A string that must be known at once. An empty one counts as none, for `${VAR:-}`'s sake. */
  string(key: string): string | null {
    const scalar = this.#scalar(key);
    return scalar === null ? null : this.stringOf(scalar) || null;
  }

  strings(key: string): { readonly text: string; readonly place: Place }[] {
    return itemsOf(this.get(key) ?? undefined).flatMap((item) => {
      const text =
        item.kind === 'scalar' && !this.findings.isBad(item) ? this.stringOf(item) : null;
      return text === null ? [] : [{ text, place: item.place }];
    });
  }

  /** A string that may name images. An empty one counts as none. */
  text(key: string): Text | null {
    const scalar = this.#scalar(key);
    const text = scalar === null ? null : this.textOf(scalar);
    return text === null || text.every((part) => part === '') ? null : text;
  }

  texts(key: string): Text[] {
    return itemsOf(this.get(key) ?? undefined).flatMap((item) => {
      return item.kind === 'scalar' && !this.findings.isBad(item) ? [this.textOf(item)] : [];
    });
  }

  /** A map of texts. An entry without a value has `fallback`'s, or is absent where that is null. */
  textMap(key: string, fallback: (name: string) => string | null = () => null): Map<string, Text> {
    const map = new Map<string, Text>();
    for (const [name, { value }] of entriesOf(this.get(key) ?? undefined)) {
      if (value.kind !== 'scalar' || this.findings.isBad(value)) continue;
      const standIn = value.value === null ? fallback(name) : null;
      if (value.value !== null) map.set(name, this.textOf(value));
      else if (standIn !== null) map.set(name, [standIn]);
    }
    return map;
  }

  textOf(scalar: Scalar): Text {
    this.refs.push(...scalar.refs);
    return scalar.text;
  }

  /** The string of a scalar, or null where it names an image though it must be known at once. */
  stringOf(scalar: Scalar): string | null {
    const [ref] = scalar.refs;
    if (ref === undefined) return scalar.text.join('');
    const mistake: Mistake = {
      code: 'ref-not-allowed',
      message: `\`\${images.${ref.key}.ref}\` cannot be used here`,
      advice:
        'it can in build arguments and other strings beneath `build` that are handed to docker',
    };
    this.findings.reject(scalar, mistake, ref.place);
    return null;
  }

  #scalar(key: string): Scalar | null {
    const value = this.get(key);
    return value?.kind === 'scalar' ? value : null;
  }
}
