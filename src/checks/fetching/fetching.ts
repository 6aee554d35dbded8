import { download, isRevision } from './addresses.ts';
import { has, type Judge, operands } from './judge.ts';
import { LANGUAGES } from './languages.ts';
import { type Call, isListForPinned, SYSTEM_PACKAGES } from './system-packages.ts';

const DOWNLOADERS = ['curl', 'wget', 'aria2c', 'axel'];

const git: Judge = (args) => {
  const [command, ...rest] = operands(args);
  if (command === 'submodule') return rest.includes('update');
  if (command === 'clone') return !/^[./]|^file:/.test(rest[0] ?? '');
  return command === 'fetch' || command === 'pull';
};

const JUDGES: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ...SYSTEM_PACKAGES,
  ...LANGUAGES,
  ...DOWNLOADERS.map((name) => [name, download] as const),
  ['git', git],
]);

/** True where the program, called like this, fetches what nothing in the call pins. */
function isFetching({ name, args }: Call): boolean {
  return JUDGES.get(name.replace(/^(pip|python)[\d.]+$/, '$1'))?.(args) ?? false;
}

/**
 * The first of the calls of a `RUN` that fetches what may be another thing tomorrow; null where there is none.
 * `isDated`: the packages of the system come from an archive as it was on a day.
 */
export function fetchingCall<T extends Call>(calls: readonly T[], isDated: boolean): T | null {
  const fetches = (call: T) =>
    isFetching(call) && !(isDated && DATED.test(call.name)) && !isPinned(call, calls);
  return calls.find(fetches) ?? null;
}

const DATED = /^(apt|apt-get|aptitude)$/;

/** True where the same RUN checks a digest, names a commit or a version, or pins every package. */
function isPinned(call: Call, calls: readonly Call[]): boolean {
  if (call.name === 'git')
    return calls.some(({ name, args }) => name === 'git' && args.some(isRevision));
  if (DOWNLOADERS.includes(call.name)) return isVerified(calls);
  return isListForPinned(call, calls, isFetching);
}

const SUM = /^(sha\d+|b2|md5|sha)sum$|^shasum$/;

/** True where a download is checked against a digest: by a list of them, or by one that is written out. */
function isVerified(calls: readonly Call[]): boolean {
  const sums = calls.filter(({ name }) => SUM.test(name));
  if (sums.some(({ args }) => args.some((arg) => /^-\w*c/.test(arg)) || has(args, '--check')))
    return true;
  return sums.length > 0 && calls.some(({ args }) => args.some((arg) => DIGEST.test(arg)));
}

const DIGEST = /^([0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/;
