import type { FileId } from '../files/own-files.ts';
import type { CiSystem } from '../report/ci.ts';
import type { Mask } from '../report/redact.ts';

/** What the commands see of the process: only `main` reads `process` itself. */
export interface Context {
  readonly version: string;
  /** The hash of the program: another one may understand files otherwise. */
  readonly build: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Docker has called it, as its plugin. */
  readonly isPlugin: boolean;
  /** The absolute path of the program. */
  readonly binary: string;
  /** `process.arch`. */
  readonly architecture: string;
  readonly cores: number;
  /** The user's number; -1 where users have none. */
  readonly userId: number;
  /** Null for a user who has none. */
  readonly homeFolder: string | null;
  /** Absolute, as `homeFolder` and `cwd` are. */
  readonly temporaryFolder: string;
  /** The regular files among what stdout and stderr are. */
  readonly outputFiles: readonly FileId[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Results, and nothing else. */
  readonly out: (text: string) => void;
  /** Everything for people. */
  readonly err: (text: string) => void;
  /** Asks on the terminal; anything but a yes is a no. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** Which of stdout and stderr are terminals that show colours? */
  readonly colorful: { readonly out: boolean; readonly err: boolean };
  /** The CI system that it runs in, of those that get more than plain lines. */
  readonly ci: CiSystem | null;
  /** Which of stdin, stdout and stderr are terminals? */
  readonly isTerminal: { readonly in: boolean; readonly out: boolean; readonly err: boolean };
  /** Hands signals over instead of stopping the run; gives a way to end that. */
  readonly onSignal: (take: (name: keyof typeof SIGNALS) => void) => () => void;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP, with an `Interrupted` as its reason. */
  readonly signal: AbortSignal;
  /** What must never be shown, as it becomes known. */
  readonly mask: Mask;
  /** What is printed of an unexpected error. */
  readonly bugReport: (error: unknown) => string;
  /** Has something done that cannot wait, should the process end at once; gives a way to call it off. */
  readonly onExit: (work: () => void) => () => void;
}

/** Exit codes: docs/cli.md. */
export const EXIT = { ok: 0, failed: 1, usage: 2, docker: 3, work: 4 } as const;

/** The CI system that an environment is of. */
export function ciSystemOf(env: Context['env']): CiSystem | null {
  if (env.GITHUB_ACTIONS) return 'github';
  return env.GITLAB_CI ? 'gitlab' : null;
}

/** The signals that stop a run, and their numbers. */
export const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** The run was stopped by a signal. */
export class Interrupted extends Error {
  constructor(readonly signalName: keyof typeof SIGNALS) {
    super(`stopped by ${signalName}`);
    this.name = 'Interrupted';
  }

  get exitCode(): number {
    return 128 + SIGNALS[this.signalName];
  }
}

/** A mistake on the command line. */
export class UsageError extends Error {
  constructor(
    message: string,
    readonly advice?: string,
  ) {
    super(message);
    this.name = 'UsageError';
  }
}
