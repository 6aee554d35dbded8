import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, lstat, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ResolvedImage } from '../../src/model/resolved.ts';
import type { Staging } from '../../src/model/staging.ts';
import { stageBuild, whatMoved } from '../../src/staging/stage-build.ts';
import { readTree } from '../rig/planted.ts';
import { appIn } from '../rig/resolved-app.ts';
import { temporaryFolder, temporaryTree } from '../rig/temporary-tree.ts';

const FILES = {
  'ensure.yaml':
    'images:\n  app:\n    build:\n      directory: app\n      additional_contexts: { shared: { directory: shared, files: context }, alpine: "docker-image://alpine:3" }\n',
  'app/Dockerfile': 'FROM scratch\nCOPY . /\n',
  'app/.dockerignore': 'ignored\n',
  'app/ignored': 'ignored\n',
  'app/one': 'one\n',
  'app/sub/two': 'two\n',
  'shared/three': 'three\n',
};

/** Two texts of one length whose staged files have the same time. */
function sameMicrosecond(): [string, string] {
  const seen = new Map<number, string>();
  for (let number = 1_000_000; ; number += 1) {
    const digest = createHash('sha256').update(String(number)).digest('hex');
    const time = Number.parseInt(digest.slice(0, 12), 16) % 1_000_000;
    const other = seen.get(time);
    if (other !== undefined) return [other, String(number)];
    seen.set(time, String(number));
  }
}

async function staged(root: string, app: ResolvedImage, id = 'id'): Promise<Staging> {
  const staging = await stageBuild(root, id, app);
  if ('message' in staging) throw new Error(staging.message);
  return staging;
}

/** A project, its image `app`, and where it is staged. */
async function stageProject(files: Readonly<Record<string, string>> = FILES) {
  const folder = await temporaryTree(files);
  const root = join(await temporaryFolder(), 'staging');
  const app = await appIn(folder);
  return { folder, root, app, staging: await staged(root, app) };
}

const names = async (folder: string) => [...(await readTree(folder)).keys()].sort();

describe('a staged build', () => {
  it('sees exactly the files that were hashed', async () => {
    const { app, staging } = await stageProject();
    const { context } = staging.staged;
    const found = await readTree(context);
    expect(Object.fromEntries([...found].map(([path, { entry }]) => [path, entry]))).toEqual(
      JSON.parse(app.build?.files.list.document ?? ''),
    );
    expect(await names(context)).toEqual(['.dockerignore', 'Dockerfile', 'one', 'sub/two']);
  });

  it('has a folder for each additional context that is one', async () => {
    const { staging } = await stageProject();
    const shared = staging.staged.additionalContexts.get('shared') ?? '';
    expect(await names(shared)).toEqual(['three']);
    expect(staging.staged.additionalContexts.has('alpine')).toBe(false);
  });

  it('has its Dockerfile, as it is, outside of the context, with an ignore file of its own', async () => {
    const { staging } = await stageProject();
    const { dockerfile, context } = staging.staged;
    expect(dockerfile.startsWith(`${context}/`)).toBe(false);
    expect(await readFile(dockerfile, 'utf8')).toBe(FILES['app/Dockerfile']);
    expect(await readFile(`${dockerfile}.dockerignore`, 'utf8')).toBe('');
  });

  it('has it under a name that no other image has, so that docker’s messages tell whose it is', async () => {
    const { root, app, staging } = await stageProject();
    const other = await staged(root, app, 'other');
    const names = [staging, other].map(({ staged: { dockerfile } }) => basename(dockerfile));
    expect(names[0]).toMatch(/^[0-9a-f]{16}\.Dockerfile$/);
    expect(names[1]).not.toBe(names[0]);
  });

  it('has a file for docker to write to, which is not there yet', async () => {
    const { root, staging } = await stageProject();
    const { metadataFile, context } = staging.staged;
    expect(metadataFile.startsWith(root)).toBe(true);
    expect(metadataFile.startsWith(`${context}/`)).toBe(false);
    await expect(readFile(metadataFile)).rejects.toThrow('ENOENT');
    await writeFile(metadataFile, '{}');
  });

  it('lies in the same place the next time, with the same files', async () => {
    const { root, app, staging } = await stageProject();
    await writeFile(staging.staged.metadataFile, 'sha256:1');
    const look = () => lstat(join(staging.staged.context, 'one'), { bigint: true });
    const before = await look();
    await staging.release();
    const again = await staged(root, app);
    expect(again.staged).toEqual(staging.staged);
    const after = await look();
    expect([after.ino, after.ctimeNs]).toEqual([before.ino, before.ctimeNs]);
    await expect(readFile(again.staged.metadataFile)).rejects.toThrow('ENOENT');
    await again.release();
  });

  it('is brought up to date', async () => {
    const { folder, root, staging } = await stageProject();
    await staging.release();
    await writeFile(join(folder, 'app/one'), 'new\n');
    await writeFile(join(folder, 'app/more'), '');
    await rm(join(folder, 'app/sub'), { recursive: true });
    await writeFile(join(folder, 'shared/three'), '3\n');
    const again = await staged(root, await appIn(folder));
    expect(again.staged).toEqual(staging.staged);
    const { context, additionalContexts } = again.staged;
    expect(await names(context)).toEqual(['.dockerignore', 'Dockerfile', 'more', 'one']);
    expect(await readFile(join(context, 'one'), 'utf8')).toBe('new\n');
    expect(await readFile(join(additionalContexts.get('shared')!, 'three'), 'utf8')).toBe('3\n');
  });

  it.each([
    ['whose run was killed in the build', async () => undefined],
    [
      'whose index is lost',
      async (staging: Staging) => {
        await staging.release();
        await rm(join(dirname(staging.staged.context), 'index.json'));
      },
    ],
  ])('has a new base name after one %s', async (_, end) => {
    const { root, app, staging } = await stageProject();
    await end(staging);
    for (const name of await readdir(root)) {
      if (name.endsWith('.claim')) await rm(join(root, name));
    }
    const again = await staged(root, app);
    expect(dirname(again.staged.context)).toBe(dirname(staging.staged.context));
    expect(basename(again.staged.context)).not.toBe(basename(staging.staged.context));
    expect(existsSync(staging.staged.context)).toBe(false);
    await again.release();
  });

  it('has a new base name where docker could take a file for one that it was sent', async () => {
    const [one, two] = sameMicrosecond();
    const { folder, root, staging } = await stageProject({ ...FILES, 'app/one': one });
    const seen = [basename(staging.staged.context)];
    await staging.release();
    for (const text of ['between', two, one]) {
      await writeFile(join(folder, 'app/one'), text);
      await utimes(join(folder, 'app/one'), 1000, 1000);
      const again = await staged(root, await appIn(folder));
      seen.push(basename(again.staged.context));
      await again.release();
    }
    await utimes(join(folder, 'app/one'), 1000, 1000);
    expect(new Set(seen.slice(0, 3)).size).toBe(1);
    expect(seen[3]).not.toBe(seen[2]);
  });

  it('lies apart from the builds of other images', async () => {
    const { root, app, staging } = await stageProject();
    const other = await staged(root, app, 'other');
    expect(other.staged.context).not.toBe(staging.staged.context);
    await other.release();
    expect(await names(staging.staged.context)).toContain('one');
  });

  it('keeps the tree of the user as it is', async () => {
    const { folder, staging } = await stageProject();
    await staging.release();
    expect(await names(folder)).toEqual(Object.keys(FILES).sort());
    expect(await readFile(join(folder, 'app/.dockerignore'), 'utf8')).toBe('ignored\n');
  });
});

describe('what moved since it was hashed', () => {
  it('is nothing where nothing did', async () => {
    const { app } = await stageProject();
    expect(await whatMoved(app)).toBeNull();
  });

  it.each<[string, (folder: string) => Promise<unknown>, string]>([
    ['a file', (f) => writeFile(join(f, 'app/one'), 'changed\n'), 'one was changed'],
    ['a file that came', (f) => writeFile(join(f, 'app/sub/new'), ''), 'sub/new was added'],
    ['a file that went', (f) => rm(join(f, 'app/one')), 'one was removed'],
    [
      'the right to execute',
      (f) => chmod(join(f, 'app/one'), 0o755),
      'one was a file and is now an executable file',
    ],
    [
      'a link in the place of a file',
      async (f) => {
        await rm(join(f, 'app/one'));
        await symlink('sub/two', join(f, 'app/one'));
      },
      'one was a file and is now a symbolic link',
    ],
    [
      'the Dockerfile',
      (f) => writeFile(join(f, 'app/Dockerfile'), 'FROM scratch\n'),
      'Dockerfile was changed',
    ],
    ['the Dockerfile, gone', (f) => rm(join(f, 'app/Dockerfile')), 'Dockerfile was removed'],
    [
      'the ignore file',
      (f) => writeFile(join(f, 'app/.dockerignore'), ''),
      '.dockerignore was changed',
    ],
    [
      'a file of an additional context',
      (f) => writeFile(join(f, 'shared/three'), 'changed\n'),
      'three was changed',
    ],
  ])('is told: %s', async (_, move, told) => {
    const { folder, app } = await stageProject();
    await move(folder);
    expect(await whatMoved(app)).toBe(told);
  });

  it.each<[string, (folder: string) => Promise<unknown>]>([
    ['a file that the build does not see', (f) => writeFile(join(f, 'app/ignored'), 'changed\n')],
    ['a file beside the build directory', (f) => writeFile(join(f, 'README'), '')],
  ])('is not %s', async (_, move) => {
    const { folder, app } = await stageProject();
    await move(folder);
    expect(await whatMoved(app)).toBeNull();
  });

  it('is the folder, if that is gone', async () => {
    const { folder, app } = await stageProject({
      'ensure.yaml':
        'images:\n  app:\n    build: { directory: app, dockerfile_inline: FROM scratch }\n',
      'app/one': 'one\n',
    });
    await rm(join(folder, 'app'), { recursive: true });
    expect(await whatMoved(app)).toContain('app');
  });

  it('is told before the build begins', async () => {
    const folder = await temporaryTree(FILES);
    const root = join(await temporaryFolder(), 'staging');
    const app = await appIn(folder);
    await writeFile(join(folder, 'app/one'), 'changed\n');
    expect(await stageBuild(root, 'id', app)).toEqual({ moved: true, message: 'one was changed' });
  });
});

it('that cannot be laid out is told as such', async () => {
  const folder = await temporaryTree(FILES);
  const root = join(folder, 'ensure.yaml');
  const failure = await stageBuild(root, 'id', await appIn(folder));
  expect(failure).toMatchObject({ moved: false });
  expect('message' in failure && failure.message).toMatch(/EEXIST|ENOTDIR/);
});
