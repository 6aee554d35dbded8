import type { Diagnostic } from '../model/diagnostic.ts';
import type { DiagnosticCode } from '../model/diagnostic-code.ts';
import type { Place } from '../model/source.ts';
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

  /** An error at a place. The same one at the same place is kept once: YAML aliases repeat values. */
  add(place: Place, mistake: Mistake): void {
    this.#keep({ severity: 'error', ...mistake, place });
  }

  warn(place: Place, mistake: Mistake): void {
    this.#keep({ severity: 'warning', ...mistake, place });
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
    const id = [place.start, code, message].join('\0');
    if (!this.#diagnostics.has(id)) this.#diagnostics.set(id, diagnostic);
  }
}
