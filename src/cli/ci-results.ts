import { appendFile } from 'node:fs/promises';
import type { EventSink } from '../model/event.ts';
import type { ImageResult } from '../model/plan.ts';
import { sameVariable, variableName } from '../model/variable-name.ts';
import { summaryTable } from '../report/ci.ts';
import type { Context } from './context.ts';
import type { GlobalOptions } from './options.ts';
import { ciOf } from './run-report.ts';

/**
 * What a GitHub job keeps of a run: a table in its summary and, as outputs of the step, the references of the images that
 * are ready. Nothing anywhere else.
 */
export async function leaveCiResults(
  results: readonly ImageResult[],
  global: GlobalOptions,
  context: Context,
  emit: EventSink,
): Promise<void> {
  if (ciOf(global, context) !== 'github') return;
  const { GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: outputs } = context.env;
  if (summary) await appendFile(summary, summaryTable(results));
  if (!outputs) return;
  const ready = results.filter(({ outcome }) => outcome === 'done');
  const same = sameVariable(ready.map(({ image }) => image));
  if (same === null) {
    const lines = ready.map(({ image, ref }) => `${variableName(image)}=${ref}\n`);
    await appendFile(outputs, lines.join(''));
    return;
  }
  const text = `no outputs were set: ${same[0]} and ${same[1]} come to the same variable name`;
  emit({ type: 'note', text });
}
