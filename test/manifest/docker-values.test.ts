import { describe, expect, test } from 'vitest';
import { complaints, readBuild } from './reading.ts';

/** What is wrong with a line beneath `build`, which begins at 4:7. */
const mistakesIn = (line: string, variables = {}) =>
  complaints(`images:\n  app:\n    build:\n      ${line}\n`, variables);

describe('what docker takes is taken', () => {
  test.each([
    'extra_hosts: { a: 1.2.3.4, b: "::1", c: "[::1]", d: host-gateway, e: "::ffff:1.2.3.4", "f.g.": "[1.2.3.4]", h_i: 0.0.0.0 }',
    'extra_hosts: { a: "${images.base.ref}" }',
    'ulimits: { nofile: 1024, nproc: "1024:2048", core: 0, memlock: -1, stack: "5:-1", cpu: "-1:-1", rtprio: 9223372036854775807 }',
    ...['1', '0', '1k', '1kb', '1KiB', '1 g', '1.5m', '0.1', '64M', '12b', '1.0PiB'].map(
      (size) => `shm_size: ${size}`,
    ),
    'labels: { a: b=c, a.b/c: "", " d": " " }',
    ...['default', 'none', 'host', '""', '~'].map((network) => `network: ${network}`),
    ...['linux/amd64', 'amd64', 'x86_64', 'linux/arm64/v8', 'LINUX/AMD64', 'linux/riscv64'].map(
      (platform) => `platforms: [${platform}]`,
    ),
    ...['linux', 'local', 'Local', 'windows', 'macos'].map((name) => `platforms: [${name}]`),
    ...['default', 'a.b', '1a', 'a_b-c', 'desktop-linux'].map((builder) => `builder: ${builder}`),
    'additional_contexts: { a: ., b: ../x, c: "docker-image://busybox:1", d: https://x.test/y.git, e: "git@x.test:y/z", f: "target:g" }',
    'cache_to: [x.test/y, "x.test/y:1", type=inline, type=gha, "type=s3,bucket=b,region=r"]',
    'cache_from: [x, "x,y", "type=local,src=nowhere", "type=registry,ref=X", "type=LOCAL,src=y"]',
  ])('%s', (line) => {
    const text = `images:\n  app:\n    build:\n      ${line}\n  base: {}\n`;
    expect(complaints(text)).toEqual([]);
  });
});

describe('what docker refuses is a mistake', () => {
  const address = '(write one such as `10.0.0.7` or `fd00::7`, or `host-gateway` for the host)';
  const host = '(write a name such as `mirror.example.com`)';
  test.each([
    ['extra_hosts: { a: 1.2.3 }', `4:25 \`1.2.3\` is no IP address ${address}`],
    ['extra_hosts: { a: 01.2.3.4 }', `4:25 \`01.2.3.4\` is no IP address ${address}`],
    ['extra_hosts: { a: x.test }', `4:25 \`x.test\` is no IP address ${address}`],
    ['extra_hosts: { a: "" }', `4:25 \`\` is no IP address ${address}`],
    ['extra_hosts: { a: "[::1" }', `4:25 \`[::1\` is no IP address ${address}`],
    ['extra_hosts: { a: "fe80::1%eth0" }', `4:25 \`fe80::1%eth0\` is no IP address ${address}`],
    ['extra_hosts: { a: HOST-GATEWAY }', `4:25 \`HOST-GATEWAY\` is no IP address ${address}`],
    ['extra_hosts: { "": 1.1.1.1 }', `4:22 \`\` cannot be the name of a host ${host}`],
    ['extra_hosts: { "a=b": 1.1.1.1 }', `4:22 \`a=b\` cannot be the name of a host ${host}`],
    ['extra_hosts: { "a,b": 1.1.1.1 }', `4:22 \`a,b\` cannot be the name of a host ${host}`],
    ['ulimits: { nofil: 1 }', '4:18 docker knows no limit `nofil` (did you mean `nofile`?)'],
    [
      'ulimits: { as: 1 }',
      '4:18 docker knows no limit `as` (the limits are core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, rss, rtprio, rttime, sigpending, stack)',
    ],
    [
      'ulimits: { nofile: "2:1" }',
      '4:26 the soft limit of `nofile`, 2, is above the hard one, 1 (write `1:2` if they are the wrong way round: the soft one comes first)',
    ],
    [
      'ulimits: { nofile: "-1:5" }',
      '4:26 the soft limit of `nofile`, -1, is above the hard one, 5 (write `5:-1` if they are the wrong way round: the soft one comes first)',
    ],
    [
      'ulimits: { nofile: "9223372036854775808" }',
      '4:26 `9223372036854775808` is more than docker can count to (write `-1` for no limit)',
    ],
    ...['1:', ':1', '1:2:3', '1.5', '0x10', '1_0', ''].map((limit) => [
      `ulimits: { nofile: "${limit}" }`,
      `4:26 \`ulimits.nofile\` must be a limit such as \`1024\` or \`1024:2048\`, not \`${limit}\``,
    ]),
    ...['1ib', '1i', '1e', '1kk', '-1', '.5m', '1.m', '1e3', '+1', '1z', '1  k', 'm', 'Inf'].map(
      (size) => [
        `shm_size: "${size}"`,
        `4:17 \`shm_size\` must be a size such as \`64m\`, not \`${size}\``,
      ],
    ),
    ['labels: { "": x }', '4:17 a label has no name (write `NAME: value`)'],
    [
      'labels: { "a=b": x }',
      '4:17 the name of the label `a=b` has a `=` in it (write `NAME: value`)',
    ],
    ...['bridge', 'HOST', 'container:x', ' none'].map((network) => [
      `network: "${network}"`,
      `4:16 a build cannot use the network \`${network}\` (write \`default\`, \`none\` or \`host\`; a network of your own belongs to a builder, as a driver option of \`docker buildx create\`)`,
    ]),
    ...['foo', 'linux/', '/amd64', 'linux/a/b/c', 'linux/amd 64', ' linux/amd64'].map(
      (platform) => [
        `platforms: ["${platform}"]`,
        `4:19 \`${platform}\` is no platform (write it like \`linux/amd64\` or \`linux/arm64/v8\`)`,
      ],
    ),
    ...['a b', '-a', 'a/b'].map((builder) => [
      `builder: "${builder}"`,
      `4:16 \`${builder}\` cannot be the name of a builder (\`docker buildx ls\` lists those that there are)`,
    ]),
    [
      'additional_contexts: { a: "" }',
      '4:33 an additional context is empty (write a folder, `docker-image://REFERENCE`, or a git or http address)',
    ],
    [
      'additional_contexts: { a: "file:///x" }',
      '4:33 docker reads no build context from `file:///x` (write a folder, `docker-image://REFERENCE`, or a git or http address)',
    ],
    [
      'additional_contexts: { a: "docker-image://X" }',
      '4:33 `X` is no image reference (write a folder, `docker-image://REFERENCE`, or a git or http address)',
    ],
  ])('%s', (line = '', message = '') => {
    expect(mistakesIn(line)).toEqual([message]);
  });
});

describe('a cache that docker refuses is a mistake', () => {
  const types = '(the types are registry, local, inline, gha, s3, azblob)';
  test.each([
    [
      'cache_from: [""]',
      '`` is no list of fields with commas between them (a `"` stands around a whole field: `"type=local","src=a,b"`)',
    ],
    [
      'cache_from: [\'type=local,src="a"\']',
      '`type=local,src="a"` is no list of fields with commas between them (a `"` stands around a whole field: `"type=local","src=a,b"`)',
    ],
    ['cache_from: ["src=x"]', `\`src=x\` has no \`type\` ${types}`],
    ['cache_from: ["type=,ref=x"]', `\`type=,ref=x\` has no \`type\` ${types}`],
    [
      'cache_from: ["type=local"]',
      'a cache of the type `local` needs `src` in `cache_from` (write `type=local,src=FOLDER`)',
    ],
    [
      'cache_from: ["type=local,dest=x"]',
      'a cache of the type `local` needs `src` in `cache_from` (write `type=local,src=FOLDER`)',
    ],
    [
      'cache_from: ["type=registry,ref="]',
      'a cache of the type `registry` needs `ref` in `cache_from` (write `type=registry,ref=REFERENCE`)',
    ],
    [
      'cache_from: ["type=registry,ref=x,y"]',
      '`y` in `type=registry,ref=x,y` is no `key=value` (write `type=registry,ref=REFERENCE`, or the reference alone)',
    ],
    [
      'cache_to: ["type=LOCAL,dest=x"]',
      'docker knows no cache of the type `LOCAL` (did you mean `local`?)',
    ],
    ['cache_to: ["type=disk"]', `docker knows no cache of the type \`disk\` ${types}`],
    [
      'cache_to: ["type=local,src=x"]',
      'a cache of the type `local` needs `dest` in `cache_to` (write `type=local,dest=FOLDER`)',
    ],
    [
      'cache_to: [X]',
      '`X` is no image reference (write it as `registry.example.com/name:tag`; names are in lower case)',
    ],
    [
      'cache_to: ["type=registry,ref=a/B"]',
      '`a/B` is no image reference (write it as `registry.example.com/name:tag`; names are in lower case)',
    ],
  ])('%s', (line, message) => {
    const column = line.indexOf('[') + 8;
    expect(mistakesIn(line)).toEqual([`4:${column} ${message}`]);
  });
});

test.each([
  ['type=local,Src=a', 'type=local,src=/project/a'],
  ['TYPE=local,src=a', 'type=local,src=/project/a'],
  ['"type=local","src=a,b"', 'type=local,"src=/project/a,b"'],
  ['type=local,src=~/a', 'type=local,src=/home/me/a'],
  ['type=local,src=./~/a', 'type=local,src=/project/~/a'],
  ['TYPE=registry,Ref=x', 'type=registry,ref=x'],
  ['x,y', 'x,y'],
])('the cache %s', (written, read) => {
  const { cacheFrom } = readBuild(`cache_from: ['${written}']`, { HOME: '/home/me' });
  expect(cacheFrom).toEqual([[read]]);
});

describe('a secret', () => {
  const variables = { TOKEN: 'secret', HOME: '/home/me' };
  const token = { env: 'TOKEN', value: 'secret' };
  test.each([
    ['"id=TOKEN"', { id: 'TOKEN', from: token }],
    ['{ id: TOKEN }', { id: 'TOKEN', from: token }],
    ['"type=env,id=TOKEN"', { id: 'TOKEN', from: token }],
    ['"TYPE=env,id=TOKEN"', { id: 'TOKEN', from: token }],
    ['"type=env,id=UNSET"', { id: 'UNSET', from: { env: 'UNSET', value: null } }],
    ['"type=env,id=x,src=TOKEN"', { id: 'x', from: token }],
    ['"ID=x,ENV=TOKEN"', { id: 'x', from: token }],
    ['"type=file,id=x,env=TOKEN"', { id: 'x', from: token }],
    ['"id=key"', { id: 'key', from: { file: '/project/key' } }],
    ['"type=file,id=key"', { id: 'key', from: { file: '/project/key' } }],
    ['"id=x,src=key"', { id: 'x', from: { file: '/project/key' } }],
    ['"id=x,source=key"', { id: 'x', from: { file: '/project/key' } }],
    ['"id=x,SRC=/key"', { id: 'x', from: { file: '/key' } }],
    ['"id=x,src=a=b"', { id: 'x', from: { file: '/project/a=b' } }],
    ['\'id=x,"src=a,b"\'', { id: 'x', from: { file: '/project/a,b' } }],
    ['"id=x,src=~/key"', { id: 'x', from: { file: '/home/me/key' } }],
    ['{ id: x, src: ~/key }', { id: 'x', from: { file: '/home/me/key' } }],
    ['"id=x,env=NOT_SET,src=y"', { id: 'x', from: { env: 'NOT_SET', value: null } }],
    ['{ id: x, env: NOT_SET, src: y }', { id: 'x', from: { env: 'NOT_SET', value: null } }],
  ])('%s', (written, secret) => {
    expect(readBuild(`secrets: [${written}]`, variables).secrets).toEqual([secret]);
  });

  const advice = '(write `{ id: npm, env: NPM_TOKEN }` or `{ id: npm, src: npm-token }`)';
  test.each([
    ['src=x', 'a secret needs an `id`'],
    ['type=file,src=x', 'a secret needs an `id`'],
    ['id=,src=x', 'a secret needs an `id`'],
    ['TOKEN', 'a secret is `key=value` pairs with commas between them'],
    ['', 'a secret is `key=value` pairs with commas between them'],
    ['id=x,src=y,', 'a secret is `key=value` pairs with commas between them'],
    ['id="x",src=y', 'a secret is `key=value` pairs with commas between them'],
    ['id=x,target=y', 'a secret has no key `target`'],
    ['id=x,type=foo', 'a secret cannot be of the type `foo`'],
    ['id=x,type=', 'a secret cannot be of the type ``'],
  ])('is none: %s', (written, message) => {
    expect(mistakesIn(`secrets: ['${written}']`)).toEqual([`4:17 ${message} ${advice}`]);
  });
});

describe('a home folder', () => {
  test('is that of the user, for keys too', () => {
    expect(readBuild('ssh: ["x=~/.ssh/key,other"]', { HOME: '/home/me' }).ssh).toEqual([
      { id: 'x', paths: ['/home/me/.ssh/key', '/project/other'] },
    ]);
  });

  test.each([
    [
      'ssh: ["x=~/key"]',
      '4:13 `~/key` begins with the home folder, and HOME is not set (write the whole path, or `./~/key` for a file whose name begins with `~`)',
    ],
    [
      'secrets: [{ id: x, src: ~you/key }]',
      '4:17 `~you/key` begins with the home folder of another user (write the whole path, or `./~you/key` for a file whose name begins with `~`)',
    ],
  ])('that nobody knows: %s', (line, message) => {
    expect(mistakesIn(line)).toEqual([message]);
  });
});
