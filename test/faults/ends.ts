/** How a run under a fault is to end, as a table says it, and how it has. */
import { expect } from 'vitest';
import type { Project, Run } from '../rig/project.ts';
import { endedWith, retriesSaid } from './rig.ts';

/** How a run ends. `code`: null where it succeeds. */
export interface End {
  readonly code: string | null;
  /** How often docker-ensure itself tries again; what docker does by itself is not counted. */
  readonly retries: number | 'some';
  /** Docker's words, of those that the message quotes. */
  readonly says: RegExp;
}

/** For each image store. */
export interface Ends {
  readonly classic: End;
  readonly containerd: End;
}

/** Docker's words for a connection that was cut. */
export const CUT = /connection reset by peer|broken pipe|EOF|closed network connection/;

export const done = (retries: End['retries']): End => ({ code: null, retries, says: /$^/ });

export const fails = (code: string, retries: End['retries'], says: RegExp): End => ({
  code,
  retries,
  says,
});

export const both = (end: End): Ends => ({ classic: end, containerd: end });

type Ended = Awaited<ReturnType<Project['up']>>;

/** Expects a run of one image to have ended so. `what`: our own words before docker's. */
export function endedSo(run: Ended, { code, retries, says }: End, what: string): Ended {
  endedWith(code === null ? 0 : 1, run);
  expectRetries(run, retries);
  const [image] = run.result.images;
  expect(image?.outcome, run.stderr).toBe(code === null ? 'done' : 'failed');
  if (code === null) {
    expect(image?.error).toBeNull();
    return run;
  }
  expect(image?.error?.code, run.stderr).toBe(code);
  const message = image?.error?.message ?? '';
  expect(message.slice(0, what.length)).toBe(what);
  expect(message.slice(what.length)).toMatch(says);
  // Every failure comes with what to do about it.
  expect(run.stderr).toContain(`(${code})`);
  expect(run.stderr).toContain('\n  help: ');
  return run;
}

function expectRetries(run: Ended & Run, retries: End['retries']): void {
  const { summary } = run.result;
  expect(retriesSaid(run), run.stderr).toBe(summary.retries);
  if (retries === 'some') expect(summary.retries, run.stderr).toBeGreaterThan(0);
  else expect(summary.retries, run.stderr).toBe(retries);
}
