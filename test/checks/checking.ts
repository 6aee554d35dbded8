import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { resolveAndCheck } from '../../src/ensure.ts';
import { completeManifest } from '../../src/inputs/find-parents.ts';
import { loadManifest } from '../../src/manifest/load.ts';
import { type Diagnostic, errorsIn } from '../../src/model/diagnostic.ts';
import { formatPlace } from '../../src/model/source.ts';

/** Files by path. `{ link }` is a symbolic link. */
export type Files = Readonly<Record<string, string | { readonly link: string }>>;

/** What is found in a project, less what the manifest alone tells. */
export async function findingsOf(files: Files, keys?: readonly string[]): Promise<Diagnostic[]> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-checks-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    const place = join(folder, path);
    await mkdir(dirname(place), { recursive: true });
    if (path.endsWith('/')) await mkdir(place);
    else if (typeof content === 'string') await writeFile(place, content);
    else await symlink(content.link, place);
  }
  const loaded = await loadManifest({
    cwd: folder,
    file: null,
    envFiles: [],
    env: {},
  });
  const refuse = (diagnostics: readonly Diagnostic[]) => {
    const errors = errorsIn(diagnostics).map(({ message }) => message);
    if (errors.length > 0) throw new Error(`a bad manifest: ${errors}`);
  };
  refuse(loaded.diagnostics);
  const conditions = { now: 0, platform: 'linux/amd64' };
  const { manifest, graph, diagnostics } = await completeManifest(loaded.manifest!, conditions);
  refuse(diagnostics);
  const checked = await resolveAndCheck(
    manifest,
    graph!,
    keys ?? manifest.images.keys(),
    conditions,
  );
  return [...checked.diagnostics];
}

/** The same in the words that a user sees: `file:line:column severity code: message (advice)`. */
export async function complaints(files: Files, keys?: readonly string[]): Promise<string[]> {
  const findings = await findingsOf(files, keys);
  return findings.map(({ place, severity, code, message, advice }) => {
    const at = place === undefined ? '?' : formatPlace(place);
    return `${at} ${severity} ${code}: ${message}${advice === undefined ? '' : ` (${advice})`}`;
  });
}

/** `place code` of what is found about a single image `app` with the Dockerfile and files. */
export async function codes(
  dockerfile: string,
  { build = '{}', files = {}, image = '' }: { build?: string; files?: Files; image?: string } = {},
): Promise<string[]> {
  const findings = await findingsOf({
    'ensure.yaml': `images:\n  app: { build: ${build}${image === '' ? '' : `, ${image}`} }\n`,
    Dockerfile: dockerfile,
    ...files,
  });
  return findings.map(
    ({ place, severity, code }) =>
      `${place === undefined ? '?' : formatPlace(place)} ${code}${severity === 'error' ? '!' : ''}`,
  );
}
