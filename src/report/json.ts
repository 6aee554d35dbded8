import type { ImageResult } from '../model/plan.ts';
import { totalsOf } from './summary.ts';

interface RunSummary {
  readonly results: readonly ImageResult[];
  readonly retries: number;
  readonly durationMs: number;
}

/**
 * The result document of `up --json` and of `plan --json`: schema/up.schema.json and schema/plan.schema.json.
 * Keys are snake_case.
 */
export function resultDocument(command: 'up' | 'plan', run: RunSummary): string {
  const document = { format: `docker-ensure/${command}/v1`, ...runDocument(run) };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The images of a run and its totals, as documents have them. */
export function runDocument({ results, retries, durationMs }: RunSummary) {
  return {
    images: results.map((result) => ({
      image: result.image,
      ref: result.ref,
      registry_ref: result.registryRef,
      ...(result.registries.length > 1 ? { registries: result.registries } : {}),
      hash: result.hash,
      action: result.action,
      test: result.test,
      push: result.push,
      tag: result.tag,
      reason: result.reason,
      ...(result.outcome === null
        ? {}
        : { outcome: result.outcome, duration_ms: result.durationMs }),
      error:
        result.failure === null
          ? null
          : { code: result.failure.code, message: result.failure.message },
    })),
    summary: { ...totalsOf(results), retries, duration_ms: Math.round(durationMs) },
  };
}
