import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../manifest/duration.ts';
import { machinePlatform, normalizePlatform } from '../model/platform.ts';
import { parseTimestamp } from '../model/time.ts';
import type { CiSystem } from '../report/ci.ts';
import { createStyle, type Style } from '../report/text.ts';
import { type Context, UsageError } from './context.ts';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly file?: string;
  readonly envFile?: readonly string[];
  readonly at?: number;
  readonly platform?: string;
  readonly progress: 'auto' | 'plain' | 'json' | 'quiet';
  readonly ci?: CiSystem | 'none';
  readonly quiet?: boolean;
  readonly color: 'auto' | 'always' | 'never';
  readonly debug?: boolean;
}

/** Whether only warnings and failures are to be shown. */
export function isQuiet({ quiet, progress }: GlobalOptions): boolean {
  return quiet === true || progress === 'quiet';
}

/** Whether to colour: `--color`, then NO_COLOR and FORCE_COLOR, then what stderr is. */
export function styleOf(
  { color }: GlobalOptions,
  { env, colorful }: Context,
  stream: 'out' | 'err' = 'err',
): Style {
  if (color !== 'auto') return createStyle(color === 'always');
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return createStyle(false);
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '')
    return createStyle(env.FORCE_COLOR !== '0');
  return createStyle(colorful[stream]);
}

/** The clock of the run: `--at`, else DOCKER_ENSURE_AT, else now. Milliseconds since 1970. */
export function clockOf({ at }: GlobalOptions, { env, now }: Context): number {
  if (at !== undefined) return at;
  const given = env.DOCKER_ENSURE_AT;
  if (given === undefined || given === '') return now();
  const parsed = parseTimestamp(given);
  if (parsed !== null) return parsed;
  throw new UsageError(`DOCKER_ENSURE_AT is not a time: ${given}`, TIMESTAMP_ADVICE);
}

/** The platform of images that name none: `--platform`, docker's own variable, this machine's. */
export function platformOf({ platform }: GlobalOptions, { env, architecture }: Context): string {
  const machine = machinePlatform(architecture);
  if (platform !== undefined) return normalizePlatform(platform, machine) ?? platform;
  const given = env.DOCKER_DEFAULT_PLATFORM;
  if (given === undefined || given === '') return machine;
  const normalized = normalizePlatform(given, machine);
  if (normalized !== null) return normalized;
  throw new UsageError(`DOCKER_DEFAULT_PLATFORM is not a platform: ${given}`, PLATFORM_ADVICE);
}

const TIMESTAMP_ADVICE = 'write it like 2026-01-31T12:00:00Z, or as seconds since 1970';
const PLATFORM_ADVICE = 'write it like linux/amd64 or linux/arm64';

export function timestampArgument(text: string): number {
  const time = parseTimestamp(text);
  if (time === null) throw new InvalidArgumentError(TIMESTAMP_ADVICE);
  return time;
}

export function platformArgument(text: string): string {
  // Only a run knows its machine, which some words stand for; whether it is a platform is known without.
  if (normalizePlatform(text, machinePlatform('x64')) === null)
    throw new InvalidArgumentError(PLATFORM_ADVICE);
  return text;
}

export function jobsArgument(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('write a whole number from 1');
  return Number(text);
}

export function retriesArgument(text: string): number {
  if (!/^\d{1,2}$/.test(text) || Number(text) > 20)
    throw new InvalidArgumentError('write a whole number from 0 to 20');
  return Number(text);
}

export function keepArgument(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('write a whole number from 0');
  return Number(text);
}

/** Milliseconds. */
export function ageArgument(text: string): number {
  const parsed = parseDuration(text);
  if ('reason' in parsed)
    throw new InvalidArgumentError(`${parsed.reason}: write it like 14d or 12h`);
  return parsed.seconds * 1000;
}

export function pathArgument(text: string): string {
  if (text === '') throw new InvalidArgumentError('write a path');
  return text;
}

/** `service=image,…` as a map. */
export function serviceArgument(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(',').map((pair) => pair.split('='));
  if (pairs.some((pair) => pair.length !== 2 || pair.includes('')))
    throw new InvalidArgumentError('write it like web=app,db=postgres');
  const services = new Map(pairs as [string, string][]);
  if (services.size < pairs.length) throw new InvalidArgumentError('a service stands there twice');
  return services;
}

export function collect(path: string, previous: readonly string[] = []): string[] {
  return [...previous, pathArgument(path)];
}

/** Refuses options with one value that are given twice: docker-ensure will not choose between them. */
export function refuseRepeated(program: Command): void {
  for (const option of [program, ...program.commands].flatMap(({ options }) => options)) {
    const { parseArg } = option;
    if (!option.required || parseArg === undefined || parseArg === REPEATABLE) continue;
    let given = false;
    option.argParser((text, previous) => {
      const name = option.long ?? option.flags;
      if (given) throw new UsageError(`${name} is given twice`, 'leave one of them out');
      given = true;
      return parseArg(text, previous);
    });
  }
}

const REPEATABLE: unknown = collect;

/** `--quiet` is short for one kind of progress, so that it cannot stand beside another. */
export function refuseTwoKindsOfProgress(program: Command): void {
  const { quiet, progress } = program.opts<GlobalOptions>();
  const asked = program.getOptionValueSource('progress') === 'cli';
  if (quiet !== true || !asked || progress === 'quiet') return;
  throw new UsageError(
    `--quiet and --progress ${progress} contradict each other`,
    'leave one of them out',
  );
}
