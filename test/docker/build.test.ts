import { describe, expect, it } from 'vitest';
import { createDocker } from '../../src/docker/docker-cli.ts';
import type { BuildOutcome } from '../../src/docker/port.ts';
import type { ResolvedBuild } from '../../src/model/resolved.ts';
import type { StagedBuild } from '../../src/model/staging.ts';
import {
  type Answer,
  alone,
  BUILT,
  buildWith,
  DIGEST,
  dockerThatSays,
  fails,
  ID,
  imageLine,
  stage,
  succeeds,
  thrownBy,
} from './scripted.ts';

/** Whether the engine is still there is asked after what may mean that it is not. */
const ASKS = 'version --format {{.Server.Version}}';

describe('a build', () => {
  async function run(
    answers: (staged: StagedBuild) => Answer[],
    keys: Partial<ResolvedBuild> = {},
    offline = false,
  ): Promise<{ outcome: BuildOutcome; log: string[] } & ReturnType<typeof dockerThatSays>> {
    const staged = await stage();
    const said = dockerThatSays(...answers(staged));
    const log: string[] = [];
    const group = alone(buildWith(keys), staged, { offline, onLog: (_, line) => log.push(line) });
    const outcome = await said.docker.build(group);
    return { outcome, log, ...said };
  }

  it('gives the ID that docker wrote, and its log line by line', async () => {
    const { outcome, log, calls } = await run((staged) => [succeeds(staged)]);
    expect(outcome).toEqual(BUILT);
    expect(log).toEqual(['#1 [1/1] FROM scratch', '#1 DONE 0.1s']);
    expect(calls).toHaveLength(1);
  });

  it('gives each ID by which the engine may know the image', async () => {
    const { outcome, calls } = await run((staged) => [
      succeeds(staged, { 'containerimage.digest': DIGEST, 'containerimage.config.digest': ID }),
    ]);
    expect(outcome).toEqual({ ok: true, ids: new Map([['app', [DIGEST, ID]]]) });
    expect(calls).toHaveLength(1);
  });

  it('does not hang on what docker says of the IDs', async () => {
    const { outcome } = await run(() => [{}]);
    expect(outcome).toEqual({ ok: true, ids: new Map([['app', []]]) });
  });

  const VALUES = {
    buildArgs: new Map([['PYTHON', '3.12']]),
    unhashedBuildArgs: new Map([['TOKEN', 'hunter2']]),
  };

  it('has its values on its stdin, and nothing of the machine in the image', async () => {
    const { calls } = await run((staged) => [succeeds(staged)], VALUES);
    expect(calls[0]?.input).toContain('args = { "PYTHON" = "3.12", "TOKEN" = "hunter2" }');
    expect(calls[0]?.env).toEqual({
      BUILDX_BAKE_ENTITLEMENTS_FS: '0',
      BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
      BUILDX_METADATA_PROVENANCE: 'disabled',
      BUILDX_GIT_LABELS: '',
      BUILDX_GIT_INFO: '0',
      SOURCE_DATE_EPOCH: '',
    });
  });

  it.each<[string, Partial<ResolvedBuild>, string, boolean]>([
    ['extra_hosts', { extraHosts: new Map([['h', '::1']]) }, 'v0.24.9', false],
    ['extra_hosts', { extraHosts: new Map([['h', '::1']]) }, 'v0.25.0', true],
    ['extra_hosts', { extraHosts: new Map([['h', '::1']]) }, 'a34f2c1', true],
    ['shm_size', { shmSize: '1m' }, '0.12.1', false],
    ['shm_size', { shmSize: '1m' }, '0.13.1+ds1 0.13.1+ds1-3', true],
    ['ulimits', { ulimits: new Map([['core', '0']]) }, 'v0.12.0', false],
    ['network', { network: 'none' }, 'v0.16.2', false],
    ['network', { network: 'none' }, 'v0.17.0', true],
    ['network', { network: 'none' }, 'v1.2.3', true],
  ])('with %s is told so by bake where that knows it: %#', async (_, keys, version, bakes) => {
    const words = { stdout: `github.com/docker/buildx ${version}` };
    const { outcome, calls, argvs } = await run((staged) => [words, succeeds(staged)], {
      ...keys,
      ...VALUES,
    });
    expect(outcome).toEqual(BUILT);
    expect(argvs()[0]).toBe('buildx version');
    expect(argvs()[1]).toMatch(bakes ? /^buildx bake / : /^buildx build .*--label \S+hash=/);
    expect(argvs()[1]).not.toContain('hunter2');
    expect(calls[1]?.env).toMatchObject(bakes ? {} : { PYTHON: '3.12', TOKEN: 'hunter2' });
  });

  it('with text that bake would change is a plain build', async () => {
    const { argvs, calls } = await run((staged) => [succeeds(staged)], {
      buildArgs: new Map([['NAME', 'e\u0301']]),
    });
    expect(argvs()).toEqual([expect.stringMatching(/^buildx build .*--build-arg NAME /)]);
    expect(calls[0]?.env?.NAME).toBe('e\u0301');
  });

  it('with an argument that docker would take for its own is no plain build', async () => {
    const HOST = new Map([['DOCKER_HOST', 'tcp://x']]);
    const baked = await run((staged) => [succeeds(staged)], { buildArgs: HOST });
    expect(baked.calls[0]?.input).toContain('args = { "DOCKER_HOST" = "tcp://x" }');
    expect(baked.calls[0]?.env).not.toHaveProperty('DOCKER_HOST');

    for (const [keys, asks] of [
      [{ buildArgs: HOST, labels: new Map([['a', 'e\u0301']]) }, []],
      [{ unhashedBuildArgs: HOST, network: 'none' }, ['buildx version']],
    ] as const) {
      const words = { stdout: 'github.com/docker/buildx v0.16.2' };
      const { outcome, argvs } = await run(() => [words], keys);
      expect(argvs()).toEqual(asks);
      expect(outcome).toEqual({
        ok: false,
        key: 'app',
        message:
          '`DOCKER_HOST` cannot be an argument of this build: docker itself reads the variable of that name',
        advice:
          'give the argument another name, here and in the Dockerfile; or update buildx, and write all text of the image in composed characters (NFC)',
        log: [],
      });
    }
  });

  it('that fails is explained', async () => {
    const { outcome, argvs } = await run(() => [
      fails(
        [
          '#5 [1/1] RUN make',
          '#5 0.1 no rule',
          '#5 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 2',
          'Dockerfile:1',
          '--------------------',
          '   1 | >>> FROM scratch',
          '--------------------',
          'ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2',
        ].join('\n'),
      ),
    ]);
    expect(outcome).toEqual({
      ok: false,
      key: 'app',
      message: '[1/1] RUN make failed with exit code 2',
      log: ['no rule', 'Dockerfile:1', '   1 | >>> FROM scratch'],
    });
    expect(argvs().slice(1)).toEqual([ASKS]);
  });

  it('that says nothing of its own is asked whether there is a buildx', async () => {
    const { outcome, argvs } = await run(() => [fails('ERROR: no builder "x" found'), {}]);
    expect(outcome).toEqual({
      ok: false,
      key: 'app',
      message: 'no builder "x" found',
      advice:
        '`docker buildx ls` lists the builders that there are: name one of them by BUILDX_BUILDER or `builder`, or none',
      log: [],
    });
    expect(argvs()[1]).toBe('buildx version');
    const missing = run(() => [fails('words of another version'), fails('the same words')]);
    expect(await thrownBy(missing)).toMatchObject({ code: 'no-buildx' });
  });

  it.each<readonly [string, string]>([
    ['waiting for connection', 'context deadline exceeded'],
    [
      'booting buildkit',
      'Error response from daemon: dial tcp: lookup registry.invalid: no such host',
    ],
  ])('whose builder cannot be used blames the builder: %s', async (step, words) => {
    const said = [
      '#0 building with "far" instance using remote driver',
      '',
      `#1 [internal] ${step}`,
      `#1 ERROR: ${words}`,
      '------',
      ` > [internal] ${step}:`,
      '------',
      `ERROR: ${words}`,
    ];
    const { outcome } = await run(() => [fails(said.join('\n'))]);
    expect(outcome).toEqual({
      ok: false,
      key: 'app',
      message: `the builder cannot be used: ${words}`,
      advice:
        "`docker buildx inspect --bootstrap` shows more; BUILDX_BUILDER or `builder` names another one, `default` the engine's own",
      log: [],
    });
  });

  it('whose step prints the words of a builder that fails is no failure of a builder', async () => {
    const said = [
      '#5 [1/1] RUN make',
      '#5 0.1 #1 [internal] booting buildkit',
      '#5 0.1 #1 ERROR: nothing',
      '#5 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 2',
      'ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2',
    ];
    const { outcome } = await run(() => [fails(said.join('\n'))]);
    expect(outcome).toMatchObject({ message: '[1/1] RUN make failed with exit code 2' });
    expect(outcome).not.toHaveProperty('advice');
  });

  it('whose command cannot be started says why', async () => {
    const stderr = 'docker could not be started: spawn E2BIG';
    // Nothing comes line by line from what never ran.
    const docker = createDocker(async ({ argv }) => {
      const exitCode = argv[1] === 'version' ? 0 : 1;
      return { exitCode, stdout: '', stderr, missing: false, timedOut: false };
    });
    const group = alone(buildWith({}), await stage());
    expect(await docker.build(group)).toEqual({ ok: false, key: 'app', message: stderr, log: [] });
  });

  describe('with names that it may ask for unseen', () => {
    const unseen = new Map([
      ['team/data:1', { key: 'data', ref: 'team/data:1-ab' }],
      ['team/other', null],
    ]);

    it('has the images under them, or nothing that could be had', async () => {
      const { calls } = await run((staged) => [succeeds(staged)], { unseen });
      expect(calls[0]?.input).toContain(
        'contexts = { "team/data:1" = "docker-image://team/data:1-ab", "team/other" = "docker-image://127.0.0.1:0/docker-ensure-barred:1" }',
      );
    });

    it('fails at one that stands for nothing', async () => {
      const line =
        'ERROR: failed to solve: failed to resolve source metadata for 127.0.0.1:0/docker-ensure-barred:1: failed to do request: Head "https://127.0.0.1:0/v2/docker-ensure-barred/manifests/1": dial tcp 127.0.0.1:0: connect: connection refused';
      const { outcome } = await run(() => [fails(`#1 [internal] load\n${line}`)], { unseen });
      expect(outcome).toMatchObject({
        ok: false,
        message:
          'an `ONBUILD` of an image that it begins with asks for `team/other`, which is an image of this manifest that is not bound for it: it is neither ensured first nor hashed',
        advice:
          "add the image to `parents`; if another one is meant, give the manifest's another name",
      });
      expect(outcome).not.toHaveProperty('registryError');
    });

    it('goes without them where the engine knows none', async () => {
      const old = 'ERROR: unsupported frontend capability moby.buildkit.frontend.contexts';
      const { outcome, calls } = await run(
        (staged) => [fails(`#1 [internal] load\n${old}`), succeeds(staged)],
        { unseen },
      );
      expect(outcome).toMatchObject({ ok: true });
      expect(calls.at(-1)?.input).not.toContain('contexts');
    });
  });

  it('is to be tried again where another build came to the same image', async () => {
    const outrun = fails(
      `#5 DONE\nERROR: failed to solve: image "moby-dangling@${DIGEST}": already exists`,
    );
    const { outcome } = await run(() => [outrun]);
    expect(outcome).toMatchObject({ ok: false, key: 'app', again: 'as-it-is' });
  });

  it('does not begin without its secrets', async () => {
    const { outcome, calls } = await run(() => [{}], {
      secrets: [{ id: 'npm', from: { env: 'NPM_TOKEN', value: null } }],
    });
    expect(outcome).toEqual({
      ok: false,
      key: 'app',
      message: 'the variable NPM_TOKEN, which has the secret npm, is not set',
      log: [],
    });
    expect(calls).toEqual([]);
  });

  it.each<[string, Partial<ResolvedBuild>, string]>([
    [
      'a secret',
      { secrets: [{ id: 'npm', from: { file: '/no/such/token' } }] },
      '/no/such/token, which has the secret npm, does not exist',
    ],
    [
      'a key',
      { ssh: [{ id: 'deploy', paths: ['/no/such/key'] }] },
      '/no/such/key, which is for the ssh id deploy, does not exist',
    ],
    [
      'a secret behind a file',
      { secrets: [{ id: 'npm', from: { file: '/dev/null/token' } }] },
      "/dev/null/token, which has the secret npm, cannot be read: ENOTDIR: not a directory, access '/dev/null/token'",
    ],
  ])('does not begin without the file of %s', async (_, keys, message) => {
    const { outcome, calls } = await run(() => [{}], keys);
    const advice = 'check the path: `docker-ensure validate` checks those of all images';
    expect(outcome).toEqual({ ok: false, key: 'app', message, log: [], advice });
    expect(calls).toEqual([]);
  });

  const parents = [{ key: 'base', name: 'base', contexts: ['base'], ref: 'base:1', hash: null }];

  it('that has parents pulls the other images one by one', async () => {
    const keys = { pull: true, parents, baseImages: ['alpine:3', 'node:24'] };
    const { outcome, argvs, calls } = await run((staged) => [{}, {}, {}, succeeds(staged)], keys);
    expect(outcome).toEqual(BUILT);
    expect(argvs().slice(0, 3)).toEqual([
      'pull --quiet --platform linux/amd64 alpine:3',
      'pull --quiet --platform linux/amd64 node:24',
      'info --format {{json .DriverStatus}}',
    ]);
    expect(calls[3]?.input).not.toContain('pull');
  });

  it('does not begin where one of them cannot be pulled', async () => {
    const keys = { pull: true, parents, baseImages: ['alpine:3', 'node:24'] };
    const { outcome, argvs } = await run(
      () => [fails('Error response from daemon: EOF'), {}],
      keys,
    );
    expect(outcome).toEqual({
      ok: false,
      key: 'app',
      message: 'alpine:3 could not be pulled: EOF',
      log: [],
      registryError: { fault: 'unreachable', message: 'EOF', retryable: 'yes' },
    });
    expect(argvs().slice(1)).toEqual([ASKS]);
  });

  describe('that fails at the registry of a base image', () => {
    const resolving = (said: string) =>
      fails(
        [
          '#2 [internal] load metadata for r.test/base:1',
          `#2 ERROR: failed to do request: ${said}`,
          `ERROR: failed to solve: r.test/base:1: failed to resolve source metadata for r.test/base:1: ${said}`,
        ].join('\n'),
      );

    it.each([
      [
        'unexpected status from HEAD request to https://r.test/v2/base/manifests/1: 503 Service Unavailable',
        'server-fault',
        'yes',
      ],
      [
        'failed to do request: Head "https://r.test/v2/base/manifests/1": read: connection reset by peer',
        'unreachable',
        'yes',
      ],
      [
        'failed to do request: Head "https://r.test/v2/base/manifests/1": dial tcp 127.0.0.1:1: connect: connection refused',
        'unreachable',
        'perhaps',
      ],
      [
        'failed to authorize: unexpected status from GET request to https://r.test/token: 401 Unauthorized',
        'unauthorized',
        'no',
      ],
      [
        'unexpected status from HEAD request to https://r.test/v2/base/manifests/1: 403 Forbidden',
        'denied',
        'no',
      ],
    ])('says so: %s', async (said, fault, retryable) => {
      const { outcome } = await run(() => [resolving(said)]);
      expect(outcome).toEqual({
        ok: false,
        key: 'app',
        message: `r.test/base:1 cannot be had: ${said}`,
        log: [],
        registryError: { fault, message: said, retryable },
      });
    });

    it('is no error of the registry where it has no such image', async () => {
      const { outcome } = await run(() => [resolving('r.test/base:1: not found')]);
      expect(outcome).toEqual({
        ok: false,
        key: 'app',
        message: 'r.test/base:1 cannot be had: r.test/base:1: not found',
        log: [],
      });
    });

    it('is no error of a registry where a step only speaks of it', async () => {
      const { outcome } = await run(() => [
        fails(
          '#5 [1/1] RUN pull\n#5 0.1 ERROR: x: failed to resolve source metadata for x: 503 Service Unavailable\n#5 ERROR: process "pull" did not complete successfully: exit code: 1\nERROR: failed to solve: process "pull" did not complete successfully: exit code: 1',
        ),
      ]);
      expect(outcome).toEqual({
        ok: false,
        key: 'app',
        message: '[1/1] RUN pull failed with exit code 1',
        log: ['ERROR: x: failed to resolve source metadata for x: 503 Service Unavailable'],
      });
    });
  });

  describe('that is offline', () => {
    const remote = (source: string) => ({
      additionalContexts: new Map([['tools', { kind: 'remote' as const, source }]]),
    });
    const absent = (name: string) => ({
      ok: false,
      key: 'app',
      message: `it is built from ${name}, which is not here, and --offline forbids to pull it`,
      log: [],
      advice: 'run without --offline, or pull it beforehand',
    });

    it.each<[string, string, Partial<ResolvedBuild>]>([
      ['a base image', 'r.test/gone:1', { baseImages: ['alpine:3', 'r.test/gone:1'] }],
      ['one without a tag', 'gone', { baseImages: ['gone'] }],
      ['an image of an additional context', 'gone:1', remote('docker-image://gone:1')],
      ['a frontend', 'docker/dockerfile:1', { syntax: 'docker/dockerfile:1' }],
    ])('does not begin without %s', async (_, name, keys) => {
      const here = imageLine('alpine', '3', 'id');
      const { outcome, argvs } = await run(() => [{}, {}, { stdout: here }], keys, true);
      expect(outcome).toEqual(absent(name));
      expect(argvs().map((argv) => argv.split(' ')[0])).toEqual(['info', 'buildx', 'image']);
    });

    it('begins where all of them are here, and asks no registry', async () => {
      const keys = {
        syntax: 'docker/dockerfile:1',
        ...remote('docker-image://docker.io/library/busybox'),
        baseImages: ['alpine:3', 'docker.io/library/debian', 'scratch'],
        cacheFrom: ['team/app:cache', 'type=registry,ref=team/app:cache', 'type=local,src=/c'],
        cacheTo: [
          'type=registry,ref=team/app:cache',
          'dest=/c,type=local',
          'type=inline',
          'type=gha',
        ],
        pull: true,
      };
      const here = [
        imageLine('alpine', '3', 'a'),
        imageLine('debian', 'latest', 'b'),
        imageLine('busybox', 'latest', 'c'),
        imageLine('docker/dockerfile', '1', 'd'),
      ].join('');
      const { outcome, argvs, calls } = await run(
        (staged) => [{}, {}, { stdout: here }, succeeds(staged)],
        keys,
        true,
      );
      expect(outcome).toEqual(BUILT);
      expect(argvs()).toHaveLength(4);
      const [, , , argv = ''] = argvs();
      expect(argv).toMatch(/^buildx bake /);
      const definition = calls[3]?.input ?? '';
      expect(definition.match(/cache-.*/g)).toEqual([
        'cache-from = ["type=local,src=/c"]',
        'cache-to = ["dest=/c,type=local", "type=inline"]',
      ]);
      expect(definition).not.toContain('pull');
    });

    it.each<[string, Partial<ResolvedBuild>]>([
      ['no base image', {}],
      ['scratch alone', { baseImages: ['scratch'] }],
      ['contexts that are no images', remote('https://example.test/tools.tar')],
    ])('has nothing to look for with %s', async (_, keys) => {
      const { outcome, argvs } = await run((staged) => [succeeds(staged)], keys, true);
      expect(outcome).toEqual(BUILT);
      expect(argvs().map((argv) => argv.split(' ')[0])).toEqual(['buildx']);
    });
  });

  it('is no unusable docker where a step speaks of one', async () => {
    const { outcome } = await run(() => [
      fails(
        '#5 [1/1] RUN docker ps\n#5 0.1 Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?\n#5 ERROR: process "docker ps" did not complete successfully: exit code: 1\nERROR: failed to solve: process "docker ps" did not complete successfully: exit code: 1',
      ),
    ]);
    expect(outcome).toMatchObject({ message: '[1/1] RUN docker ps failed with exit code 1' });
  });
});
