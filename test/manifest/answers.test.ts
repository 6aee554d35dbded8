import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { createGit } from '../../src/git/git.ts';
import { loadManifest } from '../../src/manifest/load.ts';
import type { Git } from '../../src/model/git.ts';
import { temporaryTree } from '../rig/temporary-tree.ts';
import { complaint } from './reading.ts';

const AUTHOR = ['-c', 'user.name=a', '-c', 'user.email=a@b.test'];
const env = { PATH: process.env.PATH };
const real = createGit({ env, signal: new AbortController().signal, onCall: () => undefined });

function git(folder: string, ...argv: string[]): string {
  const own = { ...env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  return spawnSync('git', [...AUTHOR, ...argv], { cwd: folder, env: own, encoding: 'utf8' }).stdout;
}

/** A project in a repository with one commit on a branch, and how often git was run. */
async function project(manifest: string, files: Record<string, string> = {}) {
  const folder = await temporaryTree({ 'ensure.yaml': manifest, ...files });
  const calls: string[] = [];
  const run: Git = (where, argv) => {
    calls.push(argv.join(' '));
    return real(where, argv);
  };
  const load = () => loadManifest({ cwd: folder, file: null, envFiles: [], env: {}, git: run });
  const commit = () => {
    git(folder, 'init', '-q', '-b', 'feature/x');
    git(folder, 'add', '-A');
    git(folder, 'commit', '-qm', 'one');
  };
  return { folder, calls, load, commit };
}

const tags = (...all: string[]) => `images: { a: { tags: ${JSON.stringify(all)} } }\n`;

describe('what git says', () => {
  test('becomes a tag', async () => {
    const { folder, calls, load, commit } = await project(
      tags(
        '${git:branch}',
        'v-${git:short_sha}',
        '${git:sha}',
        '${git:tag}',
        'd-${git:describe}',
        'x${git:dirty:+-dirty}',
      ),
    );
    commit();
    git(folder, 'tag', 'v1+2');
    const sha = git(folder, 'rev-parse', 'HEAD').trim();
    const { manifest, diagnostics } = await load();
    expect(diagnostics.map(complaint)).toEqual([]);
    expect(manifest?.images.get('a')?.tags).toEqual([
      'feature-x',
      `v-${sha.slice(0, 7)}`,
      sha,
      'v1-2',
      'd-v1-2',
      'x',
    ]);
    // Each once.
    expect(calls).toHaveLength(new Set(calls).size);
  });

  test('is as it is elsewhere, and says what is not committed', async () => {
    const { folder, load, commit } = await project(
      'images: { a: { version: "${git:dirty}", build: { dockerfile_inline: FROM scratch, labels: { b: "${git:branch}" } } } }',
    );
    commit();
    git(folder, 'rm', '-q', '--cached', 'ensure.yaml');
    const image = (await load()).manifest?.images.get('a');
    expect(image?.version).toBe('dirty');
    expect(image?.build?.labels.get('b')).toEqual(['feature/x']);
  });

  test('is not asked for what is not used', async () => {
    const { calls, load } = await project(tags('${A:-x}', '${A:+${git:sha}}', '$${git:sha}x'));
    await load();
    expect(calls).toEqual([]);
  });

  test('may be nothing, and then a default stands in', async () => {
    const { folder, load, commit } = await project(
      tags('${git:branch}', '${git:tag}', '${git:describe}', '${git:branch:-main}'),
    );
    const said = async () => (await load()).diagnostics.map(complaint);
    expect((await said())[0]).toBe(
      `1:24 ${folder} is in no git repository (run it in a clone; what is copied without its \`.git\` folder is none, or write \`\${git:branch:-default}\`)`,
    );
    commit();
    git(folder, 'checkout', '-q', '--detach');
    expect(await said()).toEqual([
      `1:24 no branch is checked out in ${folder}: HEAD is detached (use a variable of the pipeline's, such as \`\${GITHUB_REF_NAME}\` or \`\${CI_COMMIT_REF_NAME}\`, or write \`\${git:branch:-default}\`)`,
      `1:40 no tag is at the commit that is checked out in ${folder} (tag it, fetch tags (\`git fetch --tags\`), or write \`\${git:tag:-default}\`)`,
      `1:53 no tag can be reached from the commit that is checked out in ${folder} (tag one, fetch tags and history (\`git fetch --tags --unshallow\`), or write \`\${git:describe:-default}\`)`,
    ]);
  });

  test('has defaults that are made fit for a tag, too', async () => {
    const { load } = await project(
      tags('${git:branch:-${A:-feature/y}}', 'v${git:tag:-.../-x}', '${A:-a-b}${git:sha:--c}'),
    );
    expect((await load()).manifest?.images.get('a')?.tags).toEqual([
      'feature-y',
      'v...--x',
      'a-b-c',
    ]);
  });

  test('needs a commit, and git', async () => {
    const { folder, load } = await project(tags('${git:sha}'));
    git(folder, 'init', '-q');
    expect((await load()).diagnostics.map(complaint)).toEqual([
      `1:24 the git repository ${folder} has no commit yet (commit something, or write \`\${git:sha:-default}\`)`,
    ]);
    const without = await loadManifest({ cwd: folder, file: null, envFiles: [], env: {} });
    expect(without.diagnostics.map(complaint)).toEqual([
      '1:24 there is no `git` command (install git, or write `${git:sha:-default}`)',
    ]);
  });

  test('is not all that there is', async () => {
    const { load } = await project(tags('${git:brunch}'));
    expect((await load()).diagnostics.map(complaint)).toEqual([
      '1:24 `${git:brunch}` is no interpolation (did you mean `${git:branch}`?)',
    ]);
  });
});

describe('the text of a file', () => {
  test('is trimmed, and made fit for a tag', async () => {
    const { load, folder } = await project(
      'images: { a: { version: "${file:VERSION}", build: { dockerfile_inline: FROM scratch, build_args: { V: "${file:VERSION}", N: "${file:my-${D:-dir}/x:-none}", E: "${file:empty:-none}" } } } }',
      { VERSION: '\n 1.2+3 \n', empty: '' },
    );
    const { manifest, diagnostics } = await load();
    expect(diagnostics).toEqual([]);
    const image = manifest?.images.get('a');
    expect(image?.version).toBe('1.2-3');
    expect(Object.fromEntries(image?.build?.buildArgs ?? [])).toEqual({
      V: ['1.2+3'],
      N: ['none'],
      E: ['none'],
    });
    expect(manifest?.texts).toEqual(expect.arrayContaining([`${folder}/VERSION`]));
  });

  test.each([
    ['${file:NO}', '1:24 there is no file NO (check the path, or write `${file:NO:-default}`)'],
    [
      '${file:NO:?release first}',
      '1:24 there is no file NO: release first (check the path, or write `${file:NO:-default}`)',
    ],
    ['${file:dir:-x}', '1:23 dir is a folder (name the file in it)'],
    [
      '${file:}',
      '1:24 `${file:}` is no interpolation (write `${file:PATH}` or `${file:PATH:-default}`)',
    ],
    [
      '${file:lines}',
      '1:22 `a\nb` is not a tag (a tag is up to 128 letters, digits, dots, dashes and underscores, not beginning with a dot or dash)',
    ],
  ])('%s', async (text, said) => {
    const { load } = await project(tags(text), { 'dir/x': '', lines: 'a\nb\n' });
    expect((await load()).diagnostics.map(complaint)).toEqual([said]);
  });
});
