import type { Ended, Exec } from './exec.ts';
import { errorLine } from './faults.ts';
import { adviseOtherEngine } from './other-engine.ts';
import { ownWords } from './own-words.ts';
import type { DockerUnusable } from './port.ts';
import {
  buildxMissing,
  type DockerEnvironment,
  engineGone,
  engineRestarted,
  lacksBuildx,
  unusableBy,
} from './unusable.ts';

/** Looks into commands that failed: was it docker itself? Throws `DockerUnusable` where it was. */
export interface Watch {
  /** What docker's words tell; where they may mean that the engine went away, the engine is asked. */
  look(ended: Ended): Promise<void>;
  /** After a build, which ends in many words when the engine goes away. `own`: docker's own. */
  lookAfterBuild(own: readonly string[]): Promise<void>;
  /** Is there a buildx plugin that works? */
  requireBuildx(): Promise<void>;
}

/** An engine that does not answer by then is not asked any longer. */
const LONGEST_MS = 20_000;

export function createWatch(exec: Exec, env: DockerEnvironment): Watch {
  async function requireEngine(): Promise<void> {
    const argv = ['version', '--format', '{{.Server.Version}}'];
    const { exitCode, stderr, timedOut } = await exec({ argv, timeoutMs: LONGEST_MS });
    if (exitCode === 0 || timedOut) return;
    if (unusableBy(stderr, env) !== null) throw engineGone(errorLine(stderr));
  }

  return {
    async look({ stderr }) {
      const own = ownWords(stderr.split('\n')).join('\n');
      const problem = unusableBy(own, env);
      if (problem !== null) throw adviseOtherEngine(problem, env);
      if (lacksBuildx(own)) throw await whyNoBuildx(exec, own);
      if (MAY_BE_GONE.test(own)) await requireEngine();
    },

    async lookAfterBuild(own) {
      await requireEngine();
      // When one build of several fails, docker cuts the connections of the others off: its own reason is the last.
      const reason = own.findLast((line) => /^ERROR: (?!.*context canceled)/.test(line));
      if (reason !== undefined && CUT_OFF.test(reason)) throw engineRestarted(errorLine(reason));
    },

    async requireBuildx() {
      const { exitCode, stderr } = await exec({ argv: ['buildx', 'version'] });
      if (exitCode !== 0) throw await whyNoBuildx(exec, stderr);
    },
  };
}

/**
 * Why no buildx works here; `stderr`: what a buildx command ended with. What is wrong with a plugin that
 * docker cannot run, it says in its information and nowhere else.
 */
export async function whyNoBuildx(exec: Exec, stderr: string): Promise<DockerUnusable> {
  const argv = ['info', '--format', '{{json .ClientInfo.Plugins}}'];
  const { stdout } = await exec({ argv, timeoutMs: LONGEST_MS });
  const said = lacksBuildx(stderr) ? null : errorLine(stderr);
  return buildxMissing(pluginProblem(stdout, 'buildx') ?? said);
}

/** Words that an engine's going away has, and much else: they are only a reason to ask it. */
const MAY_BE_GONE =
  /\bEOF\b|connection re(?:set|fused)|broken pipe|closed (?:network connection|pipe)|transport is closing|server preface|context canceled|\bUnavailable\b|failed to dial|no active session|listing workers|http2: /i;

/** The connection between docker and BuildKit was cut off, which no step and no registry can bring about. */
const CUT_OFF =
  /^ERROR: (?:(?:failed to (?:solve|build|receive status|get status|list workers)|listing workers for Build): )*(?:rpc error: code = Unavailable desc = |Unavailable: )?(?:closing transport|(?:the )?transport is closing|error reading from server|connection closed before server preface|http2: client connection (?:lost|force closed))|^ERROR: failed to dial gRPC: /;

/** An entry of `docker info`'s `.ClientInfo.Plugins`, in docker's words. */
interface Plugin {
  readonly Name?: string;
  readonly Err?: string;
}

/** What is wrong with a plugin, of a list as `docker info` prints it; null where nothing is known. */
function pluginProblem(listed: string, name: string): string | null {
  try {
    const plugins = JSON.parse(listed) as readonly Plugin[] | null;
    return plugins?.find(({ Name }) => Name === name)?.Err ?? null;
  } catch {
    return null;
  }
}
