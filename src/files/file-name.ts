/** A file name or path for people: what would not show, or is not UTF-8, is written as an escape. */
export function displayPath(name: string | Buffer): string {
  const text = typeof name === 'string' ? name : decode(name);
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
    return `\\u{${code.toString(16)}}`;
  });
}

/** The text of bytes that should be UTF-8. Each byte that is not becomes a lone surrogate. */
export function decode(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!text.includes('\uFFFD') || Buffer.from(text, 'utf8').equals(bytes)) return text;
  return [...bytes].map((byte) => String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte)).join('');
}

/** True for what `decode` made of bytes that were UTF-8. */
export function isDecoded(text: string): boolean {
  return text.isWellFormed();
}
