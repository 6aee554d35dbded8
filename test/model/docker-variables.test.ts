import { expect, it } from 'vitest';
import { isDockersVariable } from '../../src/model/docker-variables.ts';

it.each([
  ...['PATH', 'HOME', 'TMPDIR', 'SSH_AUTH_SOCK', 'SSL_CERT_FILE', 'LD_PRELOAD', 'GODEBUG'],
  ...['DOCKER_HOST', 'DOCKER_CONFIG', 'DOCKER_CONTEXT', 'DOCKER_TLS_VERIFY', 'DOCKER_AUTH_CONFIG'],
  ...['BUILDX_BUILDER', 'BUILDX_NO_DEFAULT_ATTESTATIONS', 'BUILDX_GIT_LABELS', 'BUILDKIT_HOST'],
  ...['DOCKER_CONTENT_TRUST_SERVER', 'DOCKER_CLI_HINTS', 'OTEL_SERVICE_NAME'],
  'DOCKER_ENSURE_SECRET_1',
])('%s is read by docker, buildx or Go', (name) => {
  expect(isDockersVariable(name)).toBe(true);
});

it.each([
  ...['HTTP_PROXY', 'https_proxy', 'NO_PROXY', 'SOURCE_DATE_EPOCH', 'BUILDKIT_INLINE_CACHE'],
  ...['DOCKER_VERSION', 'BUILDX_VERSION', 'DOCKER_DEFAULT_PLATFORM', 'USER', 'path', 'HOME_PAGE'],
])('%s is not', (name) => {
  expect(isDockersVariable(name)).toBe(false);
});
