/** True where a call of a program fetches something that may be another thing tomorrow. */
type Judge = (args: readonly string[]) => boolean;

const has = (args: readonly string[], ...options: readonly string[]) =>
  args.some((arg) => options.some((option) => arg === option || arg.startsWith(`${option}=`)));

/** Options with a value of their own, which is no subcommand. */
const VALUED = /^(-[CcotuR]|--(prefix|cwd|dir|root|proxy|index-url|filter|cache-dir|config))$/;

/** The words that are no options. */
function operands(args: readonly string[]): string[] {
  return args.filter((arg, at) => !arg.startsWith('-') && !VALUED.test(args[at - 1] ?? ''));
}

/** Fetches with these subcommands, unless an option says that it does not, or pins what it gets. */
function subcommands(names: readonly string[], ...unless: readonly string[]): Judge {
  return (args) => names.includes(operands(args)[0] ?? '') && !has(args, ...unless);
}

const LOCAL_URL = /^file:|^https?:\/\/(localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)([:/]|$)/;

const download: Judge = (args) => {
  const urls = operands(args).filter((arg) => /:\/\//.test(arg));
  return (
    operands(args).length > 0 && (urls.length === 0 || !urls.every((url) => LOCAL_URL.test(url)))
  );
};

const apt = subcommands(
  [
    'update',
    'install',
    'upgrade',
    'dist-upgrade',
    'full-upgrade',
    'build-dep',
    'source',
    'download',
  ],
  '--no-download',
);
const dnf = subcommands([
  'install',
  'update',
  'upgrade',
  'reinstall',
  'groupinstall',
  'makecache',
  'in',
  'up',
]);
const conda = subcommands(['install', 'create', 'update', 'env'], '--offline');

const pip: Judge = (args) => {
  const [command, ...rest] = operands(args);
  if (!['install', 'download', 'wheel'].includes(command ?? '')) return false;
  if (has(args, '--no-index', '--require-hashes')) return false;
  const isLocal = rest.every((arg) => /^[./]/.test(arg)) && !has(args, '-r', '--requirement');
  return !(has(args, '--no-deps') && isLocal);
};

/** `npm ci` and its like install exactly what a lock file says. */
const npm = subcommands(['install', 'i', 'add', 'update', 'upgrade', 'up'], '--offline');
const pnpm = subcommands(
  ['install', 'i', 'add', 'update', 'up', 'dlx'],
  '--frozen-lockfile',
  '--offline',
);
const yarn: Judge = (args) => {
  if (has(args, '--frozen-lockfile', '--immutable', '--offline', '--version', '-v')) return false;
  return ['install', 'add', 'upgrade', 'up', 'global', 'dlx'].includes(
    operands(args)[0] ?? 'install',
  );
};

const VERSION = /@(v\d+\.\d+\.\d+|[0-9a-f]{12,40}$)/;

/** A version that is written out is forever the same, by way of the module proxy. */
const go: Judge = (args) => {
  const [command, ...modules] = operands(args);
  if (command !== 'get' && command !== 'install') return false;
  return modules.some((module) =>
    module.includes('@') ? !VERSION.test(module) : command === 'get' && /^[\w-]+\.\w/.test(module),
  );
};

const cargo: Judge = (args) => {
  const [command, ...crates] = operands(args).filter((arg) => !arg.startsWith('+'));
  if (has(args, '--offline', '--frozen', '--path')) return false;
  if (command === 'install') {
    const exact = has(args, '--version', '--vers') || crates.every((crate) => crate.includes('@'));
    return !(has(args, '--locked') && exact);
  }
  return ['add', 'update', 'fetch'].includes(command ?? '') && !has(args, '--locked');
};

const gem = subcommands(['install', 'update', 'fetch'], '--local', '-l', '-v', '--version');

const git: Judge = (args) => {
  const [command, ...rest] = operands(args);
  if (command === 'submodule') return rest.includes('update');
  if (command === 'clone') return !/^[./]|^file:/.test(rest[0] ?? '');
  return command === 'fetch' || command === 'pull';
};

const python: Judge = (args) => {
  const at = args.indexOf('-m');
  return at >= 0 && args[at + 1] === 'pip' && pip(args.slice(at + 2));
};

const uv: Judge = (args) => {
  const [command] = operands(args);
  return command === 'pip' && pip(args.slice(args.indexOf('pip') + 1));
};

const JUDGES: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ...['apt', 'apt-get', 'aptitude'].map((name) => [name, apt] as const),
  ['apk', subcommands(['add', 'update', 'upgrade', 'fix', 'fetch'], '--no-network')],
  ...['yum', 'dnf', 'microdnf', 'tdnf', 'zypper'].map((name) => [name, dnf] as const),
  ['pacman', (args) => args.some((arg) => /^-S[a-z]*$/.test(arg))],
  ...['conda', 'mamba', 'micromamba'].map((name) => [name, conda] as const),
  ['pip', pip],
  ['pipx', subcommands(['install', 'upgrade'])],
  ['python', python],
  ['uv', uv],
  ['npm', npm],
  ['pnpm', pnpm],
  ['yarn', yarn],
  ['go', go],
  ['cargo', cargo],
  ['gem', gem],
  ['curl', download],
  ['wget', download],
  ['git', git],
]);

/** True where the program, called like this, fetches what nothing pins. */
export function isFetching(name: string, args: readonly string[]): boolean {
  return JUDGES.get(name.replace(/^(pip|python)[\d.]+$/, '$1'))?.(args) ?? false;
}

/** True where the program checks a download against a digest that is written out. */
export function isVerifying(name: string, args: readonly string[]): boolean {
  return (
    /^(sha\d+|b2|md5|sha)sum$|^shasum$/.test(name) &&
    args.some((arg) => /^(-\w*c|--check)/.test(arg))
  );
}
