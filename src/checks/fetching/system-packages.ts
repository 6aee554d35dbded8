import { isMoving } from './addresses.ts';
import {
  allPinned,
  EQUALS,
  has,
  type Judge,
  operands,
  subcommands,
  unlessPinned,
} from './judge.ts';

/** Options of apt and apk with a value. */
const VALUED =
  /^(-[toXpa]|--(target-release|default-release|option|virtual|repository|root|arch|host-architecture|repositories-file|keys-dir|cache-dir))$/;

const apt = unlessPinned(
  subcommands(
    [
      ...['update', 'install', 'upgrade', 'dist-upgrade', 'full-upgrade'],
      ...['build-dep', 'source', 'download'],
    ],
    ...['--no-download', '--snapshot', '-S'],
  ),
  EQUALS,
  VALUED,
);
const apk = unlessPinned(
  subcommands(['add', 'update', 'upgrade', 'fix', 'fetch'], '--no-network'),
  EQUALS,
  VALUED,
);

/** `name-1.2`, `name=1.2`, or a file. */
const RPM = /-\d+(\.\d+)+|=\d|^\.?\//;
const RPM_COMMANDS = [
  ...['install', 'in', 'update', 'up', 'upgrade', 'dup', 'reinstall', 'localinstall', 'builddep'],
  ...['groupinstall', 'makecache', 'refresh', 'ref'],
];

const dnf: Judge = (args) => {
  const [command = '', ...rest] = operands(
    args,
    /^(-[cx]|--(releasever|repo|enablerepo|disablerepo|exclude|setopt|installroot))$/,
  );
  if (command === 'module' || command === 'group') return rest[0] === 'install';
  if (!RPM_COMMANDS.includes(command)) return false;
  return rest.some(isAddress) ? rest.some(isMovingPackage) : !allPinned(rest, RPM);
};

const isAddress = (word: string) => word.includes('://');
const isMovingPackage = (word: string) => (isAddress(word) ? isMoving(word) : !RPM.test(word));

const rpm: Judge = (args) => args.filter(isAddress).some(isMoving);

/** What fetches packages of the system: programs by their names. */
export const SYSTEM_PACKAGES: readonly (readonly [string, Judge])[] = [
  ...['apt', 'apt-get', 'aptitude'].map((name) => [name, apt] as const),
  ['apk', apk],
  ...['yum', 'dnf', 'microdnf', 'tdnf', 'zypper'].map((name) => [name, dnf] as const),
  ['pacman', (args) => args.some((arg) => /^-S[a-z]*$/.test(arg))],
  ['rpm', rpm],
];

/** What a program that gets the list of packages alone is called with, by its family. */
const LISTS: readonly (readonly [programs: RegExp, commands: RegExp])[] = [
  [/^(apt|apt-get|aptitude)$/, /^update$/],
  [/^apk$/, /^update$/],
  [/^(yum|dnf|microdnf|tdnf)$/, /^makecache$/],
  [/^zypper$/, /^ref(resh)?$/],
];

export interface Call {
  readonly name: string;
  readonly args: readonly string[];
}

/**
 * True for a call that gets the list of packages alone, where the other calls of its family install packages of
 * one version: the list itself goes into nothing. `isFetching` judges a call.
 */
export function isListForPinned(
  call: Call,
  calls: readonly Call[],
  isFetching: (call: Call) => boolean,
): boolean {
  const [programs, commands] = LISTS.find(([names]) => names.test(call.name)) ?? [];
  if (programs === undefined || commands === undefined) return false;
  const isList = ({ args }: Call) => commands.test(operands(args)[0] ?? '');
  const others = calls.filter((each) => programs.test(each.name) && !isList(each));
  const installs = others.some(({ args }) => has(operands(args), 'install', 'add', 'in'));
  return isList(call) && installs && !others.some(isFetching);
}
