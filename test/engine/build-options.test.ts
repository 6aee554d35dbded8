import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { contentsOf, endedWith, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn();

/** Has its say in `/said`, where it can be read in the image. */
const saying = (command: string) => `FROM docker-ensure-seed:1\nRUN { ${command}; } >/said\n`;

it('network: a RUN has the network that is named', async ({ project, engine, images, scope }) => {
  const { up } = await project({
    'ensure.yaml': `
      defaults: { build: { files: nothing, no_cache: true } }
      images:
        usual: { name: ${scope}/usual, build: {} }
        default: { name: ${scope}/default, build: { network: default } }
        none: { name: ${scope}/none, build: { network: none } }
        host: { name: ${scope}/host, build: { network: host } }
    `,
    Dockerfile: saying('ls /sys/class/net; readlink /proc/self/ns/net'),
  });

  succeeded(await up());
  const said = (name: string) => images.read(`${scope}/${name}`, '/said');
  const [usual, named, none, host] = await Promise.all(
    ['usual', 'default', 'none', 'host'].map(said),
  );
  expect(usual).toMatch(/^eth0\nlo\nnet:/);
  expect(named).toMatch(/^eth0\nlo\nnet:/);
  expect(none).toMatch(/^lo\nnet:/);
  const command = ['docker-ensure-seed:1', 'readlink', '/proc/self/ns/net'];
  const hosts = await engine.docker(['run', '--rm', '--network=host', ...command]);
  expect(host).toContain(hosts.stdout.trim());
  expect(usual).not.toContain(hosts.stdout.trim());
});

it('extra_hosts, shm_size and ulimits: a RUN finds them as they are given', async ({
  project,
  images,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      images:
        app:
          name: ${scope}/app
          build:
            files: nothing
            extra_hosts: { one.internal: 10.1.2.3, two: 10.1.2.4, six: "2001:db8::6" }
            shm_size: 24m
            ulimits: { nofile: "100:200", core: 0, fsize: 4096000 }
    `,
    Dockerfile: saying(
      [
        "grep -E 'internal|two|six' /etc/hosts | sort",
        "df -k /dev/shm | tail -n 1 | tr -s ' ' | cut -d ' ' -f 2",
        'ulimit -Sn; ulimit -Hn; ulimit -c; ulimit -f',
      ].join('; '),
    ),
  });

  succeeded(await up());
  expect((await images.read(`${scope}/app`, '/said')).split('\n')).toEqual([
    ...['10.1.2.3\tone.internal', '10.1.2.4\ttwo', '2001:db8::6\tsix'],
    `${24 * 1024}`,
    ...['100', '200', '0', `${4096000 / 512}`],
  ]);
});

it('what docker refuses is said in its words, and not where to read about it', async ({
  project,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      defaults: { build: { files: nothing } }
      images:
        builder: { name: ${scope}/d, build: { builder: no-such-builder } }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\n',
  });

  const { result } = endedWith(1, await up(['--keep-going']));
  expect(result.images.map(({ image, error }) => [image, error?.message])).toEqual([
    ['builder', 'no builder "no-such-builder" found'],
  ]);
});

test('labels and target: every character of a label, and only the stage that is named', async ({
  project,
  images,
  scope,
}) => {
  const labels = {
    plain: 'text',
    empty: '',
    quotes: `it's "so"`,
    equal: 'a=b',
    lines: 'one\ntwo',
    dollar: '${HOME} $HOME `id` \\',
    unicode: 'grüße 😀',
    '--flag': '--flag',
  };
  const { up } = await project({
    'ensure.yaml': JSON.stringify({
      images: {
        app: {
          name: `${scope}/app`,
          build: {
            files: 'nothing',
            target: 'wanted',
            labels: { ...labels, dollar: labels.dollar.replaceAll('$', '$$$$') },
          },
        },
      },
    }),
    Dockerfile: [
      'FROM docker-ensure-seed:1 AS first',
      'FROM first AS Wanted',
      'ENV STAGE=wanted',
      'FROM first',
      'RUN false',
    ].join('\n'),
  });

  succeeded(await up());
  expect(await images.labels(`${scope}/app`)).toMatchObject(labels);
  expect(await images.env(`${scope}/app`)).toMatchObject({ STAGE: 'wanted' });
});

test('platforms: what is built is for the platform that the hash names', async ({
  project,
  engine,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      defaults: { build: { files: { only: [file] } } }
      images:
        named: { name: ${scope}/named, build: { platforms: [linux/aarch64] } }
        asked: { name: ${scope}/asked, build: {} }
    `,
    Dockerfile: 'FROM scratch\nCOPY file /\n',
    file: '',
  });

  succeeded(await up([], { env: { DOCKER_DEFAULT_PLATFORM: 'linux/arm/v6' } }));
  const format =
    '{{.Os}}/{{.Architecture}}/{{.Variant}} {{index .Config.Labels "dev.docker-ensure.inputs"}}';
  const inspected = await engine.docker([
    ...['image', 'inspect', '--format', format],
    ...[`${scope}/named`, `${scope}/asked`],
  ]);
  expect(inspected.stdout.split('\n')).toEqual([
    expect.stringMatching(/^linux\/arm64\/ .*"platforms":\["linux\/arm64"\]/),
    expect.stringMatching(/^linux\/arm\/v6 .*"platforms":\["linux\/arm\/v6"\]/),
  ]);
});

it('no_cache: every step is run anew; builder: the builder that is named', async ({
  project,
  images,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      defaults: { build: { files: nothing } }
      images:
        cached: { name: ${scope}/cached, build: { builder: "\${BUILDER:-}" } }
        fresh: { name: ${scope}/fresh, build: { dockerfile: Fresh, no_cache: true } }
    `,
    Dockerfile: saying(`echo ${scope}; cat /proc/sys/kernel/random/uuid`),
    Fresh: saying(`echo fresh ${scope}; cat /proc/sys/kernel/random/uuid`),
  });
  const said = async () => ({
    cached: await images.read(`${scope}/cached`, '/said'),
    fresh: await images.read(`${scope}/fresh`, '/said'),
  });

  succeeded(await up());
  const first = await said();
  // The private engine's own builder; a borrowed one may be reached through another context.
  const env = inject('engine').private ? { BUILDER: 'default' } : undefined;
  succeeded(await up(['--force'], env && { env }));
  const second = await said();
  expect(second.cached).toBe(first.cached);
  expect(second.fresh).not.toBe(first.fresh);
});

test('cache_to and cache_from: a folder of the manifest’s, a registry, or inline, as the store allows', async ({
  project,
  registry,
  scope,
}) => {
  const { up, run, folder } = await project({
    'ensure.yaml': `
      defaults: { build: { files: nothing } }
      images:
        inline:
          name: ${scope}/inline
          build: { cache_to: ["type=inline"], cache_from: ["${scope}/inline"] }
        local:
          name: ${scope}/local
          build:
            cache_to: ["type=local,dest=build cache,mode=max"]
            cache_from: ["type=local,src=build cache"]
        remote:
          name: ${scope}/remote
          build:
            cache_to: ["type=registry,ref=${registry.host}/${scope}/remote:cache"]
            cache_from: ["type=registry,ref=${registry.host}/${scope}/remote:cache"]
    `,
    Dockerfile: saying(`echo ${scope}`),
  });
  await mkdir(join(folder, 'below'));
  const from = { cwd: join(folder, 'below') };

  const inline = succeeded(await run(['--debug', 'up', 'inline'], from));
  expect(inline.stderr).toContain('preparing layers for inline cache');

  if (inject('store') === 'classic') {
    // The docker driver exports caches with the containerd store only.
    const refused = endedWith(1, await up(['--keep-going', 'local', 'remote'], from));
    const message = 'Cache export is not supported for the docker driver.';
    expect(refused.result.images.map(({ error }) => error?.message)).toEqual([
      expect.stringContaining(message),
      expect.stringContaining(message),
    ]);
    return;
  }
  succeeded(await up(['local', 'remote'], from));
  expect(existsSync(join(folder, 'build cache', 'index.json'))).toBe(true);
  expect(await contentsOf(registry, scope)).toEqual([`${scope}/remote:cache`]);

  const again = succeeded(await run(['--debug', 'up', '--force', 'local', 'remote'], from));
  expect(again.stderr).toMatch(/importing cache manifest from local:\d+\n(?!.*ERROR)/);
  expect(again.stderr).toContain(`importing cache manifest from ${registry.host}/${scope}/remote`);
  expect(again.stderr).not.toContain('failed to configure');
});
