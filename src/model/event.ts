import type { Diagnostic } from './diagnostic.ts';
import type { Failure } from './failure.ts';
import type { ImageResult } from './plan.ts';

/** What a run does to an image, one docker command each. */
export type Step = 'pull' | 'build' | 'push';

/** Everything that can happen while images are ensured, in the order in which it happens. */
export type RunEvent =
  | { readonly type: 'run-started'; readonly images: readonly string[] }
  | { readonly type: 'warning'; readonly warning: Diagnostic }
  /** A docker command, secrets masked. */
  | { readonly type: 'docker'; readonly argv: readonly string[] }
  | {
      readonly type: 'step-started';
      readonly image: string;
      readonly step: Step;
      readonly ref: string;
      readonly reason: string;
    }
  /** A line of a build's own output, secrets masked. */
  | {
      readonly type: 'step-log';
      readonly image: string;
      readonly step: Step;
      readonly line: string;
    }
  | {
      readonly type: 'step-done';
      readonly image: string;
      readonly step: Step;
      readonly ref: string;
      readonly durationMs: number;
      /** What became of it: a pull may find nothing. */
      readonly result: 'done' | 'not-found' | 'failed';
    }
  | { readonly type: 'image-failed'; readonly image: string; readonly failure: Failure }
  | { readonly type: 'image-skipped'; readonly image: string; readonly reason: string }
  | {
      readonly type: 'run-done';
      /** Nothing was done: the results are a plan. */
      readonly dryRun: boolean;
      readonly results: readonly ImageResult[];
      readonly durationMs: number;
    };

export type EventSink = (event: RunEvent) => void;
