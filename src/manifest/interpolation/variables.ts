import { parse } from 'dotenv';

/** What `${VAR}` stands for, by name. */
export type Variables = ReadonlyMap<string, string>;

/** The environment as a process has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables of a run: those of the environment, then those of the `--env-file`s (of two the later
 * one wins, as in docker compose), then those of the `.env` beside the manifest.
 */
export function gatherVariables(
  environment: Environment,
  envFiles: readonly string[],
  dotEnv: string,
): Variables {
  const files = [dotEnv, ...envFiles].flatMap((text) => Object.entries(parse(withoutGaps(text))));
  const own = Object.entries(environment).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  return new Map([...files, ...own]);
}

/** The time that dotenv takes grows with the square of a run of blank lines: a hang, if it is long. */
function withoutGaps(text: string): string {
  return text.replace(/\n(?:[ \t\r]*\n){100,}/g, '\n\n');
}
