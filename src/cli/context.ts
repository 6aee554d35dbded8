/** The outside world, as the commands see it: `main` reads `process`, nobody else does. */
export interface Context {
  readonly version: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `process.arch`. */
  readonly architecture: string;
  readonly cores: number;
  /** The user's number; -1 where users have none. */
  readonly userId: number;
  readonly homeFolder: string;
  readonly temporaryFolder: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Results, and nothing else. */
  readonly out: (text: string) => void;
  /** Everything for people. */
  readonly err: (text: string) => void;
  /** Is stderr a terminal that shows colours? */
  readonly colorful: boolean;
  /** Aborted by the first SIGINT or SIGTERM, with an `Interrupted` as its reason. */
  readonly signal: AbortSignal;
}

/** Exit codes: docs/cli.md. */
export const EXIT = { ok: 0, failed: 1, usage: 2, docker: 3 } as const;

/** The run was stopped by a signal. */
export class Interrupted extends Error {
  constructor(readonly signalName: 'SIGINT' | 'SIGTERM') {
    super(`stopped by ${signalName}`);
    this.name = 'Interrupted';
  }

  get exitCode(): number {
    return this.signalName === 'SIGINT' ? 130 : 143;
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
