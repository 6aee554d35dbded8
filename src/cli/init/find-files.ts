import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Exec } from '../../docker/exec.ts';
import type { FoundProject, Note } from '../../init/draft.ts';
import { composeContent } from '../../manifest/compose-file.ts';

/** Folders of other programs, which hold nothing that the project has written. */
const FOREIGN =
  /^(?:\.git|\.hg|\.svn|node_modules|vendor|venv|\.venv|__pycache__|\.tox|\.terraform)$/;

/** A Dockerfile, and what is none though its name begins like that of one. */
const DOCKERFILE = /^(?:Dockerfile|Containerfile)(?:\..+)?$|^.+\.Dockerfile$/i;
const NO_DOCKERFILE = /\.(?:dockerignore|md|txt|bak|orig|rej|swp|lock)$|~$/i;
const TEMPLATE = /\.(?:j2|jinja2?|tmpl|tpl|template|in|erb|ejs|mustache|gotmpl)$/i;

/** In the order in which compose, and bake, look for them. */
const COMPOSE = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const COMPOSE_FILE = /^(?:docker-)?compose(?:\..+)?\.ya?ml$/;
const BAKE = ['docker-bake.json', 'docker-bake.hcl'];

/** So deep a project is searched, and so many files are looked at. */
const MOST_LEVELS = 10;
const MOST_FILES = 50_000;

/** Finds in a folder what a first manifest can be made of; docker is only asked what bake files say. */
export async function findProject(folder: string, exec: Exec): Promise<FoundProject> {
  const notes: Note[] = [];
  const paths = await walk(folder, notes);
  const note = (path: string, text: string) => notes.push({ where: path, text });
  const inFolder = (path: string, names: readonly string[]) =>
    names.find((name) => paths.includes(join(path, '..', name)));
  const dockerfiles: { path: string; text: string }[] = [];
  const composeFiles: { path: string; content: unknown }[] = [];
  const bakeFiles: { path: string; content: unknown }[] = [];
  for (const path of paths.filter(isDockerfile)) {
    const text = await readText(folder, path);
    if (TEMPLATE.test(path)) note(path, 'it is a template of a Dockerfile');
    else if (text === null) note(path, 'it cannot be read');
    else dockerfiles.push({ path, text });
  }
  for (const path of paths.filter((each) => COMPOSE_FILE.test(basename(each)))) {
    if (inFolder(path, COMPOSE) !== basename(path)) {
      note(path, 'it is laid over another compose file, and was not looked at');
      continue;
    }
    const text = await readText(folder, path);
    const content = text === null ? null : composeContent(text);
    if (content === null) note(path, 'it cannot be read; `docker compose config` says why');
    else composeFiles.push({ path, content });
  }
  for (const path of paths.filter((each) => BAKE.includes(basename(each)))) {
    const content = await readBake(folder, path, exec);
    if (typeof content === 'string') note(path, content);
    else bakeFiles.push({ path, content: content.document });
  }
  const has = (path: string) => existsSync(join(folder, path));
  return { name: basename(folder) || 'project', dockerfiles, composeFiles, bakeFiles, has, notes };
}

function isDockerfile(path: string): boolean {
  const name = basename(path);
  return DOCKERFILE.test(name) && !NO_DOCKERFILE.test(name);
}

/** The files beneath a folder, sorted, with `/`. */
async function walk(root: string, notes: Note[]): Promise<string[]> {
  const files: string[] = [];
  const visit = async (folder: string, level: number): Promise<void> => {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
    entries.sort((one, other) => (one.name < other.name ? -1 : 1));
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (files.length >= MOST_FILES) return;
      if (entry.isFile()) files.push(path);
      else if (entry.isDirectory() && !FOREIGN.test(entry.name) && level < MOST_LEVELS)
        await visit(path, level + 1);
    }
  };
  await visit('', 0);
  if (files.length >= MOST_FILES)
    notes.push({ where: '.', text: `only the first ${MOST_FILES} files were looked at` });
  return files;
}

async function readText(folder: string, path: string): Promise<string | null> {
  return readFile(join(folder, path), 'utf8').catch(() => null);
}

/** What `docker buildx bake` makes of a bake file; a text that says why nothing. */
async function readBake(
  folder: string,
  path: string,
  exec: Exec,
): Promise<{ readonly document: unknown } | string> {
  const text = (await readText(folder, path)) ?? '';
  const targets = targetsIn(path, text);
  const argv = ['buildx', 'bake', '-f', join(folder, path), '--print', ...targets];
  const { exitCode, stdout, stderr, missing } = await exec({ argv, timeoutMs: 60_000 });
  if (missing) return 'it is read by `docker buildx bake --print`, and there is no docker command';
  try {
    if (exitCode === 0) return { document: JSON.parse(stdout) };
  } catch {}
  const lines = stderr.trim().split('\n');
  const why = lines.findLast((line) => line.startsWith('ERROR: ')) ?? lines[0] ?? '';
  return `\`docker buildx bake --print\` could not read it: ${why.replace(/^ERROR: /, '')}`;
}

/** Without them bake would only show its default ones. */
function targetsIn(path: string, text: string): string[] {
  const names = path.endsWith('.json')
    ? [
        ...(/"target"\s*:\s*\{([\s\S]*)/.exec(text)?.[1] ?? '').matchAll(
          /^ {2,4}"([\w.-]+)"\s*:\s*\{/gm,
        ),
      ]
    : [...text.matchAll(/^\s*target\s+"?([\w.-]+)"?\s*\{/gm)];
  return [...new Set(names.flatMap(([, name]) => name ?? []))];
}
