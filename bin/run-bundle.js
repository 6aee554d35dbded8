'use strict';

// Starts the bundle with what V8 made of it in an earlier run of the same command, which spares it compiling: see
// docs/decisions/0027-compiled-code-is-kept.md. Whatever is wrong with that, V8 compiles the bundle as usual.

const fs = require('node:fs');
const { dirname, isAbsolute, join } = require('node:path');
const { Script } = require('node:vm');

/** How many files are kept: one for each command, and some for other versions. */
const MOST_FILES = 24;

/** Their names, and those of files that were never finished. */
const OURS = /^[0-9a-f]{16}-v[\d.]+\S*-\w+-[a-z]+(\.\d+)?$/;

/** Modules of Node that take long to load, which many runs need late or never. */
const COSTLY = new Set(
  [
    ...['child_process', 'crypto', 'fs/promises', 'http', 'https', 'net', 'readline'],
    ...['readline/promises', 'stream', 'stream/promises', 'timers/promises', 'tls', 'tty', 'v8'],
  ].flatMap((name) => [name, `node:${name}`]),
);

const bundle = join(__dirname, '../dist/docker-ensure.cjs');
// Its last line is its hash. It is ASCII (build.mjs sees to that), which latin1 reads fastest.
const source = fs.readFileSync(bundle, 'latin1');
const folder = attempt(cacheFolder);
const file = folder === null ? null : join(folder, nameOf(process.argv.slice(2)));
const cachedData = file === null ? null : attempt(() => readOwn(file));

const script = new Script(source, { filename: bundle, cachedData: cachedData ?? undefined });
script.runInThisContext()(requireLate, bundle, source.slice(-16));

if (file !== null && (cachedData === null || script.cachedDataRejected)) {
  // At the end the code of every function that was called is there.
  process.on('exit', (code) => {
    if (code === 0) attempt(() => keep(script.createCachedData()));
  });
}

/** As `require`, but that a costly module is loaded once something in it is used. */
function requireLate(name) {
  if (!COSTLY.has(name)) return require(name);
  let loaded;
  const load = () => {
    loaded ??= require(name);
    return loaded;
  };
  return new Proxy(
    {},
    {
      get: (_, key) => load()[key],
      has: (_, key) => key in load(),
      ownKeys: () => Reflect.ownKeys(load()),
      getOwnPropertyDescriptor(_, key) {
        const property = Reflect.getOwnPropertyDescriptor(load(), key);
        // What is not the proxy's own must be configurable.
        return property && { ...property, configurable: true };
      },
    },
  );
}

/** What `work` gives; null where it fails. */
function attempt(work) {
  try {
    return work();
  } catch {
    return null;
  }
}

/** As src/cli/cache-folder.ts has it, but for temporary ones. */
function cacheFolder() {
  const { DOCKER_ENSURE_CACHE, XDG_CACHE_HOME = '' } = process.env;
  if (DOCKER_ENSURE_CACHE) return join(DOCKER_ENSURE_CACHE, 'docker-ensure-cache', 'code');
  const caches = isAbsolute(XDG_CACHE_HOME)
    ? XDG_CACHE_HOME
    : join(require('node:os').homedir(), '.cache');
  return isAbsolute(caches) ? join(caches, 'docker-ensure', 'code') : null;
}

/** V8 itself sees to its own version and flags, but of the source it compares the length only. */
function nameOf(args) {
  const isCompletion = args[0] === '__complete';
  const found = args.find((word) => /^[a-z]{2,12}$/.test(word)) ?? 'none';
  const command = isCompletion ? 'complete' : found;
  return `${source.slice(-16)}-${process.version}-${process.arch}-${command}`;
}

/** The content of a file that nobody else can have written. */
function readOwn(path) {
  const descriptor = fs.openSync(path, 'r');
  try {
    const { uid, mode } = fs.fstatSync(descriptor);
    const isOwn = uid === (process.getuid?.() ?? uid) && (mode & 0o022) === 0;
    return isOwn ? fs.readFileSync(descriptor) : null;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Puts the file there as a whole, since another run may read it now. */
function keep(data) {
  makeFolder(folder);
  const names = fs.readdirSync(folder).filter((name) => OURS.test(name));
  if (names.length >= MOST_FILES)
    for (const name of names) fs.rmSync(join(folder, name), { force: true });
  const unfinished = `${file}.${process.pid}`;
  fs.writeFileSync(unfinished, data, { mode: 0o600 });
  fs.renameSync(unfinished, file);
}

/** As src/machine/make-folder.ts has it: Node's own way never returns beneath /proc. */
function makeFolder(path) {
  if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  makeFolder(dirname(path));
  fs.mkdirSync(path, { mode: 0o700 });
}
