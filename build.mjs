// Makes what is not written by hand: the manifest's compiled schema check, the bundle, and what it always answers alike.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));
const at = (...parts) => join(root, ...parts);
const BUNDLE = 'dist/docker-ensure.cjs';

/** Parts of execa that take long to load, and what of them it needs here, by their path in its package or another's. */
const SPARED = {
  // The streams of this process are made where one is compared, which is never.
  'execa/lib/utils/standard-stream.js': `
    export const STANDARD_STREAMS_ALIASES = ['stdin', 'stdout', 'stderr'];
    export const STANDARD_STREAMS = [];
    for (const [number, name] of STANDARD_STREAMS_ALIASES.entries())
      Object.defineProperty(STANDARD_STREAMS, number, { get: () => process[name] });
    export const isStandardStream = (stream) => STANDARD_STREAMS.includes(stream);
    export const getStreamName = (number) => STANDARD_STREAMS_ALIASES[number] ?? \`stdio[\${number}]\`;
  `,
  // It would print command lines past the mask of secrets, for NODE_DEBUG=execa.
  'execa/lib/verbose/log.js': `
    export const verboseLog = () => undefined;
    export const serializeVerboseMessage = String;
  `,
  // Its words for signals are shown nowhere.
  'human-signals/build/src/main.js': `
    export const signalsByName = new Proxy({}, { get: () => ({}) });
  `,
};

await writeChanged(at('src/manifest/schema-check.js'), await compileSchema());
await bundle();
await keepAnswers();

/** Leaves a file alone that says so already: somebody may be watching it, or running it. */
async function writeChanged(path, text) {
  const old = await readFile(path, 'utf8').catch(() => null);
  if (old !== text) await writeFile(path, text);
}

/** The code of a function that checks a manifest against the schema, so that no run compiles it. */
async function compileSchema() {
  const schema = JSON.parse(await readFile(at('schema/ensure.schema.json'), 'utf8'));
  // For editors, which see `${VAR}` itself. The check sees the value, which must be of the real type.
  schema.definitions.interpolated = false;
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strictTypes: false,
    code: { source: true, esm: true },
  });
  ajv.addVocabulary(['x-default', 'x-hashed']);
  return `// Made by build.mjs.\n${standaloneCode(ajv, ajv.compile(schema))}\n`;
}

/**
 * One script that bin/docker-ensure.js calls as a function. Its last line is its hash. The source map is for
 * the reports of bugs alone.
 */
async function bundle() {
  const { version } = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const { metafile, outputFiles } = await build({
    write: false,
    entryPoints: [at('src/main.ts')],
    outfile: at(BUNDLE),
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    legalComments: 'none',
    metafile: true,
    sourcemap: 'external',
    sourcesContent: false,
    define: {
      DOCKER_ENSURE_VERSION: JSON.stringify(version),
      'import.meta.url': 'undefined',
    },
    plugins: [
      { name: 'colours', setup: withoutColorDetection },
      { name: 'spared', setup: withoutCostlyStarts },
    ],
    banner: { js: '(function(require,__filename,__build){const module={exports:{}};' },
    footer: { js: '})' },
  });
  await mkdir(at('dist'), { recursive: true });
  for (const { path, text } of outputFiles)
    await writeChanged(path, path === at(BUNDLE) ? withHash(text) : text);
  await writeChanged(
    at('dist/THIRD-PARTY-LICENSES.txt'),
    await licensesOf(Object.keys(metafile.inputs)),
  );
}

/** What bin/docker-ensure.js answers without the bundle, by its own words. */
async function keepAnswers() {
  await mkdir(at('dist/answers'), { recursive: true });
  const { version } = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const schema = JSON.parse(await readFile(at('schema/ensure.schema.json'), 'utf8'));
  const help = execFileSync(process.execPath, [at('bin/docker-ensure.js'), 'help'], {
    // The code of this run is of no use to others.
    env: { DOCKER_ENSURE_CACHE: '/dev/null' },
  });
  await writeChanged(at('dist/answers/version'), `${version}\n`);
  await writeChanged(at('dist/answers/schema'), `${JSON.stringify(schema, null, 2)}\n`);
  await writeChanged(at('dist/answers/help'), help.toString('utf8'));
}

/** Chalk asks the system which colours there are, though it is told; that takes a part of each start. */
function withoutColorDetection({ onResolve, onLoad }) {
  const namespace = 'colours';
  onResolve({ filter: /^#supports-color$/ }, ({ path }) => ({ path, namespace }));
  onLoad({ filter: /./, namespace }, () => ({
    contents: 'export default { stdout: false, stderr: false };',
  }));
}

/** See `SPARED`. */
function withoutCostlyStarts({ onLoad, onEnd }) {
  const left = new Set(Object.keys(SPARED));
  const filter = new RegExp(`node_modules/(${[...left].join('|').replaceAll('.', '\\.')})$`);
  onLoad({ filter }, ({ path }) => {
    const name = [...left].find((each) => path.endsWith(`/${each}`));
    left.delete(name);
    return { contents: SPARED[name] };
  });
  onEnd(() => {
    if (left.size > 0) throw new Error(`not in the bundle any more: ${[...left].join(', ')}`);
  });
}

function withHash(text) {
  const other = /[^\0-\x7f]/.exec(text);
  if (other !== null)
    throw new Error(`not ASCII: ${text.slice(other.index - 30, other.index + 10)}`);
  return `${text}//${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}

/** The licences of the packages that the bundled files come from. */
async function licensesOf(files) {
  const folders = new Set(
    files.flatMap((file) => file.match(/^.*node_modules\/(@[^/]+\/)?[^/]+/)?.[0] ?? []),
  );
  const texts = await Promise.all([...folders].sort().map(licenseOf));
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

async function licenseOf(folder) {
  const { name, version, license } = createRequire(import.meta.url)(at(folder, 'package.json'));
  const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'License']
    .map((candidate) => at(folder, candidate))
    .find((candidate) => existsSync(candidate));
  const text = file === undefined ? '' : await readFile(file, 'utf8');
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
}
