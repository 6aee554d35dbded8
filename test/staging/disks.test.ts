import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, statfsSync } from 'node:fs';
import { lstat, readFile, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copier } from '../../src/staging/copy.ts';
import { stageBuild } from '../../src/staging/stage-build.ts';
import { disks } from '../rig/file-systems.ts';
import { appIn } from '../rig/resolved-app.ts';
import { temporaryTree } from '../rig/temporary-tree.ts';

const DISKS = disks();

/** A project of one image on a disk, and where it is staged. */
async function projectOn(mounted: string) {
  const [folder, root] = [join(mounted, 'project'), join(mounted, 'cache', 'staging')];
  for (const made of [folder, join(mounted, 'cache')]) mkdirSync(made);
  const manifest = 'images: { app: { build: { files: { only: [file] } } } }\n';
  await writeFile(join(folder, 'ensure.yaml'), manifest);
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\n');
  return {
    file: join(folder, 'file'),
    async stage() {
      const staging = await stageBuild(root, 'id', await appIn(folder));
      if ('message' in staging) throw new Error(staging.message);
      await staging.release();
      return staging.staged.context;
    },
  };
}

describe.each(DISKS.filter(({ keepsModes }) => keepsModes))('on $name', ({ folder }) => {
  it('no two contents look alike to docker, however quickly one follows the other', async () => {
    const { file, stage } = await projectOn(folder());
    const sent = new Map<string, string>();
    const names = [];
    for (const text of ['one', 'two', 'six', 'one', 'one', 'two']) {
      await writeFile(file, text);
      await utimes(file, 1_000_000, 1_000_000);
      const context = await stage();
      const { size, mtimeNs } = await lstat(join(context, 'file'), { bigint: true });
      expect(await readFile(join(context, 'file'), 'utf8')).toBe(text);
      const look = `${basename(context)} ${size} ${mtimeNs}`;
      expect(sent.get(look) ?? text).toBe(text);
      sent.set(look, text);
      names.push(basename(context));
    }
    // What has not changed is not sent anew.
    expect(names[4]).toBe(names[3]);
  });
});

describe.each(DISKS.filter(({ shares }) => shares))('on $name', ({ folder }) => {
  it('a copy takes no room, and is one all the same', async () => {
    const mounted = folder();
    const { file, stage } = await projectOn(mounted);
    const content = randomBytes(8 * 1024 ** 2);
    await writeFile(file, content);
    const before = await lstat(file, { bigint: true });
    const free = () => {
      execFileSync('sync', ['-f', mounted]);
      return statfsSync(mounted).bavail * statfsSync(mounted).bsize;
    };
    const room = free();
    const staged = join(await stage(), 'file');
    expect(room - free()).toBeLessThan(content.length / 2);
    const { atimeMs, atimeNs, atime, ...after } = await lstat(file, { bigint: true });
    expect(before).toMatchObject(after);

    // A name that is taken is left alone, though the first try with it is a clone.
    const sha256 = createHash('sha256').update(content).digest('hex');
    const wanted = { sha256, mode: 0o644, second: 0 };
    expect(() => copier()(file, staged, wanted)).toThrow('EEXIST');
    expect(content.equals(await readFile(staged))).toBe(true);

    // Neither is the other.
    await writeFile(file, 'new');
    expect(content.equals(await readFile(staged))).toBe(true);
  });
});

describe.each(DISKS.filter(({ keepsModes }) => !keepsModes))('on $name', ({ folder }) => {
  it('nothing is staged: the image would have other modes than its hash says', async () => {
    const { file, stage } = await projectOn(folder());
    await writeFile(file, '');
    await expect(stage()).rejects.toThrow(
      /^the file system of the cache folder keeps no modes: 0[67][45][45] was set, and 0777 is there$/,
    );
  });
});

it('a mode that is not there after it was set is no mode of a staged file', async () => {
  const folder = await temporaryTree({ a: '' });
  const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  // No file system has room for the first bit.
  const wanted = { sha256, mode: 0o10644, second: 0 };
  const copy = () => copier()(join(folder, 'a'), join(folder, 'b'), wanted);
  expect(copy).toThrow(
    'the file system of the cache folder keeps no modes: 10644 was set, and 0644 is there',
  );
});
