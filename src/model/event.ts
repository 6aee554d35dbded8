import type { Diagnostic } from './diagnostic.ts';
import type { Failure, RegistryError } from './failure.ts';
import type { ImageResult } from './plan.ts';

/** What a run does to an image: one docker command each, a probe at most; for a test one each of its commands. */
export type Step = 'probe' | 'pull' | 'build' | 'test' | 'push' | 'copy' | 'tag';

/**
 * What became of a step. A pull may find nothing (`not-found`), a push that another run was quicker
 * (`already-there`); `unclear`: the registry did not say, or take, what it was to, and that is no
 * reason to fail.
 */
export type StepResult = 'done' | 'not-found' | 'already-there' | 'unclear' | 'failed';

/** Everything that can happen while images are ensured, in the order in which it happens. */
export type RunEvent =
  | { readonly type: 'run-started'; readonly images: readonly string[] }
  | { readonly type: 'warning'; readonly warning: Diagnostic }
  /** What is good to know, and no reason to doubt anything. */
  | { readonly type: 'note'; readonly text: string }
  /** A docker command, and what it was told on its stdin where people may see that; secrets masked. */
  | { readonly type: 'docker'; readonly argv: readonly string[]; readonly input?: string }
  /** A request to a registry that has ended; null: no whole answer came. */
  | {
      readonly type: 'request';
      readonly method: string;
      /** Without what stands behind `?`. */
      readonly address: string;
      readonly status: number | null;
    }
  | {
      readonly type: 'step-started';
      readonly image: string;
      readonly step: Step;
      readonly ref: string;
      /** The key of the registry that it has to do with, of an image that has several. */
      readonly registry?: string;
      readonly reason: string;
    }
  /** A line of a build's or a test's own output, secrets masked. */
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
      /** The key of the registry that it has to do with, of an image that has several. */
      readonly registry?: string;
      readonly durationMs: number;
      readonly result: StepResult;
    }
  /** A step failed in a way that may pass, and is tried again. */
  | {
      readonly type: 'step-retry';
      readonly image: string;
      readonly step: Step;
      readonly ref: string;
      /** The key of the registry that it has to do with, of an image that has several. */
      readonly registry?: string;
      readonly registryError: RegistryError;
      /** The number of the try to come, counted from 1, and how many there can be. */
      readonly attempt: number;
      readonly attempts: number;
      readonly delayMs: number;
    }
  /** Another run on this machine works on the same reference. */
  | {
      readonly type: 'image-waiting';
      readonly image: string;
      readonly ref: string;
      /** The process id of the other run. */
      readonly pid: number;
    }
  | { readonly type: 'image-failed'; readonly image: string; readonly failure: Failure }
  | { readonly type: 'image-skipped'; readonly image: string; readonly reason: string }
  | {
      readonly type: 'run-done';
      readonly results: readonly ImageResult[];
      /** How often steps were tried again. */
      readonly retries: number;
      readonly durationMs: number;
    };

export type EventSink = (event: RunEvent) => void;
