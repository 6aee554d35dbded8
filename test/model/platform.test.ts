import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { machinePlatform, normalizePlatform } from '../../src/model/platform.ts';

/** https://github.com/containerd/platforms, platforms_test.go, where it does not depend on the machine. */
const SPELLINGS: readonly (readonly [string, string])[] = [
  ['linux/amd64', 'linux/amd64'],
  ['linux/x86_64', 'linux/amd64'],
  ['linux/x86-64', 'linux/amd64'],
  ['Linux/x86_64', 'linux/amd64'],
  ['LINUX/AMD64', 'linux/amd64'],
  ['linux/amd64/v1', 'linux/amd64'],
  ['linux/amd64/v2', 'linux/amd64/v2'],
  ['linux/amd64/v3', 'linux/amd64/v3'],
  ['linux/i386', 'linux/386'],
  ['linux/i686', 'linux/386'],
  ['linux/386', 'linux/386'],
  ['linux/arm64', 'linux/arm64'],
  ['linux/aarch64', 'linux/arm64'],
  ['linux/arm64/v8', 'linux/arm64'],
  ['linux/arm64/8', 'linux/arm64'],
  ['linux/arm64/v9', 'linux/arm64/v9'],
  ['linux/arm', 'linux/arm/v7'],
  ['linux/arm/v7', 'linux/arm/v7'],
  ['linux/arm/7', 'linux/arm/v7'],
  ['linux/arm/v6', 'linux/arm/v6'],
  ['linux/arm/6', 'linux/arm/v6'],
  ['linux/arm/v5', 'linux/arm/v5'],
  ['linux/armhf', 'linux/arm/v7'],
  ['linux/armel', 'linux/arm/v6'],
  ['linux/s390x', 'linux/s390x'],
  ['linux/ppc64le', 'linux/ppc64le'],
  ['linux/ppc64el', 'linux/ppc64le'],
  ['linux/riscv64', 'linux/riscv64'],
  ['linux/mips64le', 'linux/mips64le'],
  ['windows/amd64', 'windows/amd64'],
  ['macos/arm64', 'darwin/arm64'],
  // A word alone is an architecture.
  ['amd64', 'linux/amd64'],
  ['x86_64', 'linux/amd64'],
  ['arm64', 'linux/arm64'],
  ['aarch64', 'linux/arm64'],
  ['arm', 'linux/arm/v7'],
  ['armhf', 'linux/arm/v7'],
  ['s390x', 'linux/s390x'],
  [' linux/amd64 ', 'linux/amd64'],
];

describe('a platform', () => {
  it.each(SPELLINGS)('%j is %s', (text, platform) => {
    expect(normalizePlatform(text)).toBe(platform);
  });

  it.each([
    '',
    ' ',
    '/',
    'linux/',
    '/amd64',
    'linux//v8',
    'linux/arm/v7/x',
    'linux',
    'windows',
    'darwin',
    'local',
    'solaris',
    'linux/amd 64',
    'linux/amd64,linux/arm64',
    'linux/*',
    '-linux/amd64',
    'linux/ämd64',
  ])('%j is none', (text) => {
    expect(normalizePlatform(text)).toBeNull();
  });

  it.each([
    ['linux', 'linux/arm64'],
    ['Linux', 'linux/arm64'],
    ['local', 'linux/arm64'],
    ['windows', 'windows/arm64'],
    ['macos', 'darwin/arm64'],
    ['amd64', 'linux/amd64'],
    ['linux/amd64', 'linux/amd64'],
  ])('%j is, on a machine with arm64, %s', (text, platform) => {
    expect(normalizePlatform(text, 'linux/arm64')).toBe(platform);
  });

  it('with a variant that a machine has, has it', () => {
    expect(normalizePlatform('linux', 'linux/arm/v7')).toBe('linux/arm/v7');
  });

  it('is itself once it is normalised', () => {
    const part = fc.constantFrom(
      'linux',
      'windows',
      'amd64',
      'x86_64',
      'arm',
      'arm64',
      'armhf',
      'v7',
      'v8',
      '8',
      'v1',
      '386',
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), (parts) => {
        const platform = normalizePlatform(parts.join('/'));
        if (platform !== null) expect(normalizePlatform(platform)).toBe(platform);
      }),
    );
  });
});

describe("a machine's own platform", () => {
  it.each([
    ['x64', 'linux/amd64'],
    ['arm64', 'linux/arm64'],
    ['arm', 'linux/arm/v7'],
    ['ia32', 'linux/386'],
    ['s390x', 'linux/s390x'],
    ['riscv64', 'linux/riscv64'],
    ['loong64', 'linux/loong64'],
  ])('is, where Node calls it %s, %s', (architecture, platform) => {
    expect(machinePlatform(architecture)).toBe(platform);
  });

  it('is as others spell it', () => {
    for (const architecture of ['x64', 'arm64', 'arm', 'ia32', 's390x']) {
      const platform = machinePlatform(architecture);
      expect(normalizePlatform(platform)).toBe(platform);
    }
  });
});
