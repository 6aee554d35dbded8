import { describe, expect, test } from 'vitest';
import { readDockerfile } from '../../src/dockerfile/read.ts';

function base(
  text: string,
  args: Record<string, string> = {},
  platforms: readonly string[] = ['linux/arm/v7'],
) {
  const source = { path: 'D', text };
  return readDockerfile(source, new Map(Object.entries(args)), platforms).stages[0]?.base;
}

/** As BuildKit 0.13 expands it (in Engine 26), and what newer versions agree on. */
describe('a FROM knows', () => {
  test.each([
    ['FROM $TARGETPLATFORM-$TARGETOS-$TARGETARCH-$TARGETVARIANT\n', 'linux/arm/v7-linux-arm-v7'],
    ['FROM a-${TARGETARCH:-x}\n', 'a-arm'],
    ['ARG A=a-${TARGETARCH}\nFROM $A\n', 'a-arm'],
    // Only docker knows these, or only some of its versions do.
    ['FROM a-$BUILDPLATFORM\n', null],
    ['FROM a-${BUILDARCH:-x}\n', null],
    ['FROM a-${TARGETSTAGE-x}\n', null],
    ['FROM a-${TARGETOSVERSION:-x}\n', null],
    // Not set before the first FROM.
    ['FROM a${HTTP_PROXY}\n', 'a'],
    ['FROM a${HTTP_PROXY:-b}\n', 'ab'],
    ['ARG A=x$A\nFROM $A\n', 'x'],
    ['ARG A=x\nARG B=${A}y A=z\nFROM $A$B\n', 'zxy'],
    // Without a value: empty once, unset today.
    ['ARG S\nFROM a$S\n', 'a'],
    ['ARG S\nFROM a${S:-b}\n', 'ab'],
    ['ARG S\nFROM a${S:+b}\n', 'a'],
    ['ARG S\nFROM a${S-b}\n', null],
    ['ARG S\nFROM a${S+b}\n', null],
    ['ARG S\nARG S\nFROM a$S\n', 'a'],
    ['ARG S=b\nARG S\nFROM a$S\n', null],
    ['ARG TARGETARCH\nFROM a-$TARGETARCH\n', null],
    ['ARG TARGETARCH=x\nFROM a-$TARGETARCH\n', 'a-x'],
  ])('%j: %j', (text, expected) => {
    expect(base(text)).toBe(expected);
  });

  test("what it is given for docker's own", () => {
    expect(base('FROM a-$TARGETARCH\n', { TARGETARCH: 'x' })).toBe('a-x');
    expect(base('ARG BUILDARCH\nFROM a-$BUILDARCH\n', { BUILDARCH: 'x' })).toBe('a-x');
    expect(base('ARG TARGETARCH=x\nFROM a-$TARGETARCH\n', { TARGETARCH: 'y' })).toBe('a-y');
  });

  test('no variant where the platform has none', () => {
    expect(base('FROM a${TARGETVARIANT-x}\n', {}, ['linux/arm64'])).toBe('a');
  });

  test('nothing of platforms where several, or none, are built for', () => {
    expect(base('FROM a-$TARGETOS\n', {}, ['linux/amd64', 'linux/arm64'])).toBeNull();
    expect(base('FROM a-$TARGETOS\n', {}, [])).toBeNull();
  });
});
