import { describe, expect, it } from 'vitest';
import { firstMoved } from '../../src/files/recheck.ts';
import type { SelectedFile } from '../../src/model/file-list.ts';

const identity = { dev: 1, ino: 2, size: 3, mtimeMs: 4 };
const file = (path: string, changes: Partial<typeof identity> = {}): SelectedFile => ({
  path,
  kind: 'f',
  mode: 0o644,
  identity: { ...identity, ...changes },
});
const link = (path: string, target: string): SelectedFile => ({
  path,
  kind: 'l',
  target,
  mode: 0o777,
  identity,
});

describe('files that moved', () => {
  it.each<readonly [readonly SelectedFile[], readonly SelectedFile[], string | null]>([
    [[], [], null],
    [[file('a'), link('b', 't')], [file('a'), link('b', 't')], null],
    [[file('a'), file('b')], [file('b')], 'a was removed'],
    [[file('a'), file('b')], [file('a')], 'b was removed'],
    [[file('a')], [file('a'), file('b')], 'b was added'],
    [[], [file('a')], 'a was added'],
    [[file('a')], [], 'a was removed'],
    [[file('a')], [file('a', { size: 9 })], 'a was changed'],
    [[file('a')], [file('a', { ino: 9 })], 'a was changed'],
    [[file('a')], [file('a', { mtimeMs: 9 })], 'a was changed'],
    [[link('a', 't')], [link('a', 'u')], 'a was changed'],
    [[file('a')], [link('a', 't')], 'a was a file and is now a symbolic link'],
    [[file('b'), file('c')], [file('a'), file('c')], 'a was added'],
    [[file('new\nline')], [], 'new\\u{a}line was removed'],
  ])('%#: %j', (before, after, expected) => expect(firstMoved(before, after)).toBe(expected));
});
