import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { makeProjectHere } from '../rig/command.ts';
import { makeProject } from '../rig/project.ts';

const FOLDER = fileURLToPath(new URL('../../docs/recipes/', import.meta.url));
const pages = (await readdir(FOLDER)).filter((name) => name.endsWith('.md'));

/** The fenced blocks of a language. */
const blocksOf = (page: string, language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text]) => text ?? '',
  );

const blocks = (
  await Promise.all(
    pages.map(async (name) => {
      const page = await readFile(FOLDER + name, 'utf8');
      return blocksOf(page, 'yaml').map((text) => ({ name, text }));
    }),
  )
).flat();
const manifests = blocks.filter(({ text }) => text.startsWith('# ensure.yaml\n'));

it.each(blocks)('$name: its YAML is YAML', ({ text }) => {
  expect(parseDocument(text).errors).toEqual([]);
});

/** The files of a page, by the comment in their first line. */
async function filesOf(name: string): Promise<Record<string, string>> {
  const page = await readFile(FOLDER + name, 'utf8');
  const found = [...page.matchAll(/^```\w+\n# (\S+)\n(.*?)^```/gms)];
  return Object.fromEntries(found.map(([, path = '', text = '']) => [path, text]));
}

// That of moving tags needs a repository, and is run below.
it.each(manifests.filter(({ name }) => name !== 'moving-tags.md'))(
  '$name: its manifest is one',
  async ({ name, text }) => {
    const { run } = await makeProjectHere({ ...(await filesOf(name)), 'ensure.yaml': text });
    const env = { REGISTRY: 'registry.example.com' };
    expect(await run(['config'], { env })).toMatchObject({ exitCode: 0, stderr: '' });
  },
);

it('there are manifests in them', () => {
  expect(manifests.length).toBeGreaterThanOrEqual(6);
});

describe('what the recipes say', () => {
  const env = { DOCKER_DEFAULT_PLATFORM: 'linux/amd64' };
  const keys = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);

  it('of a matrix', async () => {
    const { run } = await makeProjectHere({
      ...(await filesOf('matrix.md')),
      'ensure.yaml': manifests.find(({ name }) => name === 'matrix.md')?.text ?? '',
      'requirements.txt': 'jupyterlab\n',
    });
    expect(await run(['validate'], { env })).toMatchObject({ exitCode: 0 });
    expect(keys((await run(['refs', 'jupyter', 'newest'], { env })).stdout)).toEqual([
      'python-3.13-slim',
      'python-3.13-alpine',
      'jupyter3.12',
      'jupyter3.13',
    ]);
  });

  it('of root contexts: what is copied, by which line, and what an edit changes', async () => {
    const page = await readFile(`${FOLDER}root-contexts.md`, 'utf8');
    const { folder, run, write } = await makeProjectHere({
      ...(await filesOf('root-contexts.md')),
      'ensure.yaml': manifests.find(({ name }) => name === 'root-contexts.md')?.text ?? '',
      ...{ 'ci/scripts/install_cmake.sh': '1', 'ci/scripts/install_sccache.sh': '1' },
      ...{ 'python/requirements.txt': '1', 'python/requirements-test.txt': '1' },
      ...{ 'docs/page.md': '1', 'cpp/main.cc': '1' },
    });
    spawnSync('git', ['init', '-q'], { cwd: folder });
    spawnSync('git', ['add', '--all'], { cwd: folder });
    const { stdout } = await run(['inputs', 'python', '--explain'], { env });
    expect(page).toContain(`\`\`\`\n${stdout.trim()}\n\`\`\``);
    const refs = async () => (await run(['refs'], { env })).stdout.trim().split('\n');
    const before = await refs();
    const changed = async (...paths: string[]) => {
      await write(Object.fromEntries(paths.map((path) => [path, '2'])));
      const after = await refs();
      await write(Object.fromEntries(paths.map((path) => [path, '1'])));
      return keys(after.filter((line, at) => line !== before[at]).join('\n'));
    };
    expect(await changed('ci/scripts/install_cmake.sh')).toEqual(['cpp', 'python']);
    expect(await changed('python/requirements.txt')).toEqual(['python']);
    expect(await changed('docs/page.md')).toEqual(['docs']);
    expect(await changed('cpp/main.cc')).toEqual(['']);
    await write({ 'docs/draft.md': 'not tracked' });
    expect(await refs()).toEqual(before);
  });

  it('of a monorepo: one answer from everywhere', async () => {
    const files = await filesOf('monorepo.md');
    const { run } = await makeProjectHere({
      ...{ ...files, 'base/Dockerfile': 'FROM scratch\n', 'services/api/src/a': 'a' },
      'services/worker/src/b': 'b',
    });
    const first = await run(['refs'], { env });
    expect(keys(first.stdout)).toEqual(['base', 'api', 'worker']);
    expect(first.stdout).toContain('api team/api:1.4.0-');
    const above = await run(['--file', 'services/api/ensure.yaml', 'refs', 'backend'], { env });
    expect(first.stdout).toContain(above.stdout);
    expect(keys(above.stdout)).toEqual(['api', 'worker']);
  });

  it('of the cache of builds', async () => {
    const { run } = await makeProjectHere({
      ...(await filesOf('build-cache.md')),
      'base/Dockerfile': 'FROM scratch\n',
      'app/Dockerfile': 'FROM team/base\n',
    });
    const options = { env: { ...env, REGISTRY: 'registry.example.com' } };
    const config = JSON.parse((await run(['config', '--format', 'json'], options)).stdout);
    expect(config.images.base.build.cache).toBe('registry');
    expect(config.images.app.build.cache).toBe('inline');
    expect(await run(['validate'], options)).toMatchObject({ exitCode: 0 });
  });

  it('of mirrors', async () => {
    const { run } = await makeProjectHere({ ...(await filesOf('mirrors.md')), 'app/a': 'a' });
    const { stdout } = await run(['refs', '--format', 'json'], { env });
    const { base, app } = JSON.parse(stdout);
    expect(base.registry_ref).toBe(`registry.example.com/${base.ref}`);
    expect(app.registry_refs).toEqual({
      near: `mirror.example.net:5000/${app.ref}`,
      team: `registry.example.com/${app.ref}`,
      customer: `customer.example.org/${app.ref}`,
    });
    const shown = await run(['config', '--format', 'json', '--image', 'app'], { env });
    expect(JSON.parse(shown.stdout).images.app.registry).toEqual([
      { registry: 'near', remote_policy: 'pull_only' },
      'team',
      { registry: 'customer', remote_policy: 'push_only' },
    ]);
  });

  it('of moving tags', async () => {
    const { folder, run } = await makeProject(await filesOf('moving-tags.md'));
    const git = (...argv: string[]) => spawnSync('git', argv, { cwd: folder });
    git('init', '-q', '-b', 'feature/x');
    git(
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@b.test',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      'x',
    );
    const tags = async () =>
      JSON.parse((await run(['config', '--format', 'json'])).stdout).images.app.tags;
    expect(await tags()).toEqual(['feature-x', expect.stringMatching(/^git-[0-9a-f]{7}$/)]);
    git('checkout', '-q', '--detach');
    git('tag', 'v1.4.0');
    expect(await tags()).toEqual(['v1.4.0', expect.stringMatching(/^git-[0-9a-f]{7}$/)]);
  });
});
