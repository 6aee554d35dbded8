/** True where a call of a program fetches something that may be another thing tomorrow. */
type Judge = (args: readonly string[]) => boolean;

const has = (args: readonly string[], ...options: readonly string[]) =>
  args.some((arg) => options.some((option) => arg === option || arg.startsWith(`${option}=`)));

/** Options with a value of their own, which is no subcommand. */
const VALUED =
  /^(-[CcotuRbX]|--(virtual|repository|branch|output|prefix|cwd|dir|root|proxy|index-url|filter|cache-dir|config))$/;

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
  const urls = args.filter((arg) => /:\/\//.test(arg));
  if (urls.length === 0) return operands(args).length > 0;
  return !urls.every((url) => LOCAL_URL.test(url) || isVersioned(url));
};

/** True where the path of an address has a version, a date or a digest in it, and no moving name. */
export function isVersioned(url: string): boolean {
  const [, path = ''] = /^[\w+.-]+:\/\/[^/]*(.*)$/s.exec(url) ?? [];
  if (/(^|[/._-])(latest|nightly|master|main|head|stable|snapshot)([/._-]|$)/i.test(path))
    return false;
  return /(^|[^\d.])\d+\.\d+|\d{8}|[0-9a-f]{40}/.test(path);
}

/** True where some packages are named, and each with its version. */
function allPinned(packages: readonly string[], pin: RegExp): boolean {
  return packages.length > 0 && packages.every((name) => pin.test(name));
}

/** The same as `judge`, less those that name the version of every package. */
function unlessPinned(judge: Judge, pin: RegExp): Judge {
  return (args) => judge(args) && !allPinned(operands(args).slice(1), pin);
}

/** `name=1.2`, as system packages and conda are pinned. */
const EQUALS = /[^=]=+\d/;
/** `name@1.2.3` */
const AT = /.@v?\d/;

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
const conda = unlessPinned(
  subcommands(['install', 'create', 'update', 'env'], '--offline'),
  EQUALS,
);

const pip: Judge = (args) => {
  const [command, ...rest] = operands(args);
  if (!['install', 'download', 'wheel'].includes(command ?? '')) return false;
  if (has(args, '--no-index', '--require-hashes')) return false;
  const isLocal = rest.every((arg) => /^[./]/.test(arg)) && !has(args, '-r', '--requirement');
  if (!has(args, '-r', '--requirement') && allPinned(rest, /==\d/)) return false;
  return !(has(args, '--no-deps') && isLocal);
};

/** `npm ci` and its like install exactly what a lock file says. */
const npm = unlessPinned(
  subcommands(['install', 'i', 'add', 'update', 'upgrade', 'up'], '--offline'),
  AT,
);
const pnpm = unlessPinned(
  subcommands(['install', 'i', 'add', 'update', 'up', 'dlx'], '--frozen-lockfile', '--offline'),
  AT,
);
/** Without `--yes` it asks, or runs what the project has. */
const npx: Judge = (args) => has(args, '-y', '--yes') && !AT.test(operands(args)[0] ?? '');
const yarn: Judge = (args) => {
  if (has(args, '--frozen-lockfile', '--immutable', '--offline', '--version', '-v')) return false;
  const [command = 'install', ...rest] = operands(args);
  const packages = command === 'global' ? rest.slice(1) : rest;
  return (
    ['install', 'add', 'upgrade', 'up', 'global', 'dlx'].includes(command) &&
    !allPinned(packages, AT)
  );
};

const VERSION = /@(v\d+\.\d+|[0-9a-f]{12,40}$)/;

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
  const [command, what] = operands(args);
  if (command === 'add' || (command === 'tool' && what === 'install'))
    return !allPinned(operands(args).slice(command === 'add' ? 1 : 2), /[=@]\d/);
  return command === 'pip' && pip(args.slice(args.indexOf('pip') + 1));
};

/** Those that follow a lock file, or the versions in the project's own files, unless told otherwise. */
const composer = unlessPinned(
  subcommands(['update', 'require', 'create-project', 'global']),
  /[:=]v?\d/,
);
const bundle = subcommands(['update', 'add'], '--local', '--version');
const poetry = unlessPinned(subcommands(['update', 'add', 'lock']), /[=@]\d/);
const dotnet: Judge = (args) => {
  const [command, what] = operands(args);
  const adds =
    (command === 'tool' && what === 'install') || (command === 'add' && args.includes('package'));
  return adds && !has(args, '--version', '-v');
};

const JUDGES: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ...['apt', 'apt-get', 'aptitude'].map((name) => [name, unlessPinned(apt, EQUALS)] as const),
  [
    'apk',
    unlessPinned(subcommands(['add', 'update', 'upgrade', 'fix', 'fetch'], '--no-network'), EQUALS),
  ],
  ['composer', composer],
  ['bundle', bundle],
  ['poetry', poetry],
  ['dotnet', dotnet],
  ['mvn', (args) => has(args, '-U', '--update-snapshots')],
  ...['gradle', 'gradlew'].map(
    (name) => [name, (args: readonly string[]) => has(args, '--refresh-dependencies')] as const,
  ),
  ['npx', npx],
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
