import { DockerUnusable } from './port.ts';

/** The one line for each way in which docker cannot be used. */
export function unusable(code: DockerUnusable['code'], detail?: string): DockerUnusable {
  switch (code) {
    case 'missing':
      return new DockerUnusable(
        code,
        'the docker command was not found',
        'install the Docker CLI, or put it on the PATH',
      );
    case 'no-daemon':
      return new DockerUnusable(
        code,
        `docker does not answer${detail === undefined ? '' : `: ${detail}`}`,
        'start the Docker engine, or set DOCKER_HOST to one that runs (`docker info` shows more)',
      );
    case 'no-buildx':
      return new DockerUnusable(
        code,
        'docker has no buildx plugin, which builds need',
        'install the docker-buildx plugin (`docker buildx version` shows whether it is there)',
      );
    case 'old-engine':
      return new DockerUnusable(
        code,
        'this Docker engine is older than 23 and cannot give a build its parents by name',
        'update the engine, or pass the reference on: build_args: { BASE: "${images.KEY.ref}" }',
      );
  }
}
