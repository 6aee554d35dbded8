/** Fetches the rig's programs into the shared cache, once. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { Unavailable } from './errors.ts';
import { withLock } from './lock.ts';
import * as recipe from './packages.ts';
import { cacheFolder } from './place.ts';
import { type SourcesFile, sourcesFor } from './sources.ts';

/** Folders of the programs an engine and a registry need. */
export interface Programs {
  readonly bin: string;
  readonly cliPlugins: string;
  /** An ssh client and server. */
  readonly ssh: string;
}

/** The programs, fetched first if this user never did. Two processes at once fetch only once. */
export async function fetchPrograms(log: (line: string) => void = () => {}): Promise<Programs> {
  const release = await thisRelease();
  const folder = join(cacheFolder(), recipe.versionKey(release, process.arch));
  const at = (name: string) => join(folder, name);
  const programs = { bin: at('bin'), cliPlugins: at('cli-plugins'), ssh: at('ssh') };
  if (existsSync(folder)) return programs;
  return withLock(`fetch ${folder}`, async () => {
    if (existsSync(folder)) return programs;
    log('Fetching a docker engine and a registry (about 85 MB, once) …');
    await mkdir(dirname(folder), { recursive: true });
    // Whatever a crashed fetch left behind: we hold the lock, so nobody is using it.
    await removeAll(dirname(folder), 'fetching-');
    const work = await mkdtemp(join(dirname(folder), 'fetching-'));
    try {
      await fetchInto(work, release);
      await rename(join(work, 'kept'), folder);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
    return programs;
  });
}

async function fetchInto(work: string, release: recipe.Release): Promise<void> {
  const suites = { own: release.codename, engine: recipe.engineSuite(release) };
  const files = await machineSources();
  await mkdir(join(work, 'unpacked'));
  await Promise.all(
    (['own', 'engine'] as const).map(async (suite) => {
      const sources = sourcesFor(files, release.codename, suites[suite]);
      if (sources === '') {
        throw new Unavailable(`no apt source of this machine serves ${release.codename}`);
      }
      const names = recipe.packageNames(suite, release);
      await download(join(work, suite), sources, names);
    }),
  );
  const debs = (await readdir(work, { recursive: true })).filter((path) => path.endsWith('.deb'));
  await Promise.all(
    debs.map((deb) => run('dpkg', ['-x', join(work, deb), join(work, 'unpacked')])),
  );
  await keep(join(work, 'unpacked'), join(work, 'kept'));
}

/** apt-get with lists and archives of its own: the machine's stay as they are, or absent. */
async function download(folder: string, sources: string, names: string[]): Promise<void> {
  const path = (name: string) => join(folder, name);
  await mkdir(path('lists/partial'), { recursive: true });
  await mkdir(path('archives/partial'), { recursive: true });
  await mkdir(path('debs'));
  await writeFile(path('only.sources'), sources);
  const options = [
    `Dir::Etc::SourceList=${path('only.sources')}`,
    'Dir::Etc::SourceParts=-',
    `Dir::State::Lists=${path('lists')}`,
    `Dir::Cache=${folder}`,
    'Acquire::Languages=none',
    'Acquire::Retries=3',
    // The cache folder belongs to this user alone: apt's own user could not write there.
    `APT::Sandbox::User=${process.env.USER ?? 'root'}`,
  ].flatMap((option) => ['-o', option]);
  await run('apt-get', ['update', '-qq', ...options]);
  await run('apt-get', ['download', '-qq', ...options, ...names], path('debs'));
}

/** Moves the files worth keeping into `target`, and proves that they run on this machine. */
async function keep(unpacked: string, target: string): Promise<void> {
  for (const [name, candidates] of Object.entries(recipe.kept)) {
    const found = candidates.map((path) => join(unpacked, path)).find((path) => existsSync(path));
    if (found === undefined) throw new Unavailable(`the packages hold no ${name}`);
    await mkdir(dirname(join(target, name)), { recursive: true });
    await rename(found, join(target, name));
  }
  await Promise.all(recipe.probes.map((name) => run(join(target, name), ['--version'])));
}

async function machineSources(): Promise<SourcesFile[]> {
  const parts = '/etc/apt/sources.list.d';
  const names = existsSync(parts) ? await readdir(parts) : [];
  const paths = names.filter((name) => /\.(list|sources)$/.test(name)).map((n) => join(parts, n));
  const all = ['/etc/apt/sources.list', ...paths].filter((path) => existsSync(path));
  return Promise.all(all.map(async (path) => ({ path, text: await readFile(path, 'utf8') })));
}

async function thisRelease(): Promise<recipe.Release> {
  if (process.platform !== 'linux') throw new Unavailable('this is not Linux');
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  const release = {
    id: field('ID'),
    version: field('VERSION_ID'),
    codename: field('VERSION_CODENAME'),
  };
  if (!['debian', 'ubuntu'].includes(release.id) || release.codename === '') {
    throw new Unavailable('this is neither Debian nor Ubuntu');
  }
  return release;
}

async function run(program: string, args: string[], cwd?: string): Promise<void> {
  const env = { LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  const at = cwd === undefined ? {} : { cwd };
  const result = await execa(program, args, {
    ...at,
    env,
    reject: false,
    all: true,
    stdin: 'ignore',
  });
  if (result.exitCode === 0) return;
  const lines = (result.all || result.originalMessage || '').trim().split('\n');
  const telling = lines.find((line) => line.startsWith('E:')) ?? lines.at(-1);
  throw new Unavailable(`${program} ${args[0]} failed: ${telling}`);
}

async function removeAll(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(prefix)) await rm(join(folder, name), { recursive: true, force: true });
  }
}
