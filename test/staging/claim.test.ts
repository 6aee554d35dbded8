import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { holderName, isAlive } from '../../src/machine/process-identity.ts';
import { boundStaging, claimStaging, sweepStaging } from '../../src/staging/claim.ts';
import { temporaryFolder } from '../rig/temporary-tree.ts';

/** The name of a process of this machine that is gone. */
async function gone(): Promise<string> {
  const { pid } = spawnSync('true');
  const [machine] = (await holderName()).split('-');
  return `${machine}-${pid}-1`;
}

const elsewhere = '00000000-1-1';

describe('a claim', () => {
  it('is for the same folder every time, another for another image', async () => {
    const root = await temporaryFolder();
    const first = await claimStaging(root, 'app');
    await first.release(null);
    const again = await claimStaging(root, 'app');
    const other = await claimStaging(root, 'other/app');
    expect(again.folder).toBe(first.folder);
    expect(other.folder).not.toBe(first.folder);
    expect(await readdir(again.folder)).toEqual([]);
  });

  it('leaves nothing behind once it is released', async () => {
    const root = join(await temporaryFolder(), 'not', 'there', 'yet');
    const claims = [await claimStaging(root, 'app'), await claimStaging(root, 'app')];
    for (const { folder } of claims) await writeFile(join(folder, 'file'), '');
    for (const claim of claims) await claim.release(null);
    expect(await readdir(root)).toEqual([]);
  });

  it('on a folder that is claimed gets one of its own', async () => {
    const root = await temporaryFolder();
    const claims = await Promise.all(Array.from({ length: 5 }, () => claimStaging(root, 'app')));
    expect(new Set(claims.map(({ folder }) => folder)).size).toBe(5);
    await Promise.all(claims.map(({ release }) => release(null)));
    const { folder } = await claimStaging(root, 'app');
    expect(folder).not.toContain('.');
  });

  it.each([
    ['process', holderOfParent],
    ['machine', () => elsewhere],
  ])('on a folder that another living %s has gets one of its own', async (_, nameOf) => {
    const root = await temporaryFolder();
    const { folder, release } = await claimStaging(root, 'app');
    await release(null);
    const rival = `${basename(folder)}.${await nameOf()}.claim`;
    await writeFile(join(root, rival), '');
    const claim = await claimStaging(root, 'app');
    expect(claim.folder).not.toBe(folder);
    await claim.release(null);
    expect(await readdir(root)).toEqual([rival]);
  });
});

/** The name of a process that is neither this one nor gone. */
async function holderOfParent(): Promise<string> {
  const stat = await readFile(`/proc/${process.ppid}/stat`, 'utf8');
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const [machine] = (await holderName()).split('-');
  return `${machine}-${process.ppid}-${start}`;
}

describe('what a claim leaves', () => {
  const names = async (root: string) => (await readdir(root)).sort();

  it('is there for the next one, if it is to be kept', async () => {
    const root = await temporaryFolder();
    const { folder, release } = await claimStaging(root, 'app');
    await writeFile(join(folder, 'file'), '');
    await release(4);
    const again = await claimStaging(root, 'app');
    expect(again.folder).toBe(folder);
    expect(await names(folder)).toEqual(['file', 'size']);
  });

  it('goes where it is too old, or where all of it is too much: what was used last stays', async () => {
    const root = await temporaryFolder();
    const kept = { days: 10, bytes: 100 };
    const ages = { old: 11, big: 3, small: 2, new: 1 };
    const folders = new Map<string, string>();
    const bytes = { old: 1, big: 90, small: 20, new: 30 };
    for (const [name, days] of Object.entries(ages)) {
      const { folder, id, release } = await claimStaging(root, name);
      await release(bytes[name as keyof typeof bytes]);
      const time = Date.now() / 1000 - days * 24 * 60 * 60;
      await utimes(join(folder, 'size'), time, time);
      folders.set(name, id);
    }
    const last = await claimStaging(root, 'last');
    await last.release(50);
    await boundStaging(root, kept);
    const left = [...folders].filter(([, id]) => existsSync(join(root, id)));
    expect(left.map(([name]) => name)).toEqual(['small', 'new']);
    expect((await readdir(root)).length).toBe(3);
  });

  it('stays where somebody else has it, however old it is', async () => {
    const root = await temporaryFolder();
    const kept = { days: 0, bytes: 0 };
    const held = await claimStaging(root, 'held');
    await (await claimStaging(root, 'app')).release(1);
    await boundStaging(root, kept);
    expect(existsSync(held.folder)).toBe(true);
    expect((await readdir(root)).filter((name) => !name.includes('.'))).toEqual([held.id]);
  });
});

describe('what a crash has left', () => {
  it('is claimed no more, and gone where no other can use it, whichever image it was of', async () => {
    const root = await temporaryFolder();
    const { folder, release } = await claimStaging(root, 'app');
    await release(null);
    const dead = await gone();
    await mkdir(join(folder, 'context'), { recursive: true });
    await writeFile(join(folder, 'context', 'file'), '');
    await writeFile(`${folder}.${dead}.claim`, '');
    await mkdir(`${folder}.${dead}.x1Y2z3`);
    await writeFile(join(`${folder}.${dead}.x1Y2z3`, 'file'), '');
    await sweepStaging(root);
    expect(await readdir(root)).toEqual([basename(folder)]);
  });

  it('does not keep anybody from the folder', async () => {
    const root = await temporaryFolder();
    const { folder, release } = await claimStaging(root, 'app');
    await release(null);
    await writeFile(`${folder}.${await gone()}.claim`, '');
    expect((await claimStaging(root, 'app')).folder).toBe(folder);
  });

  it('is told from what is not ours', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, 'notes'), '');
    await writeFile(join(root, '.hidden'), '');
    await (await claimStaging(root, 'app')).release(null);
    await sweepStaging(root);
    expect((await readdir(root)).sort()).toEqual(['.hidden', 'notes']);
  });
});

describe('a process', () => {
  it('is alive by its own name, and not by that of one before it', async () => {
    const name = await holderName();
    const [machine, pid] = name.split('-');
    expect(await isAlive(name, '/')).toBe(true);
    expect(await isAlive(`${machine}-${pid}-1`, '/')).toBe(false);
    expect(await isAlive(await gone(), '/')).toBe(false);
  });

  it('of another machine is taken for alive for a day', async () => {
    const file = join(await temporaryFolder(), 'claim');
    await writeFile(file, '');
    expect(await isAlive(elsewhere, file)).toBe(true);
    const yesterday = Date.now() / 1000 - 25 * 60 * 60;
    await utimes(file, yesterday, yesterday);
    expect(await isAlive(elsewhere, file)).toBe(false);
    expect(await isAlive(elsewhere, `${file}-that-is-gone`)).toBe(false);
  });
});
