import { isMoving, isRevision } from './addresses.ts';
import {
  AT,
  allPinned,
  EQUALS,
  has,
  type Judge,
  operands,
  subcommands,
  unlessPinned,
} from './judge.ts';

const CONDA_VALUED = /^(-[npcf]|--(name|prefix|channel|file))$/;

/** A lock file of conda's has the address of every package. */
const conda: Judge = (args) => {
  const [command = '', ...rest] = operands(args, CONDA_VALUED);
  const isInstall = ['install', 'create', 'update', 'upgrade'].includes(command);
  if (!isInstall && !(command === 'env' && /^(create|update)$/.test(rest[0] ?? ''))) return false;
  if (has(args, '--offline') || args.some((arg) => /\.lock$|conda-lock/.test(arg))) return false;
  return !(isInstall && allPinned(rest, EQUALS));
};

const PIP_VALUED =
  /^(-[rcifteb]|--(requirement|constraint|index-url|extra-index-url|find-links|target|prefix|root|dest|platform|python|python-version|implementation|abi|trusted-host|proxy|retries|timeout|cache-dir|src|progress-bar|no-binary|only-binary|upgrade-strategy|cert|log))$/;

/** `name==1.2`, a repository at a commit or a version, an archive of one. */
const isPipPinned = (word: string) =>
  /==\d/.test(word) ||
  (/\bgit\+/.test(word)
    ? isRevision(/@([^@/#]+)(#.*)?$/.exec(word)?.[1] ?? '')
    : word.includes('://') && !isMoving(word));

const pip: Judge = (args) => {
  const [command, ...rest] = operands(args, PIP_VALUED);
  if (!['install', 'download', 'wheel'].includes(command ?? '')) return false;
  if (has(args, '--no-index', '--require-hashes')) return false;
  const isByList =
    args.some((arg) => /^(-r|--requirement)/.test(arg)) || has(args, '-e', '--editable');
  const isLocal =
    rest.every((arg) => /^[./]/.test(arg)) && !args.some((arg) => /^(-r|--req)/.test(arg));
  if (!isByList && rest.length > 0 && rest.every(isPipPinned)) return false;
  return !(has(args, '--no-deps') && isLocal);
};

const python: Judge = (args) => {
  const at = args.indexOf('-m');
  return at >= 0 && args[at + 1] === 'pip' && pip(args.slice(at + 2));
};

const pipenv = unlessPinned(
  subcommands(['install', 'update', 'upgrade', 'lock'], '--deploy', '--ignore-pipfile'),
  /==\d/,
);

const uv: Judge = (args) => {
  const [command = '', what] = operands(args);
  if (command === 'add' || (command === 'tool' && what === 'install'))
    return !allPinned(operands(args).slice(command === 'add' ? 1 : 2), /[=@]\d/);
  if (command === 'sync' || command === 'lock') return has(args, '--upgrade', '-U');
  return command === 'pip' && pip(args.slice(args.indexOf('pip') + 1));
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
const bun = unlessPinned(
  subcommands(['install', 'i', 'add', 'update', 'x'], '--frozen-lockfile'),
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
/** Without a version it takes the one in the project's own file. */
const corepack: Judge = (args) =>
  ['prepare', 'use', 'install'].includes(operands(args)[0] ?? '') &&
  operands(args).some((word) => /.@/.test(word) && !AT.test(word));

const VERSION = /@(v\d+\.\d+|[0-9a-f]{12,40}$)/;

/** A version that is written out is forever the same, by way of the module proxy. */
const go: Judge = (args) => {
  const [command, ...modules] = operands(args);
  if (!['get', 'install', 'run'].includes(command ?? '')) return false;
  return modules.some((module) =>
    module.includes('@') ? !VERSION.test(module) : command === 'get' && /^[\w-]+\.\w/.test(module),
  );
};

const CARGO_VALUED =
  /^(-[jF]|--(features|target|target-dir|root|git|rev|tag|branch|version|vers|bin|profile|registry|index|jobs))$/;

const cargo: Judge = (args) => {
  const [command, ...crates] = operands(args, CARGO_VALUED).filter((arg) => !arg.startsWith('+'));
  if (has(args, '--offline', '--frozen', '--path')) return false;
  if (command === 'install') {
    const isNamed = crates.length > 0 && crates.every((crate) => crate.includes('@'));
    return !(
      has(args, '--locked') &&
      (has(args, '--version', '--vers', '--rev', '--tag') || isNamed)
    );
  }
  return ['add', 'update', 'fetch'].includes(command ?? '') && !has(args, '--locked');
};

/** Targets and components are those of the toolchain. */
const rustup: Judge = (args) => {
  const [command = '', ...rest] = operands(args).filter((arg) => !arg.startsWith('+'));
  if (command === 'update') return !allPinned(rest, TOOLCHAIN);
  const names = command === 'toolchain' ? rest.slice(1) : rest;
  const installs =
    ['default', 'install'].includes(command) || (command === 'toolchain' && rest[0] === 'install');
  return installs && !allPinned(names, TOOLCHAIN);
};
const TOOLCHAIN = /^\d+\.\d+|-\d{4}-\d\d-\d\d/;

const gem = unlessPinned(
  subcommands(['install', 'update', 'fetch'], '--local', '-l', '-v', '--version'),
  /:\d/,
);

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

/** Its short options have no values. */
const NONE = /(?!)/;

/** What fetches packages of a language: programs by their names. */
export const LANGUAGES: readonly (readonly [string, Judge])[] = [
  ...['conda', 'mamba', 'micromamba'].map((name) => [name, conda] as const),
  ['pip', pip],
  ['pipenv', pipenv],
  ['pipx', unlessPinned(subcommands(['install', 'upgrade']), /==\d/)],
  ['python', python],
  ['uv', uv],
  ['poetry', poetry],
  ['npm', npm],
  ['npx', npx],
  ['pnpm', pnpm],
  ['bun', bun],
  ['yarn', yarn],
  ['corepack', corepack],
  ['go', go],
  ['cargo', cargo],
  ['rustup', rustup],
  ['gem', gem],
  ['bundle', bundle],
  ['composer', composer],
  ['pecl', unlessPinned(subcommands(['install', 'upgrade']), /-\d/, NONE)],
  ['dotnet', dotnet],
  ['mvn', (args) => has(args, '-U', '--update-snapshots')],
  ...['gradle', 'gradlew'].map(
    (name) => [name, (args: readonly string[]) => has(args, '--refresh-dependencies')] as const,
  ),
];
