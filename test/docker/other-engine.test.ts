import { describe, expect, it } from 'vitest';
import { adviseOtherEngine } from '../../src/docker/other-engine.ts';
import { type DockerEnvironment, unusableBy } from '../../src/docker/unusable.ts';

const SAID =
  'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';
const DENIED =
  'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: connect: permission denied';
const HERE = { XDG_RUNTIME_DIR: '/run/user/1000', HOME: '/home/ann' };
const START =
  'start the Docker engine, or set DOCKER_HOST to one that runs (`docker info` shows more)';

function advised(said: string, env: DockerEnvironment, ...sockets: string[]): string | undefined {
  const problem = unusableBy(said, env);
  return problem === null
    ? undefined
    : adviseOtherEngine(problem, env, (path) => sockets.includes(path)).advice;
}

describe("where docker's usual engine cannot be used", () => {
  it.each([
    '/run/user/1000/docker.sock',
    '/home/ann/.docker/desktop/docker.sock',
    '/home/ann/.colima/default/docker.sock',
  ])('an engine of the user is named first: %s', (socket) => {
    expect(advised(SAID, HERE, socket)).toBe(
      `an engine of your own seems to listen at ${socket}: use it with \`export DOCKER_HOST=unix://${socket}\`, or by its context (\`docker context ls\`); else ${START}`,
    );
    expect(advised(DENIED, HERE, socket)).toMatch(
      new RegExp(`^an engine of your own seems to listen at ${socket}: .*; else let your user`),
    );
  });

  it('none is made up', () => {
    expect(advised(SAID, HERE)).toBe(START);
    expect(advised(SAID, {}, '/docker.sock', 'undefined/docker.sock')).toBe(START);
  });

  it('one that the user has named is not questioned', () => {
    const socket = '/run/user/1000/docker.sock';
    expect(advised(SAID, { ...HERE, DOCKER_CONTEXT: 'default' }, socket)).toBe(START);
    expect(advised(SAID, { ...HERE, DOCKER_HOST: 'unix:///x' }, socket)).toBe(START);
    const other = SAID.replace('/var/run/', '/other/');
    expect(advised(other, HERE, socket)).toBe(START);
  });
});
