/** Docker Hub has one name among servers, in references and here; people and docker have several. */
export const HUB = 'docker.io';

/**
 * The key of Docker Hub's login in docker's configuration. Docker looks for one under this name alone:
 * https://pkg.go.dev/github.com/docker/docker/registry#pkg-variables
 */
const HUB_LOGIN = 'https://index.docker.io/v1/';

const HUB_NAMES = /^(?:index\.|registry-1\.)?docker\.io(?::443)?$/;

/**
 * The server that an address means, `host[:port]`, equal for equal servers: scheme, path and case are
 * left out, and Docker Hub is `docker.io`.
 */
export function serverOf(address: string): string {
  const host = address
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/.*$/s, '')
    .toLowerCase();
  return HUB_NAMES.test(host) ? HUB : host;
}

/** True for Docker Hub in each of its spellings, with or without `https://` and `/v1/`. */
export function isHub(address: string): boolean {
  return serverOf(address) === HUB && /^(?:https?:\/\/)?[^/]*(?:\/(?:v[12]\/?)?)?$/i.test(address);
}

/** The key under which docker's configuration has the login of a registry's server. */
export function loginKeyOf(server: string | null): string {
  return server ?? HUB_LOGIN;
}
