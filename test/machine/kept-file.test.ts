import { chmodSync, existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { keptFile } from '../../src/machine/kept-file.ts';
import { temporaryFolder } from '../rig/temporary-tree.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const textOf = (read: Uint8Array | null) => read && Buffer.from(read).toString();

it('a kept file is private, whole, and the last one that was written', async () => {
  const folder = join(await temporaryFolder(), 'not/there/yet');
  const file = keptFile(join(folder, 'one'), 100);
  expect(file.read()).toBe(null);
  file.write(bytes('first'));
  file.write(bytes('second'));
  expect(textOf(file.read())).toBe('second');
  expect(readdirSync(folder)).toEqual(['one']);
  expect(statSync(join(folder, 'one')).mode & 0o777).toBe(0o600);
});

it('a kept file that others could have written is not read', async () => {
  const path = join(await temporaryFolder(), 'one');
  const file = keptFile(path, 100);
  file.write(bytes('mine'));
  chmodSync(path, 0o620);
  expect(file.read()).toBe(null);
});

it('the oldest kept files go where there are too many bytes', async () => {
  const folder = await temporaryFolder();
  for (const [at, name] of ['old', 'newer'].entries()) {
    keptFile(join(folder, name), 100).write(bytes('x'.repeat(40)));
    utimesSync(join(folder, name), at + 1, at + 1);
  }
  keptFile(join(folder, 'newest'), 100).write(bytes('x'.repeat(40)));
  expect(readdirSync(folder).sort()).toEqual(['newer', 'newest']);
});

it('a folder that cannot be made keeps nothing', () => {
  const file = keptFile('/proc/docker-ensure/hashes/one', 100);
  file.write(bytes('lost'));
  expect(file.read()).toBe(null);
  expect(existsSync('/proc/docker-ensure')).toBe(false);
});
