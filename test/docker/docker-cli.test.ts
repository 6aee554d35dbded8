import { describe, expect, it } from 'vitest';
import type { Docker } from '../../src/docker/port.ts';
import { DEFAULT_LIMITS } from '../../src/model/registry.ts';
import { alone, buildWith, dockerThatSays, fails, imageLine, stage, thrownBy } from './scripted.ts';

const MINUTE = 60_000;
const CREDENTIALS = { username: 'ann', password: { value: 'hunter2' } };
const TOO_LATE = {
  fault: 'timeout',
  message: 'docker was not done in time, and was stopped',
  retryable: 'yes',
};

describe('looking for images', () => {
  it('asks once, and answers by the references that were given', async () => {
    const { docker, calls } = dockerThatSays({
      stdout: imageLine('x', 'latest', 'id-x') + imageLine('team/y', '1', 'id-y'),
    });
    const refs = ['docker.io/library/x', 'team/y:1', 'gone:1'];
    expect([...(await docker.findLocal(refs))]).toEqual([
      ['docker.io/library/x', 'id-x'],
      ['team/y:1', 'id-y'],
    ]);
    expect(calls).toHaveLength(1);
  });

  it('does not ask for nothing', async () => {
    const { docker, calls } = dockerThatSays();
    expect([...(await docker.findLocal([]))]).toEqual([]);
    expect(calls).toEqual([]);
  });

  it('asks for very many in a few calls', async () => {
    const refs = Array.from({ length: 1001 }, (_, index) => `x:${index}`);
    const { docker, calls } = dockerThatSays(({ argv }) => ({
      stdout: argv
        .filter((word) => word.startsWith('reference='))
        .map((word) => imageLine('x', word.replace('reference=x:', ''), word))
        .join(''),
    }));
    expect((await docker.findLocal(refs)).size).toBe(1001);
    expect(calls.map(({ argv }) => argv.filter((word) => word === '--filter').length)).toEqual([
      500, 500, 1,
    ]);
  });

  it('cannot do without docker', async () => {
    const { docker } = dockerThatSays(fails('something new\n'));
    expect(await thrownBy(docker.findLocal(['x:1']))).toMatchObject({
      code: 'no-daemon',
      message: 'docker cannot list its images: something new',
    });
  });
});

describe('labels', () => {
  const inspect = 'image inspect --format {{.Id}} {{json .Config.Labels}}';

  it('are those of each image, by its ID', async () => {
    const { docker, argvs } = dockerThatSays({
      stdout: 'sha256:12 {"a":"b c"}\nsha256:34 null\nsha256:56 {}\n',
    });
    expect([...(await docker.labels(['sha256:12', 'sha256:34', 'sha256:56']))]).toEqual([
      ['sha256:12', { a: 'b c' }],
      ['sha256:34', {}],
      ['sha256:56', {}],
    ]);
    expect(argvs()).toEqual([`${inspect} sha256:12 sha256:34 sha256:56`]);
  });

  it('are left out of images that are gone', async () => {
    const { docker } = dockerThatSays({
      exitCode: 1,
      stdout: 'sha256:12 {"a":"b"}\n',
      stderr: 'Error response from daemon: No such image: sha256:34',
    });
    expect([...(await docker.labels(['sha256:12', 'sha256:34']))]).toEqual([
      ['sha256:12', { a: 'b' }],
    ]);
  });

  it('are not asked of nothing', async () => {
    const { docker, calls } = dockerThatSays();
    expect([...(await docker.labels([]))]).toEqual([]);
    expect(calls).toEqual([]);
  });

  it('are asked of very many in a few calls', async () => {
    const ids = Array.from({ length: 501 }, (_, index) => `sha256:${index}`);
    const { docker, calls } = dockerThatSays(({ argv }) => ({
      stdout: argv
        .slice(4)
        .map((id) => `${id} {}\n`)
        .join(''),
    }));
    expect((await docker.labels(ids)).size).toBe(501);
    expect(calls.map(({ argv }) => argv.length - 4)).toEqual([500, 1]);
  });
});

const DIGEST = `sha256:${'a'.repeat(64)}`;
const HASH = 'b'.repeat(64);

describe('a registry that is asked', () => {
  const probing = async (image: unknown) => {
    const stdout = JSON.stringify({ manifest: { digest: DIGEST, size: 1 }, image });
    return dockerThatSays({ stdout }).docker.probe('x:1', MINUTE);
  };
  const config = (labels: unknown) => ({
    created: '1970-01-01T00:00:00Z',
    architecture: 'amd64',
    config: { Env: ['PATH=/'], Labels: labels },
    rootfs: { type: 'layers', diff_ids: [DIGEST] },
    history: [{ created: '1970-01-01T00:00:00Z' }],
  });
  const labels = { 'dev.docker-ensure.hash': HASH, other: 'x' };

  it.each([
    ['an image for one platform', config(labels), HASH],
    ['the same with other labels', config({ other: 'x' }), null],
    ['the same with labels that are null', config(null), null],
    ['the same without labels', { ...config(null), config: {} }, null],
    ['the same without a configuration', { architecture: 'amd64' }, null],
    [
      'an image for several',
      { 'linux/amd64': config(labels), 'linux/arm64': config(labels) },
      HASH,
    ],
    ['the same, where one has no label', { 'linux/a': config(null), b: config(labels) }, HASH],
    ['the same without labels', { 'linux/amd64': config(null), 'linux/arm64': {} }, null],
    ['nothing that is known of it', null, null],
  ])('tells its digest and what it was built from: %s', async (_, image, hash) => {
    expect(await probing(image)).toEqual({ is: 'present', digest: DIGEST, hash });
  });

  it('has the image: pull', async () => {
    const { docker, argvs } = dockerThatSays({});
    expect(await docker.pull('x:1', null, MINUTE)).toEqual({ is: 'present' });
    expect(argvs()).toEqual(['pull --quiet x:1']);
  });

  const asked = [
    ['probe', (docker: Docker, ref: string) => docker.probe(ref, MINUTE)],
    ['pull', (docker: Docker, ref: string) => docker.pull(ref, null, MINUTE)],
  ] as const;

  it.each(asked)('has it not: %s', async (_, ask) => {
    const { docker } = dockerThatSays(fails('ERROR: docker.io/library/x:404: not found'));
    expect(await ask(docker, 'x:404')).toEqual({ is: 'absent' });
  });

  it.each(asked)('gives no clear answer: %s', async (_, ask) => {
    const { docker } = dockerThatSays(fails('Error response from daemon: toomanyrequests: slow'));
    expect(await ask(docker, 'x:1')).toEqual({
      is: 'unknown',
      fault: 'rate-limited',
      message: 'toomanyrequests: slow',
      retryable: 'yes',
    });
  });

  it.each(asked)('takes too long: %s', async (_, ask) => {
    const { docker } = dockerThatSays({
      ...fails('Error response from daemon: denied'),
      timedOut: true,
    });
    expect(await ask(docker, 'x:1')).toEqual({ is: 'unknown', ...TOO_LATE });
  });
});

describe('a pull that is denied as what does not exist is', () => {
  const said =
    "Error response from daemon: pull access denied for x, repository does not exist or may require 'docker login'";
  const probe = (stderr: string) =>
    dockerThatSays(({ argv }) => fails(argv[0] === 'pull' ? said : stderr));
  const why =
    'pull access denied, repository does not exist or may require authorization: server message';

  it.each([
    [`${why}: insufficient_scope: authorization failed`, { fault: 'denied', mayBeAbsent: true }],
    [`${why}: invalid_token: authorization failed`, { fault: 'unauthorized' }],
    ['unexpected status from HEAD request to http://x: 403 Forbidden', { fault: 'denied' }],
  ])('is asked again of buildx, which says why: %s', async (stderr, meant) => {
    const { docker, calls } = probe(`ERROR: ${stderr}\n`);
    const answer = await docker.pull('x:1', null, MINUTE);
    expect(answer).toMatchObject({ is: 'unknown', ...meant });
    expect('mayBeAbsent' in answer).toBe('mayBeAbsent' in meant);
    expect(calls.map(({ argv }) => argv[0])).toEqual(['pull', 'buildx']);
  });
});

describe('a push', () => {
  it('goes well', async () => {
    const { docker, argvs } = dockerThatSays({});
    expect(await docker.push('x:1', MINUTE)).toEqual({ ok: true });
    expect(argvs()).toEqual(['push --quiet x:1']);
  });

  it('is refused', async () => {
    const { docker } = dockerThatSays(fails('denied: requested access to the resource is denied'));
    expect(await docker.push('x:1', MINUTE)).toEqual({
      ok: false,
      kept: false,
      fault: 'denied',
      message: 'denied: requested access to the resource is denied',
      retryable: 'no',
    });
  });

  it('meets another image that the registry keeps', async () => {
    const said =
      "tag invalid: The image tag '1' already exists in the 'x' repository and cannot be overwritten because the repository is immutable.";
    const { docker } = dockerThatSays(fails(said));
    expect(await docker.push('x:1', MINUTE)).toEqual({
      ok: false,
      kept: true,
      fault: 'unknown',
      message: said,
      retryable: 'no',
    });
  });

  it.each([
    'name unknown: no repository',
    'unexpected status from POST request to http://127.0.0.1:5000/v2/x/blobs/uploads/: 404 Not Found',
  ])(
    'to a repository that is not there says that it may have to be made first: %s',
    async (said) => {
      const { docker } = dockerThatSays(fails(said));
      expect(await docker.push('x:1', MINUTE)).toEqual({
        ok: false,
        kept: false,
        fault: 'unknown',
        message: said,
        retryable: 'no',
        advice:
          'if the registry makes no repositories by itself, make this one, or its project, there first; else check the name of the image and the server',
      });
    },
  );

  it('takes too long', async () => {
    const { docker } = dockerThatSays({ exitCode: 1, timedOut: true });
    expect(await docker.push('x:1', MINUTE)).toEqual({ ok: false, kept: false, ...TOO_LATE });
  });
});

describe('a tag in the registry', () => {
  const [source, target] = ['r.test/x:1', 'r.test/x:latest'];

  it('is a copy, byte for byte', async () => {
    const { docker, argvs } = dockerThatSays({});
    expect(await docker.tagRemotely(source, target, MINUTE)).toEqual({ ok: true });
    expect(argvs()).toEqual([
      `buildx imagetools create --prefer-index=false --tag ${target} ${source}`,
    ]);
  });

  it('is set by a buildx that is too old for that', async () => {
    const { docker, argvs } = dockerThatSays(
      fails("unknown flag: --prefer-index\nSee 'docker buildx imagetools create --help'."),
      {},
    );
    expect(await docker.tagRemotely(source, target, MINUTE)).toEqual({ ok: true });
    expect(argvs().slice(1)).toEqual([`buildx imagetools create --tag ${target} ${source}`]);
  });

  it('is not tried twice where the registry refuses it', async () => {
    const { docker, calls } = dockerThatSays(fails('ERROR: unexpected status: 403 Forbidden'));
    expect(await docker.tagRemotely(source, target, MINUTE)).toEqual({
      ok: false,
      kept: false,
      fault: 'denied',
      message: 'unexpected status: 403 Forbidden',
      retryable: 'no',
    });
    expect(calls).toHaveLength(1);
  });
});

describe('the time that a call may take', () => {
  const registry = { key: 'team', server: null, credentials: CREDENTIALS, limits: DEFAULT_LIMITS };
  const stdout = JSON.stringify({ manifest: { digest: DIGEST }, image: null });
  const calls: readonly [string, (docker: Docker, ms: number) => Promise<unknown>, number][] = [
    ['probe', (docker, ms) => docker.probe('x:1', ms), MINUTE],
    ['tagRemotely', (docker, ms) => docker.tagRemotely('x:1', 'x:2', ms), MINUTE],
    ['login', (docker, ms) => docker.login(registry, 'hunter2', ms), MINUTE],
    ['pull', (docker, ms) => docker.pull('x:1', null, ms), 30 * MINUTE],
    ['push', (docker, ms) => docker.push('x:1', ms), 30 * MINUTE],
  ];

  it.each(calls)(
    'is a minute at most for a question, and all of it for a transfer: %s',
    async (_, call, most) => {
      const said = dockerThatSays({ stdout });
      await call(said.docker, 30 * MINUTE);
      await call(said.docker, 5000);
      expect(said.calls.map(({ timeoutMs }) => timeoutMs)).toEqual([most, 5000]);
    },
  );
});

describe('a tag', () => {
  it('is set', async () => {
    const { docker, argvs } = dockerThatSays({});
    expect(await docker.tag('sha256:12', 'x:1')).toEqual({ ok: true });
    expect(argvs()).toEqual(['tag sha256:12 x:1']);
  });

  it('is not set', async () => {
    const { docker } = dockerThatSays(fails('Error response from daemon: No such image: gone:1'));
    expect(await docker.tag('gone:1', 'x:1')).toEqual({
      ok: false,
      message: 'No such image: gone:1',
    });
  });
});

describe('the removal of a tag', () => {
  it('leaves the layers to other images', async () => {
    const { docker, argvs } = dockerThatSays({});
    expect(await docker.untag('x:1')).toEqual({ ok: true });
    expect(argvs()).toEqual(['image rm --no-prune x:1']);
  });

  it('may fail', async () => {
    const { docker } = dockerThatSays(fails('Error response from daemon: No such image: x:1'));
    expect(await docker.untag('x:1')).toEqual({ ok: false, message: 'No such image: x:1' });
  });
});

describe('a login', () => {
  const registry = {
    key: 'team',
    server: 'registry.test:5000',
    credentials: CREDENTIALS,
    limits: DEFAULT_LIMITS,
  };

  it('gives the password on stdin only', async () => {
    const { docker, calls } = dockerThatSays({});
    expect(await docker.login(registry, 'hunter2', MINUTE)).toEqual({ ok: true });
    expect(calls).toEqual([
      {
        argv: ['login', '--username', 'ann', '--password-stdin', 'registry.test:5000'],
        input: 'hunter2',
        timeoutMs: MINUTE,
      },
    ]);
  });

  it('is refused', async () => {
    const { docker } = dockerThatSays(
      fails(
        'Error response from daemon: login attempt to http://registry.test:5000/v2/ failed with status: 401 Unauthorized',
      ),
    );
    expect(await docker.login(registry, 'hunter2', MINUTE)).toEqual({
      ok: false,
      kept: false,
      fault: 'unauthorized',
      message:
        'login attempt to http://registry.test:5000/v2/ failed with status: 401 Unauthorized',
      retryable: 'no',
    });
  });

  it('is nothing to do without credentials', async () => {
    const { docker, calls } = dockerThatSays({});
    expect(await docker.login({ ...registry, credentials: null }, '', MINUTE)).toEqual({
      ok: true,
    });
    expect(calls).toEqual([]);
  });
});

describe('docker that cannot be used', () => {
  it.each([
    [
      { missing: true, exitCode: 1 },
      {
        code: 'missing',
        message: 'the docker command was not found',
        advice: 'install the Docker CLI, or put it on the PATH',
      },
    ],
    [
      fails('Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?'),
      {
        code: 'no-daemon',
        message:
          'docker does not answer: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?',
        advice:
          'start the Docker engine, or set DOCKER_HOST to one that runs (`docker info` shows more)',
      },
    ],
    [
      fails("unknown flag: --format\nSee 'docker --help'."),
      {
        code: 'no-buildx',
        message: 'docker has no buildx plugin, which builds need',
        advice:
          'install the docker-buildx plugin (`docker buildx version` shows whether it is there)',
      },
    ],
    [
      fails('ERROR: unsupported frontend capability moby.buildkit.frontend.contexts'),
      {
        code: 'old-engine',
        message: 'this Docker engine is older than 23 and cannot give a build its parents by name',
        advice:
          'update the engine, or pass the reference on: build_args: { BASE: "${images.KEY.ref}" }',
      },
    ],
  ] as const)('is thrown by every verb: %j', async (ended, unusable) => {
    const registry = { key: 'k', server: null, credentials: CREDENTIALS, limits: DEFAULT_LIMITS };
    const { docker } = dockerThatSays(ended);
    const staged = await stage();
    for (const work of [
      docker.findLocal(['x:1']),
      docker.labels(['x:1']),
      docker.probe('x:1', MINUTE),
      docker.pull('x:1', null, MINUTE),
      docker.push('x:1', MINUTE),
      docker.tagRemotely('x:1', 'x:2', MINUTE),
      docker.tag('x:1', 'y:1'),
      docker.untag('x:1'),
      docker.login(registry, 'hunter2', MINUTE),
      docker.build(alone(buildWith({}), staged)),
    ]) {
      const { code, message, advice } = await thrownBy(work);
      expect({ code, message, advice }).toEqual(unusable);
    }
  });
});
