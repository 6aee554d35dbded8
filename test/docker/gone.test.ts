import { describe, expect, it } from 'vitest';
import type { Docker } from '../../src/docker/port.ts';
import { alone, buildWith, dockerThatSays, fails, stage, thrownBy } from './scripted.ts';

const NOBODY = fails(
  '\nCannot connect to the Docker daemon at unix:///x. Is the docker daemon running?',
);
const ANSWERS = { stdout: '26.1.5\n' };
const GONE = {
  code: 'no-daemon',
  message:
    'docker does not answer: the engine went away in the middle of a command: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?',
  advice: 'start the Docker engine, or set DOCKER_HOST to one that runs (`docker info` shows more)',
};
const MINUTE = 60_000;

/** What builds end with whose engine is killed: measured with Engine 26 and buildx 0.13, or reported. */
const BUILDS = [
  'failed to receive status: rpc error: code = Unavailable desc = error reading from server: EOF',
  'failed to receive status: rpc error: code = Unavailable desc = error reading from server: read unix @->/x: read: connection reset by peer',
  'failed to solve: Unavailable: error reading from server: EOF',
  'failed to receive status: rpc error: code = Unavailable desc = closing transport due to: connection error: desc = "error reading from server: io: read/write on closed pipe", received prior goaway: code: NO_ERROR, debug data: "graceful_stop"',
  'listing workers for Build: failed to list workers: Unavailable: error reading from server: EOF',
  'listing workers for Build: failed to list workers: Unavailable: connection closed before server preface received',
  'failed to dial gRPC: read unix @->/x: read: connection reset by peer',
  'failed to receive status: rpc error: code = Unavailable desc = transport is closing',
];

/** Words that a build has for more than an engine's going away. */
const UNCLEAR = [
  'failed to solve: Canceled: context canceled',
  'failed to solve: no active session for nul2: context deadline exceeded',
  'failed to solve: write unix @->/x: write: broken pipe',
  'failed to solve: process "/bin/sh -c sleep 9" did not complete successfully: exit code: 137',
  'failed to solve: words that nobody has seen so far',
];

const built = async (docker: Docker) => docker.build(alone(buildWith({}), await stage()));

const ends = (said: string) => fails(`#7 [2/2] RUN make\n#7 0.1 making\nERROR: ${said}`);

describe('an engine that goes away in a build', () => {
  it.each([...BUILDS, ...UNCLEAR])('is asked for, whatever the build says: %s', async (said) => {
    const { docker } = dockerThatSays(ends(said), NOBODY);
    const { code, message, advice } = await thrownBy(built(docker));
    expect({ code, message, advice }).toEqual(GONE);
  });

  it.each(BUILDS)('and is back is no failure of the build: %s', async (said) => {
    const { docker } = dockerThatSays(ends(said), ANSWERS);
    expect(await thrownBy(built(docker))).toMatchObject({
      code: 'no-daemon',
      message: `the engine, or its builder, went away in the middle of a build and is back: ${said}`,
      advice: "run again; if it happens again, the engine's log says why",
    });
  });

  it.each(UNCLEAR)('and that answers has not gone away: %s', async (said) => {
    const { docker } = dockerThatSays(ends(said), ANSWERS);
    expect(await built(docker)).toMatchObject({ ok: false });
  });

  it.each(BUILDS)('is not how docker ends the others when one build fails: %s', async (said) => {
    const text = [
      '#3 [image-1 internal] load build definition',
      `#3 ERROR: ${said}`,
      'ERROR: failed to solve: dockerfile parse error on line 2: unknown flag: parents',
    ];
    const { docker } = dockerThatSays(fails(text.join('\n')), ANSWERS);
    expect(await built(docker)).toMatchObject({
      ok: false,
      message: expect.stringContaining('dockerfile parse error on line 2: unknown flag: parents'),
    });
  });

  it('is seen where docker called the rest off last', async () => {
    const [cut] = BUILDS;
    const text = `ERROR: ${cut}\nERROR: failed to solve: Canceled: context canceled`;
    const { docker } = dockerThatSays(fails(text), ANSWERS);
    expect((await thrownBy(built(docker))).code).toBe('no-daemon');
  });

  it.each(BUILDS)('is not what a step has printed: %s', async (said) => {
    const text = [
      '#7 [2/2] RUN talk',
      `#7 0.123 ERROR: ${said}`,
      '#7 ERROR: process "/bin/sh -c talk" did not complete successfully: exit code: 1',
      '------',
      ' > [2/2] RUN talk:',
      `0.123 ERROR: ${said}`,
      '------',
      'ERROR: failed to solve: process "/bin/sh -c talk" did not complete successfully: exit code: 1',
    ];
    const { docker } = dockerThatSays(fails(text.join('\n')), ANSWERS);
    expect(await built(docker)).toEqual({
      key: 'app',
      ok: false,
      message: '[2/2] RUN talk failed with exit code 1',
      log: [`ERROR: ${said}`],
    });
  });

  it('and does not answer in time leaves what the build said', async () => {
    const late = { exitCode: 1, timedOut: true };
    const { docker } = dockerThatSays(ends('failed to solve: no'), late);
    expect(await built(docker)).toMatchObject({ ok: false, message: 'no' });
  });
});

describe('an engine that goes away elsewhere', () => {
  const verbs: Readonly<Record<string, (docker: Docker) => Promise<unknown>>> = {
    pull: (docker) => docker.pull('r.test/x:1', null, MINUTE),
    push: (docker) => docker.push('r.test/x:1', MINUTE),
    tag: (docker) => docker.tag('x:1', 'y:1'),
  };
  const words = [
    'unexpected EOF',
    'Error response from daemon: unexpected EOF',
    'read unix @->/x: read: connection reset by peer',
    'write unix @->/x: write: broken pipe',
    'context canceled',
    'http2: client connection lost',
  ];
  const all = Object.keys(verbs).flatMap((verb) => words.map((said) => [verb, said] as const));

  it.each(all)('is asked for in a %s: %s', async (verb, said) => {
    const { docker } = dockerThatSays(fails(said), NOBODY);
    const { code, message, advice } = await thrownBy(verbs[verb]!(docker));
    expect({ code, message, advice }).toEqual(GONE);
  });

  it.each(['Error response from daemon: manifest unknown', 'denied: requested access'])(
    'is not asked for where the registry has answered: %s',
    async (said) => {
      const { docker, calls } = dockerThatSays(fails(said), NOBODY);
      await docker.pull('r.test/x:1', null, MINUTE);
      expect(calls).toHaveLength(1);
    },
  );
});

describe('a buildx plugin', () => {
  const PATH = '/home/ann/.docker/cli-plugins/docker-buildx';
  const problem = `failed to fetch metadata: fork/exec ${PATH}: exec format error`;

  it("that docker cannot run is docker's to explain", async () => {
    const listed = JSON.stringify([{ Name: 'buildx', Path: PATH, Err: problem }]);
    const words = fails("docker: 'buildx' is not a docker command.\nSee 'docker --help'");
    const { docker, argvs } = dockerThatSays(words, { stdout: listed });
    expect(await thrownBy(docker.probe('r.test/x:1', MINUTE))).toMatchObject({
      code: 'no-buildx',
      message: `docker cannot run its buildx plugin, which builds need: ${problem}`,
      advice:
        'install the docker-buildx plugin anew (`docker buildx version` shows whether it works)',
    });
    expect(argvs()[1]).toBe('info --format {{json .ClientInfo.Plugins}}');
  });

  it('that may not be run is to be made executable', async () => {
    const denied = `failed to fetch metadata: fork/exec ${PATH}: permission denied`;
    const listed = JSON.stringify([{ Name: 'buildx', Path: PATH, Err: denied }]);
    const words = fails("docker: 'buildx' is not a docker command.\nSee 'docker --help'");
    const { docker } = dockerThatSays(words, { stdout: listed });
    expect(await thrownBy(docker.probe('r.test/x:1', MINUTE))).toMatchObject({
      message: `docker cannot run its buildx plugin, which builds need: ${denied}`,
      advice: `make it executable: \`chmod a+x ${PATH}\``,
    });
  });

  it.each(['null', '[]', '[{"Name":"compose","Err":"no"}]', 'no JSON', ''])(
    'that is not there is said to be missing: %s',
    async (stdout) => {
      const words = fails("unknown shorthand flag: 'f' in -f\nSee 'docker --help'.");
      const { docker } = dockerThatSays(words, { stdout });
      expect(await thrownBy(built(docker))).toMatchObject({
        message: 'docker has no buildx plugin, which builds need',
      });
    },
  );
});
