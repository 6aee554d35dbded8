import { chmod, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeDocker } from '../rig/fake-docker.ts';
import { fileSystems } from '../rig/file-systems.ts';
import { makeProject } from '../rig/project.ts';
import { commitAll, eventsOf, git, seenOf } from '../rig/seen-tree.ts';

const MANIFEST = `defaults: { with_hash: true }
images:
  app: { build: { directory: app, additional_contexts: { more: more } } }
  all: { build: { dockerfile_inline: FROM scratch, files: { all_but: [.git] } } }
`;

async function fill(folder: string): Promise<void> {
  const tree = join(folder, 'tree');
  await mkdir(join(tree, 'app/sub'), { recursive: true });
  await mkdir(join(tree, 'more'));
  await writeFile(join(tree, 'ensure.yaml'), MANIFEST);
  await writeFile(join(tree, 'app/Dockerfile'), 'FROM scratch\nCOPY . /\n');
  await writeFile(join(tree, 'app/sub/file'), 'text');
  await writeFile(join(tree, 'app/tool'), 'run', { mode: 0o755 });
  await writeFile(join(tree, 'app/long'), 'x'.repeat(600_000));
  await writeFile(join(tree, 'more/locked'), 'text', { mode: 0o444 });
  await symlink('sub/file', join(tree, 'app/link'));
  await utimes(join(tree, 'app/sub'), 1_000_000_000, 1_000_000_000);
  await utimes(join(tree, 'app/sub/file'), 1_000_000_000, 1_000_000_000);
  await chmod(join(tree, 'app/sub'), 0o750);
  await commitAll(tree);
}

describe("the user's tree", () => {
  it.each(fileSystems())('is not touched on $name', async ({ folder }) => {
    const docker = await fakeDocker();
    const project = await makeProject({}, { env: docker.env });
    const place = await folder(fill);
    const tree = join(place, 'tree');
    // The inodes of an overlay are its own.
    await git(tree, 'update-index', '--refresh');
    const before = await seenOf(tree);
    const events = eventsOf(tree);

    // On the same file system, where links are possible, and on another.
    const caches = [join(place, 'cache'), project.cache];
    for (const DOCKER_ENSURE_CACHE of caches) {
      for (const args of [['up'], ['up', '--force'], ['validate']]) {
        const run = await project.run(args, { cwd: tree, env: { DOCKER_ENSURE_CACHE } });
        expect(run.exitCode, run.stderr).toBe(0);
      }
    }
    expect(
      docker.commands().filter((line) => line.startsWith('buildx bake')).length,
    ).toBeGreaterThan(3);
    expect(await seenOf(tree)).toEqual(before);
    await git(tree, 'diff-index', '--quiet', 'HEAD');
    expect(events).toEqual([]);
  });
});
