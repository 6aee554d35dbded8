import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDocker } from '../../src/docker/docker-cli.ts';
import type { Call, Ended } from '../../src/docker/exec.ts';
import { type BuildOutcome, DockerUnusable } from '../../src/docker/port.ts';
import type { ResolvedBuild } from '../../src/model/resolved.ts';
import type { StagedBuild } from '../../src/model/staging.ts';
import { imagine } from '../rig/imagined.ts';

type Answer = Partial<Ended> | ((call: Call) => Partial<Ended> | Promise<Partial<Ended>>);

/** A docker whose commands answer in turn; the last answer is for all that follow. */
function dockerThatSays(...answers: Answer[]) {
  const calls: Call[] = [];
  const docker = createDocker(async (call) => {
    const answer = answers[Math.min(calls.length, answers.length - 1)] ?? {};
    calls.push(call);
    const ended = typeof answer === 'function' ? await answer(call) : answer;
    for (const line of ended.stderr?.split('\n') ?? []) call.onLine?.(line);
    return { exitCode: 0, stdout: '', stderr: '', missing: false, ...ended };
  });
  return { docker, calls, argvs: () => calls.map(({ argv }) => argv.join(' ')) };
}

const fails = (stderr: string): Partial<Ended> => ({ exitCode: 1, stderr });

const imageLine = (repository: string, tag: string, id: string) =>
  `${JSON.stringify({ ID: id, Repository: repository, Tag: tag })}\n`;

async function thrownBy(work: Promise<unknown>): Promise<DockerUnusable> {
  const error = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DockerUnusable);
  return error as DockerUnusable;
}

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
      message: 'docker does not answer: something new',
    });
  });
});

describe('labels', () => {
  it('are those of the image', async () => {
    const { docker, argvs } = dockerThatSays({ stdout: '{"a":"b"}' });
    expect(await docker.labels('sha256:12')).toEqual({ a: 'b' });
    expect(argvs()).toEqual(['image inspect --format {{json .Config.Labels}} sha256:12']);
  });

  it('are null where the image is not here', async () => {
    const { docker } = dockerThatSays(fails('Error response from daemon: No such image: x:1'));
    expect(await docker.labels('x:1')).toBeNull();
  });
});

describe('a registry that is asked', () => {
  const asked = ['probe', 'pull'] as const;

  it.each(asked)('has the image: %s', async (verb) => {
    const { docker } = dockerThatSays({});
    expect(await docker[verb]('x:1', null)).toEqual({ is: 'present' });
  });

  it.each(asked)('has it not: %s', async (verb) => {
    const { docker } = dockerThatSays(fails('ERROR: docker.io/library/x:404: not found'));
    expect(await docker[verb]('x:404', null)).toEqual({ is: 'absent' });
  });

  it.each(asked)('gives no clear answer: %s', async (verb) => {
    const { docker } = dockerThatSays(fails('Error response from daemon: toomanyrequests: slow'));
    expect(await docker[verb]('x:1', null)).toEqual({
      is: 'unknown',
      fault: 'rate-limited',
      message: 'toomanyrequests: slow',
    });
  });
});

describe('a push', () => {
  it('goes well', async () => {
    const { docker, argvs } = dockerThatSays({});
    expect(await docker.push('x:1')).toEqual({ ok: true });
    expect(argvs()).toEqual(['push --quiet x:1']);
  });

  it('is refused', async () => {
    const { docker } = dockerThatSays(fails('denied: requested access to the resource is denied'));
    expect(await docker.push('x:1')).toEqual({
      ok: false,
      fault: 'denied',
      message: 'denied: requested access to the resource is denied',
    });
  });

  it('to what is not there fails for a reason unknown', async () => {
    const { docker } = dockerThatSays(fails('name unknown: no repository'));
    expect(await docker.push('x:1')).toEqual({
      ok: false,
      fault: 'unknown',
      message: 'name unknown: no repository',
    });
  });
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

describe('a login', () => {
  const registry = {
    key: 'team',
    server: 'registry.test:5000',
    credentials: { username: 'ann', password: 'hunter2' },
  };

  it('gives the password on stdin only', async () => {
    const { docker, calls } = dockerThatSays({});
    expect(await docker.login(registry)).toEqual({ ok: true });
    expect(calls).toEqual([
      {
        argv: ['login', '--username', 'ann', '--password-stdin', 'registry.test:5000'],
        input: 'hunter2',
      },
    ]);
  });

  it('is refused', async () => {
    const { docker } = dockerThatSays(
      fails(
        'Error response from daemon: login attempt to http://registry.test:5000/v2/ failed with status: 401 Unauthorized',
      ),
    );
    expect(await docker.login(registry)).toEqual({
      ok: false,
      fault: 'unauthorized',
      message:
        'login attempt to http://registry.test:5000/v2/ failed with status: 401 Unauthorized',
    });
  });

  it('is nothing to do without credentials', async () => {
    const { docker, calls } = dockerThatSays({});
    expect(await docker.login({ ...registry, credentials: null })).toEqual({ ok: true });
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
        message: 'docker does not answer',
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
    const credentials = { username: 'ann', password: 'hunter2' };
    const { docker } = dockerThatSays(ended);
    const staged = await stage();
    for (const work of [
      docker.findLocal(['x:1']),
      docker.labels('x:1'),
      docker.probe('x:1'),
      docker.pull('x:1', null),
      docker.push('x:1'),
      docker.tag('x:1', 'y:1'),
      docker.login({ key: 'k', server: null, credentials }),
      docker.build({ build: buildWith({}), staged, onLog: () => undefined }),
    ]) {
      const { code, message, advice } = await thrownBy(work);
      expect({ code, message, advice }).toEqual(unusable);
    }
  });
});

const buildWith = (keys: Partial<ResolvedBuild>) => imagine('app', { buildKeys: keys }).build!;

/** Files for docker to write to, as they are staged. */
async function stage(dockerfile = 'FROM scratch\n\nLABEL a=b\n'): Promise<StagedBuild> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-docker-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'Dockerfile'), dockerfile);
  return {
    context: join(folder, 'context'),
    dockerfile: join(folder, 'Dockerfile'),
    additionalContexts: new Map(),
    idFile: join(folder, 'id'),
    metadataFile: join(folder, 'metadata'),
  };
}

describe('a build', () => {
  const ID = `sha256:${'1'.repeat(64)}`;
  const DIGEST = `sha256:${'2'.repeat(64)}`;

  async function run(
    answers: (staged: StagedBuild) => Answer[],
    keys: Partial<ResolvedBuild> = {},
  ): Promise<{ outcome: BuildOutcome; log: string[] } & ReturnType<typeof dockerThatSays>> {
    const staged = await stage();
    const said = dockerThatSays(...answers(staged));
    const log: string[] = [];
    const outcome = await said.docker.build({
      build: buildWith(keys),
      staged,
      onLog: (line) => log.push(line),
    });
    return { outcome, log, ...said };
  }

  const succeeds =
    ({ idFile, metadataFile }: StagedBuild, metadata: object | null = null): Answer =>
    async () => {
      await writeFile(idFile, `${ID}\n`);
      if (metadata !== null) await writeFile(metadataFile, JSON.stringify(metadata));
      return { stderr: '#1 [1/1] FROM scratch\n#1 DONE 0.1s' };
    };

  it('gives the ID that docker wrote, and its log line by line', async () => {
    const { outcome, log, calls } = await run((staged) => [succeeds(staged)]);
    expect(outcome).toEqual({ ok: true, id: ID });
    expect(log).toEqual(['#1 [1/1] FROM scratch', '#1 DONE 0.1s']);
    expect(calls).toHaveLength(1);
  });

  it('gives the digest by which a containerd store knows the image', async () => {
    const { outcome, argvs } = await run((staged) => [
      succeeds(staged, { 'containerimage.digest': DIGEST }),
      { stdout: 'null' },
    ]);
    expect(outcome).toEqual({ ok: true, id: DIGEST });
    expect(argvs()[1]).toBe(`image inspect --format {{json .Config.Labels}} ${DIGEST}`);
  });

  it('gives the ID where the store does not know the digest', async () => {
    const { outcome } = await run((staged) => [
      succeeds(staged, { 'containerimage.digest': DIGEST }),
      fails(`Error response from daemon: No such image: ${DIGEST}`),
    ]);
    expect(outcome).toEqual({ ok: true, id: ID });
  });

  it('has its values in the environment, and nothing of the machine in the image', async () => {
    const { calls } = await run((staged) => [succeeds(staged)], {
      buildArgs: new Map([['PYTHON', '3.12']]),
      unhashedBuildArgs: new Map([['TOKEN', 'hunter2']]),
    });
    expect(calls[0]?.env).toEqual({
      PYTHON: '3.12',
      TOKEN: 'hunter2',
      BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
      BUILDX_GIT_LABELS: '',
      SOURCE_DATE_EPOCH: '',
    });
  });

  it('that fails is explained', async () => {
    const { outcome, calls } = await run(() => [
      fails(
        [
          '#5 [1/1] RUN make',
          '#5 0.1 no rule',
          '#5 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 2',
          'Dockerfile:1',
          '--------------------',
          '   1 | >>> FROM scratch',
          '   2 |     ',
          '   3 |     LABEL a=b',
          '--------------------',
          'ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2',
        ].join('\n'),
      ),
    ]);
    expect(outcome).toEqual({
      ok: false,
      message: '[1/1] RUN make failed with exit code 2',
      log: ['no rule', 'Dockerfile:1', '   1 | >>> FROM scratch'],
    });
    expect(calls).toHaveLength(1);
  });

  it('that says nothing of its own is asked whether there is a buildx', async () => {
    const { outcome, argvs } = await run(() => [fails('ERROR: no builder "x" found'), {}]);
    expect(outcome).toEqual({ ok: false, message: 'no builder "x" found', log: [] });
    expect(argvs()[1]).toBe('buildx version');
    const missing = run(() => [fails('words of another version'), fails('the same words')]);
    expect(await thrownBy(missing)).toMatchObject({ code: 'no-buildx' });
  });

  it('whose command cannot be started says why', async () => {
    const stderr = 'docker could not be started: spawn E2BIG';
    // Nothing comes line by line from what never ran.
    const docker = createDocker(async ({ argv }) => {
      const exitCode = argv[1] === 'version' ? 0 : 1;
      return { exitCode, stdout: '', stderr, missing: false };
    });
    const request = { build: buildWith({}), staged: await stage(), onLog: () => undefined };
    expect(await docker.build(request)).toEqual({ ok: false, message: stderr, log: [] });
  });

  it('is tried again where another build came to the same image', async () => {
    const outrun = fails(
      `#5 DONE\nERROR: failed to solve: image "moby-dangling@${DIGEST}": already exists`,
    );
    const again = await run((staged) => [outrun, succeeds(staged)]);
    expect(again.outcome).toEqual({ ok: true, id: ID });
    const never = await run(() => [outrun]);
    expect(never.outcome).toMatchObject({ ok: false });
    expect(never.calls).toHaveLength(3);
  });

  it('does not begin without its secrets', async () => {
    const { outcome, calls } = await run(() => [{}], {
      secrets: [{ id: 'npm', from: { env: 'NPM_TOKEN', value: null } }],
    });
    expect(outcome).toEqual({
      ok: false,
      message: 'the variable NPM_TOKEN, which has the secret npm, is not set',
      log: [],
    });
    expect(calls).toEqual([]);
  });

  const parents = [{ key: 'base', name: 'base', contexts: ['base'], ref: 'base:1', hash: null }];

  it('that has parents pulls the other images one by one', async () => {
    const keys = { pull: true, parents, baseImages: ['alpine:3', 'node:24'] };
    const { outcome, argvs } = await run((staged) => [{}, {}, succeeds(staged)], keys);
    expect(outcome).toEqual({ ok: true, id: ID });
    expect(argvs().slice(0, 2)).toEqual([
      'pull --quiet --platform linux/amd64 alpine:3',
      'pull --quiet --platform linux/amd64 node:24',
    ]);
    expect(argvs()[2]).not.toContain('--pull');
  });

  it('does not begin where one of them cannot be pulled', async () => {
    const keys = { pull: true, parents, baseImages: ['alpine:3', 'node:24'] };
    const { outcome, calls } = await run(() => [fails('Error response from daemon: EOF')], keys);
    expect(outcome).toEqual({ ok: false, message: 'alpine:3 could not be pulled: EOF', log: [] });
    expect(calls).toHaveLength(1);
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
