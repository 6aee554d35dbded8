/** Asks the real docker compose how it reads an env file or interpolates a string. Needs no engine. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** The environment of every question. */
export const OUTSIDE = { OUTER: 'outer', EMPTY: '', BOTH: 'outer' } as const;

/** What the env file of an interpolation sets. */
export const SET = { A: 'a', B: 'b b', EMPTY: '', TRICKY: '${A} $$' } as const;

type Failed = { readonly error: string };

export type EnvFileAnswer = { readonly values: Readonly<Record<string, string>> } | Failed;

export type TemplateAnswer = { readonly value: string } | Failed;

/** A service's `environment`; null is what is not set. */
type Config = { readonly environment: Readonly<Record<string, string | null>> } | Failed;

/** Answers of one compose program. Ends with its folder removed. */
export class Compose {
  readonly #folder: Promise<string>;

  constructor(readonly program: string) {
    this.#folder = mkdtemp(join(tmpdir(), 'docker-ensure-compose-'));
  }

  async version(): Promise<string> {
    return (await execa(this.program, ['version', '--short'])).stdout.trim();
  }

  /** The variables that an env file sets, as a service's `environment` has them. */
  async readsEnvFile(text: string): Promise<EnvFileAnswer> {
    const answer = await this.#config(text, namesIn(text));
    if ('error' in answer) return answer;
    const set = Object.entries(answer.environment).filter(([, value]) => value !== null);
    return { values: Object.fromEntries(set) as Record<string, string> };
  }

  /** What becomes of a string of a compose file. */
  async interpolates(text: string): Promise<TemplateAnswer> {
    const set = Object.entries(SET).map(([name, value]) => `${name}='${value}'\n`);
    const answer = await this.#config(set.join(''), { ANSWER: text });
    return 'error' in answer ? answer : { value: answer.environment.ANSWER ?? '' };
  }

  async end(): Promise<void> {
    await rm(await this.#folder, { recursive: true });
  }

  async #config(envFile: string, environment: unknown): Promise<Config> {
    const folder = await this.#folder;
    const project = { name: 'asked', services: { s: { image: 'x', environment } } };
    await writeFile(join(folder, 'compose.yaml'), JSON.stringify(project));
    await writeFile(join(folder, 'asked.env'), envFile);
    const words = ['--env-file', 'asked.env', 'config', '--format', 'json'];
    const { exitCode, stdout, stderr } = await execa(this.program, words, {
      cwd: folder,
      env: OUTSIDE,
      extendEnv: false,
      reject: false,
    });
    if (exitCode !== 0) {
      const error = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('time='));
      return { error: error.join('\n').replaceAll(`${folder}/`, '') };
    }
    const found: Record<string, string | null> = JSON.parse(stdout).services.s.environment ?? {};
    const plain = Object.entries(found).map(([name, value]) => [
      name,
      value?.replaceAll('$$', '$') ?? null,
    ]);
    return { environment: Object.fromEntries(plain) };
  }
}

/** Everything in a text that could be the name of a variable, less those that the environment has. */
function namesIn(text: string): string[] {
  const names = text
    .split(/[=:"'\n#]/)
    .map((name) => name.replace(/^\s*export\s+/, '').trim())
    .filter((name) => /^[\p{L}\p{N}_.\-[\]\t]+$/u.test(name) && !(name in OUTSIDE));
  return [...new Set(names)].sort();
}
