/**
 * True for a variable that docker reads for itself, or buildx, or Go's runtime in both, such that
 * another value would change what they do: talk to another engine, use another configuration, run
 * another helper. A plain build, unlike one by a bake definition, has its arguments in docker's
 * environment, where no process list shows their values; one of these names would not reach the build
 * alone.
 *
 * Not among them: what only changes how docker's output looks, what our own options overrule
 * (`DOCKER_DEFAULT_PLATFORM`), what docker means to be build arguments too (`BUILDKIT_SYNTAX`,
 * `SOURCE_DATE_EPOCH`), and the proxies: docker itself uses those, and it should.
 *
 * https://docs.docker.com/reference/cli/docker/#environment-variables
 * https://docs.docker.com/build/building/variables/#build-tool-configuration-variables
 */
export function isDockersVariable(name: string): boolean {
  return NAMES.has(name) || FAMILIES.test(name);
}

const NAMES = new Set([
  ...['DOCKER_API_VERSION', 'DOCKER_AUTH_CONFIG', 'DOCKER_BUILDKIT', 'DOCKER_CERT_PATH'],
  ...['DOCKER_CONFIG', 'DOCKER_CONTEXT', 'DOCKER_CUSTOM_HEADERS', 'DOCKER_HOST', 'DOCKER_TLS'],
  ...['DOCKER_TLS_VERIFY', 'BUILDKIT_HOST', 'BUILDX_BUILDER', 'BUILDX_CONFIG'],
  ...['BUILDX_EXPERIMENTAL', 'EXPERIMENTAL_BUILDKIT_SOURCE_POLICY', 'KUBECONFIG', 'TRACEPARENT'],
  // Where they find programs, the user's files, certificates and keys.
  ...['PATH', 'HOME', 'USERPROFILE', 'TMPDIR', 'SSH_AUTH_SOCK', 'SSL_CERT_DIR', 'SSL_CERT_FILE'],
  ...['GODEBUG', 'LD_LIBRARY_PATH', 'LD_PRELOAD'],
]);

const FAMILIES =
  /^(?:DOCKER_CLI_|DOCKER_CONTENT_TRUST|DOCKER_ENSURE_|BUILDX_(?:GIT|NO_DEFAULT)_|OTEL_)/;
