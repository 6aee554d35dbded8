import { describe, expect, test } from 'vitest';
import { registryReferencesOf } from '../../src/model/naming.ts';
import { complaints, readImage } from './reading.ts';

const REGISTRIES = 'registries: { team: { server: reg.example:5000 }, hub: {} }';
const mistakesIn = (keys: string) => complaints(`${REGISTRIES}\nimages:\n  app: { ${keys} }\n`);
const name =
  'a name is lower-case letters, digits, and single dots, dashes or underscores between them';

describe('a name', () => {
  test.each(['team/app', 'a/b.c-d_e/f__g', 'ghcr.io/team/app', 'localhost:5000/app', 'a--b'])(
    '%s',
    (text) => {
      expect(mistakesIn(`name: ${text}`)).toEqual([]);
    },
  );

  test.each([
    ['App', '3:16 `App` is not a repository name: it must be lower-case (write `app`)'],
    [
      'reg.example/Team/App',
      '3:16 `reg.example/Team/App` is not a repository name: it must be lower-case (write `reg.example/team/app`)',
    ],
    ['App_', `3:16 \`App_\` is not a repository name (${name})`],
    ['-a', `3:16 \`-a\` is not a repository name (${name})`],
    ['a___b', `3:16 \`a___b\` is not a repository name (${name})`],
    ['a b', '3:16 `a b` is not a repository name (a name has no blanks)'],
    [
      'a//b',
      '3:16 `a//b` is not a repository name (single slashes stand between the parts of a name, and nowhere else)',
    ],
    [
      '/a',
      '3:16 `/a` is not a repository name (single slashes stand between the parts of a name, and nowhere else)',
    ],
    ['a..b', `3:16 \`a..b\` is not a repository name (${name})`],
    [
      'a/',
      '3:16 `a/` is not a repository name (single slashes stand between the parts of a name, and nowhere else)',
    ],
    ['app:1.4', '3:16 `app:1.4` is not a repository name (the tag is a key of its own: `version`)'],
    [
      'app@sha256:0',
      '3:16 `app@sha256:0` is not a repository name (a digest cannot be named here)',
    ],
    [
      'https://reg.example/app',
      '3:16 `https://reg.example/app` is not a repository name (write it without `https://`)',
    ],
  ])('%s', (text, message) => {
    expect(mistakesIn(`name: "${text}"`)).toEqual([message]);
  });

  test('of an image whose key cannot be one', () => {
    expect(complaints('images: { App: { build: {} } }')).toEqual([
      '1:11 `App` is not a repository name: it must be lower-case (give the image a `name`: `app`)',
    ]);
    expect(complaints('images: { App: { name: app } }')).toEqual([]);
  });

  test('is lower-case behind its server too', () => {
    expect(mistakesIn('registry: team, name: Owner/app')).toEqual([
      '3:32 `Owner/app` is not a repository name: it must be lower-case (write `owner/app`)',
    ]);
  });

  test('is 255 characters at most, the server included', () => {
    expect(mistakesIn(`name: ${'a'.repeat(237)}`)).toEqual([]);
    expect(mistakesIn(`name: ${'a'.repeat(250)}`)[0]).toMatch(
      / is not a repository name \(a repository name, its server included, has 255 characters at most\)$/,
    );
    expect(mistakesIn(`registry: team, name: t/${'a'.repeat(240)}`)[0]).toMatch(
      /^3:32 `reg\.example:5000\/t\/a+` is not a reference that docker takes \(a repository name, its server included, has 255 characters at most\)$/,
    );
  });
});

describe('a version', () => {
  test.each(['1.4', 'v1_2-rc.1', '"007"', 'A', `"${'a'.repeat(128)}"`])('%s', (text) => {
    expect(mistakesIn(`version: ${text}`)).toEqual([]);
  });

  const rule =
    'a tag is up to 128 letters, digits, dots, dashes and underscores, not beginning with a dot or dash';
  test('is 128 characters at most', () => {
    expect(mistakesIn(`version: ${'a'.repeat(129)}`)).toEqual([
      `3:19 \`${'a'.repeat(129)}\` is not a tag (it has 129 characters; docker takes 128)`,
    ]);
  });

  test.each(['1:4', 'a b', '-a', '.a', 'ü', 'a/b'])('%s', (text) => {
    expect(mistakesIn(`version: "${text}"`)).toEqual([`3:19 \`${text}\` is not a tag (${rule})`]);
  });

  test('leaves room for the hash', () => {
    const keys = (length: number) => `version: ${'a'.repeat(length)}, with_hash: true, build: {}`;
    expect(mistakesIn(keys(111))).toEqual([]);
    expect(mistakesIn(keys(112))).toEqual([
      '3:19 with the hash the tag has 129 characters; docker takes 128 (shorten `version` or `hash_len`)',
    ]);
  });
});

describe('a registry', () => {
  test('that does not exist', () => {
    expect(mistakesIn('registry: taem')).toEqual([
      '3:20 no registry is called `taem` (did you mean `team`?)',
    ]);
  });

  test.each([
    ['https://reg.example', 'write `reg.example`, without `https://` and slashes'],
    ['reg.example/team', 'a server has no path: put that into the `name` of each image'],
    ['https://reg.example/', 'write `reg.example`, without `https://` and slashes'],
    ['reg.example/', 'write `reg.example`, without `https://` and slashes'],
    ['https://reg.example/v2/', 'a server has no path: put that into the `name` of each image'],
    ['Reg.Example:5000', 'write it in lower case: `reg.example:5000`'],
    ['reg example', 'write `host` or `host:port`'],
    ['myregistry', 'docker takes a lone word for an account on Docker Hub: add a domain or a port'],
  ])('whose server is none: %s', (server, advice) => {
    expect(complaints(`registries: { r: { server: ${server} } }\nimages: { a: }`)).toEqual([
      `1:28 \`${server}\` is not a registry server (${advice})`,
    ]);
  });

  test.each([
    ['robot:s3cret@reg.example', '***@reg.example'],
    ['https://robot:s3cret@docker.io/v2/', 'https://***@docker.io/v2/'],
    ['robot:s3@cret@reg.example', '***@reg.example'],
  ])('whose server has a login in it, which nobody is shown: %s', (server, shown) => {
    expect(
      complaints('registries: { r: { server: "${S}" } }\nimages: { a: }', { S: server }),
    ).toEqual([
      `1:28 \`${shown}\` is not a registry server (a name and a password are keys of their own: \`username\` and \`password\`)`,
    ]);
  });

  test.each(['localhost', 'reg.example', 'reg:5000', '10.0.0.1:80', '"[::1]:5000"'])(
    'whose server is one: %s',
    (server) => {
      expect(
        complaints(`registries: { r: { server: ${server} } }\nimages: { a: { registry: r } }`),
      ).toEqual([]);
    },
  );
});

describe('Docker Hub', () => {
  test.each([
    'docker.io',
    'Docker.io',
    'index.docker.io',
    'registry-1.docker.io',
    'index.docker.io:443',
    'docker.io/',
    'https://docker.io',
    'https://index.docker.io/v1/',
    'HTTPS://INDEX.DOCKER.IO/V1/',
    'http://registry-1.docker.io/v2/',
    '~',
  ])('is one registry, with one name for its images: %s', (server) => {
    const text = `registries: { hub: { server: "${server}" } }
images: { a: { name: team/app, version: 1, registry: hub } }`.replace('"~"', '~');
    const image = readImage('a', text);
    expect(image.homes.map(({ registry }) => registry.server)).toEqual([null]);
    expect(registryReferencesOf(image, null)).toEqual(['team/app:1']);
  });

  test.each([
    'docker.io/team',
    'https://index.docker.io/v1/team',
    'hub.docker.com',
    'https://hub.docker.com/',
  ])('has no path, and no other address: %s', (server) => {
    expect(complaints(`registries: { r: { server: "${server}" } }\nimages: { a: }`)).toEqual([
      `1:28 \`${server}\` is not a registry server (for Docker Hub leave \`server\` out, and put the account into the \`name\` of each image)`,
    ]);
  });

  test('is to docker not what else it answers to', () => {
    const server = 'registry.hub.docker.com';
    const text = `registries: { r: { server: ${server} } }\nimages: { a: { registry: r } }`;
    expect(registryReferencesOf(readImage('a', text), null)).toEqual([`${server}/a`]);
  });
});

describe('two registries', () => {
  const two = (one: string, other: string) =>
    complaints(`registries:\n  a: { ${one} }\n  b: { ${other} }\nimages: { x: }`);

  test.each([
    [
      'server: r.test, username: ann, password: one',
      'server: r.test, username: bob, password: two',
    ],
    [
      'server: r.test, username: ann, password: one',
      'server: r.test, username: ann, password: two',
    ],
    [
      'server: r.test, username: ann, password: one',
      'server: r.test, username: ann, password_command: [pass]',
    ],
  ])('cannot have two logins to one server: %s | %s', (one, other) => {
    expect(two(one, other)).toEqual([
      '3:3 `b` has other credentials than `a`, for the same server r.test (docker keeps one login for a server: use one registry for both, or the same credentials)',
    ]);
  });

  test('cannot for Docker Hub, in whatever spelling', () => {
    expect(
      two('username: ann, password: one', 'server: index.docker.io, username: bob, password: two'),
    ).toEqual([
      '3:3 `b` has other credentials than `a`, for the same server docker.io (docker keeps one login for a server: use one registry for both, or the same credentials)',
    ]);
  });

  test.each([
    [
      'server: r.test, username: ann, password: one',
      'server: r.test, username: ann, password: one',
    ],
    ['server: r.test, username: ann, password: one', 'server: r.test'],
    [
      'server: r.test, username: ann, password: one',
      'server: s.test, username: bob, password: two',
    ],
    [
      'server: r.test, username: ann, password: one',
      'server: "r.test:443", username: b, password: t',
    ],
    [
      'server: r.test, username: ann, password: "${UNSET}"',
      'server: r.test, username: ann, password: x',
    ],
  ])('may be for one server: %s | %s', (one, other) => {
    expect(two(one, other)).toEqual([]);
  });
});

describe('the server in a name', () => {
  test('belongs there if prepend_server is false', () => {
    expect(mistakesIn('registry: team, prepend_server: false, name: reg.example:5000/app')).toEqual(
      [],
    );
    expect(mistakesIn('registry: team, prepend_server: false, name: team/app')).toEqual([
      '3:55 `team/app` is on docker.io, but the registry `team` is reg.example:5000 (begin the name with `reg.example:5000/`, or write `prepend_server: true`)',
    ]);
  });

  test('is not put there twice', () => {
    expect(mistakesIn('registry: team, name: reg.example:5000/app')).toEqual([
      '3:32 `name` begins with reg.example:5000, which is put before it once more (write `prepend_server: false`, or the name without the server)',
    ]);
  });

  test('is not another one than Docker Hub’s, if that is the registry', () => {
    expect(mistakesIn('registry: hub, name: team/app')).toEqual([]);
    expect(mistakesIn('registry: hub, name: ghcr.io/team/app')).toEqual([
      '3:31 `ghcr.io/team/app` is on ghcr.io, but the registry `hub` is docker.io (name a registry whose server is ghcr.io)',
    ]);
  });
});
