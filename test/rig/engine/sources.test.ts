import { expect, test } from 'vitest';
import { sourcesFor } from './sources.ts';

const deb822 = `# A comment
Types: deb
# Another
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/archive.gpg

Types: deb
URIs: http://mirror.test/security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----
`;

const rewrite = (name: string, text: string) =>
  sourcesFor([{ path: `/sources/${name}`, text }], 'bookworm', 'trixie');

test('suites are renamed, and everything else stays as the machine has it', () => {
  expect(rewrite('debian.sources', deb822)).toBe(`types: deb
uris: http://mirror.test/debian
suites: trixie trixie-updates
components: main
signed-by: /usr/share/keyrings/archive.gpg

types: deb
uris: http://mirror.test/security
suites: trixie-security
components: main
signed-by: -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----
`);
});

test('the one-line form becomes the other, options included', () => {
  const text = `deb [arch=amd64,arm64 signed-by=/a.gpg] http://mirror.test/debian bookworm main # x
# deb http://mirror.test/debian bookworm-updates main
deb-src http://mirror.test/debian bookworm main
`;
  expect(rewrite('sources.list', text)).toBe(`types: deb
uris: http://mirror.test/debian
suites: trixie
components: main
architectures: amd64 arm64
signed-by: /a.gpg
`);
});

test.each([
  ['a vendor has a suite of its own', 'deb http://vendor.test bookworm-vendor main'],
  ['a vendor has components of its own', 'deb http://vendor.test bookworm stable'],
  ['another release', 'deb http://mirror.test/debian bullseye main'],
])('left out: %s', (_why, line) => {
  expect(rewrite('vendor.list', `${line}\n`)).toBe('');
});

test('a disabled entry is left out', () => {
  expect(rewrite('off.sources', `Enabled: no\n${deb822.split('\n\n')[0]}\n`)).toBe('');
});
