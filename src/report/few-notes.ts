import { FEW } from './diagnostics.ts';
import { count } from './text.ts';

/** Notes of one kind as they are shown: the first few, and how many more there are; all where `all` is asked for. */
export function fewNotes(notes: readonly string[], all: boolean): readonly string[] {
  const more = notes.length - FEW;
  return all || more <= 0
    ? notes
    : [
        ...notes.slice(0, FEW),
        `  and ${count(more, 'more note')} like these (\`--debug\` shows all)`,
      ];
}
