import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createOutput } from '../../src/machine/output.ts';
import { temporaryFolder } from '../rig/temporary-tree.ts';

it('writes at once, one text after the other', async () => {
  const file = join(await temporaryFolder(), 'out');
  const descriptor = openSync(file, 'w');
  const failed: unknown[] = [];
  const output = createOutput(descriptor, neverAsked, (error) => failed.push(error));
  output.write('one\n');
  output.write('zwei: ü\n');
  expect(readFileSync(file, 'utf8')).toBe('one\nzwei: ü\n');
  closeSync(descriptor);
  output.write('three\n');
  expect(failed).toMatchObject([{ code: 'EBADF' }]);
});

it('hands the rest to the stream where a pipe that does not wait is full, and all that follows', async () => {
  const pipe = join(await temporaryFolder(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const descriptor = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  const handed: Buffer[] = [];
  const stream = () => ({
    write(chunk: string | Uint8Array) {
      handed.push(Buffer.from(chunk));
      return true;
    },
  });
  const output = createOutput(descriptor, stream, (error) => {
    throw error;
  });
  const text = 'ä'.repeat(300_000);
  output.write(text);
  output.write('end');
  const room = Buffer.alloc(1_000_000);
  const taken = readSync(descriptor, room);
  closeSync(descriptor);
  expect(taken).toBeGreaterThan(0);
  const all = Buffer.concat([room.subarray(0, taken), ...handed]);
  expect(all.toString('utf8')).toBe(`${text}end`);
});

function neverAsked(): never {
  throw new Error('the stream was asked for');
}
