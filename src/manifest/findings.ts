import type { Diagnostic } from '../model/diagnostic.ts';
import type { DiagnosticCode } from '../model/diagnostic-code.ts';
import type { Place, Source } from '../model/source.ts';
import type { Tree } from './tree.ts';

/** A mistake, its place aside. */
export interface Mistake {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly advice?: string;
}

/**
 * Collects what is wrong with a manifest. It also remembers which values are to blame: they are
 * read as if they were absent, so that one mistake is not reported twice in different words.
 */
export class Findings {
  readonly #diagnostics = new Map<string, Diagnostic>();
  readonly #bad = new Set<Tree>();
  #image: string | null = null;

  /** An error at a place. The same one at the same place is kept once: YAML aliases repeat values. */
  add(place: Place, mistake: Mistake): void {
    this.#keep({ severity: 'error', ...mistake, place });
  }

  warn(place: Place, mistake: Mistake): void {
    this.#keep({ severity: 'warning', ...mistake, place });
  }

  /** What is found meanwhile is in an image that shares its lines with others. */
  within<T>(image: string | null, find: () => T): T {
    const outer = this.#image;
    this.#image = image;
    const found = find();
    this.#image = outer;
    return found;
  }

  /** An error that makes a value unusable. */
  reject(tree: Tree, mistake: Mistake, place: Place = tree.place): void {
    this.#bad.add(tree);
    this.add(place, mistake);
  }

  /** Makes a value unusable whose mistake is told of elsewhere. */
  spoil(tree: Tree): void {
    this.#bad.add(tree);
  }

  isBad(tree: Tree): boolean {
    return this.#bad.has(tree);
  }

  /** True if something in the tree, or the whole of it, is unusable. */
  hasBadIn(tree: Tree): boolean {
    if (this.#bad.size === 0) return false;
    if (this.isBad(tree)) return true;
    if (tree.kind === 'list') return tree.items.some((item) => this.hasBadIn(item));
    if (tree.kind === 'scalar') return false;
    return [...tree.entries.values()].some((entry) => this.hasBadIn(entry.value));
  }

  /** All of them, in the order of the file. */
  list(): Diagnostic[] {
    const start = (diagnostic: Diagnostic) => diagnostic.place?.start ?? 0;
    return [...this.#diagnostics.values()].sort((a, b) => start(a) - start(b));
  }

  #keep(diagnostic: Diagnostic & { readonly place: Place }): void {
    const { place, code, message } = diagnostic;
    const id = [place.source.path, place.start, code, message, this.#image].join('\0');
    if (this.#diagnostics.has(id)) return;
    const image = this.#image === null ? {} : { image: this.#image };
    this.#diagnostics.set(id, { ...diagnostic, ...image });
  }
}

/**
 * In the order of these files, each once: a parent that `defaults` gives to many images is told of once. Those of `apart`, images
 * that share their lines, each have their own.
 */
export function inOrder(
  diagnostics: readonly Diagnostic[],
  sources: readonly Source[],
  apart: ReadonlySet<string> = new Set(),
): Diagnostic[] {
  const start = ({ place }: Diagnostic) => place?.start ?? 0;
  const file = ({ place }: Diagnostic) => (place === undefined ? 0 : sources.indexOf(place.source));
  const unique = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const { message, image = '' } = diagnostic;
    const own = apart.has(image) ? image : '';
    const id = [file(diagnostic), start(diagnostic), message, own].join('\0');
    if (!unique.has(id)) unique.set(id, diagnostic);
  }
  return [...unique.values()].sort((a, b) => file(a) - file(b) || start(a) - start(b));
}
