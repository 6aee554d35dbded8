import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, displayPath, isDecoded } from '../../src/files/file-name.ts';

describe('a name of bytes', () => {
  it('is the text that it encodes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const name = decode(Buffer.from(text));
        expect(name).toBe(text);
        expect(isDecoded(name)).toBe(true);
      }),
    );
    expect(isDecoded(decode(Buffer.from('\uFFFD')))).toBe(true);
  });

  it('that is not UTF-8 is told from every other', () => {
    const names = [[0xe9], [0xe8], [0x61, 0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc3, 0xa9, 0xff]];
    const decoded = names.map((bytes) => decode(Buffer.from(bytes)));
    expect(decoded.map(isDecoded)).toEqual(names.map(() => false));
    expect(new Set(decoded).size).toBe(names.length);
  });
});

describe('a displayPath name', () => {
  it.each([
    ['a b/é😀', 'a b/é😀'],
    ['a\nb', 'a\\u{a}b'],
    ['\u0007\u200b', '\\u{7}\\u{200b}'],
    ['\u202e', '\\u{202e}'],
    ['\u2028', '\\u{2028}'],
  ])('%j is %s', (name, text) => expect(displayPath(name)).toBe(text));

  it('has its bytes where it is not UTF-8', () => {
    expect(displayPath(Buffer.from([0x61, 0xe9, 0x62]))).toBe('a\\xe9b');
  });
});
