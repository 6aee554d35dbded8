import { existsSync } from 'node:fs';
import { DockerUnusable } from './port.ts';
import type { DockerEnvironment } from './unusable.ts';

/**
 * The same, with advice to use an engine of the user's own, where there is one beside docker's usual place: an engine
 * without root, or one of a desktop. Docker looks for none of them by itself; only a context or DOCKER_HOST names
 * one. https://docs.docker.com/engine/security/rootless/
 */
export function adviseOtherEngine(
  problem: DockerUnusable,
  env: DockerEnvironment,
  isThere: (path: string) => boolean = existsSync,
): DockerUnusable {
  const isUsual = !env.DOCKER_HOST && !env.DOCKER_CONTEXT && problem.message.includes(USUAL);
  const socket = isUsual ? socketsOf(env).find(isThere) : undefined;
  if (socket === undefined) return problem;
  const advice = `an engine of your own seems to listen at ${socket}: use it with \`export DOCKER_HOST=unix://${socket}\`, or by its context (\`docker context ls\`); else ${problem.advice}`;
  return new DockerUnusable(problem.code, problem.message, advice);
}

const USUAL = 'unix:///var/run/docker.sock';

/** Where engines of one user listen: rootless docker, then desktops. */
function socketsOf({ XDG_RUNTIME_DIR, HOME }: DockerEnvironment): string[] {
  const ofHome = [
    '.docker/run/docker.sock',
    '.docker/desktop/docker.sock',
    '.colima/default/docker.sock',
    '.orbstack/run/docker.sock',
    '.rd/docker.sock',
  ];
  return [
    ...(XDG_RUNTIME_DIR ? [`${XDG_RUNTIME_DIR}/docker.sock`] : []),
    ...(HOME ? ofHome.map((path) => `${HOME}/${path}`) : []),
  ];
}
