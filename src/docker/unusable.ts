import { DockerUnusable } from './port.ts';

/** The environment that docker runs in: which variable led it astray decides what to advise. */
export type DockerEnvironment = Readonly<Record<string, string | undefined>>;

/** There is no docker command. */
export function dockerMissing(): DockerUnusable {
  return new DockerUnusable(
    'missing',
    'the docker command was not found',
    'install the Docker CLI, or put it on the PATH',
  );
}

/** Docker cannot say which images are here. `words`: what it says instead. */
export function notListed(words: string): DockerUnusable {
  const advice = 'see what `docker info` says';
  return new DockerUnusable('no-daemon', `docker cannot list its images: ${words}`, advice);
}

/** Docker answered a while ago, and does not any more. `words`: what it says now. */
export function engineGone(words: string): DockerUnusable {
  return new DockerUnusable(
    'no-daemon',
    `docker does not answer: the engine went away in the middle of a command: ${words}`,
    START_ENGINE,
  );
}

/** The engine was started anew in the middle of a build. `words`: what the build ended with. */
export function engineRestarted(words: string): DockerUnusable {
  return new DockerUnusable(
    'no-daemon',
    `the engine, or its builder, went away in the middle of a build and is back: ${words}`,
    "run again; if it happens again, the engine's log says why",
  );
}

/** There is no buildx plugin, or one that docker cannot run. `words`: what docker says of it. */
export function buildxMissing(words: string | null): DockerUnusable {
  if (words !== null) {
    const [, barred] = /\bfork\/exec (.+): permission denied$/.exec(words) ?? [];
    return new DockerUnusable(
      'no-buildx',
      `docker cannot run its buildx plugin, which builds need: ${words}`,
      barred === undefined
        ? 'install the docker-buildx plugin anew (`docker buildx version` shows whether it works)'
        : `make it executable: \`chmod a+x ${barred}\``,
    );
  }
  return new DockerUnusable(
    'no-buildx',
    'docker has no buildx plugin, which builds need',
    'install the docker-buildx plugin (`docker buildx version` shows whether it is there)',
  );
}

const START_ENGINE =
  'start the Docker engine, or set DOCKER_HOST to one that runs (`docker info` shows more)';

/** Docker did not come as far as to ask an engine. */
const INIT = '(?:Failed to initialize: |unable to resolve docker endpoint: )+';

/** A way in which docker cannot be used. */
interface Condition {
  readonly code: DockerUnusable['code'];
  /** Docker's words for it, from where they begin in a line. */
  readonly words: RegExp;
  readonly advise: (env: DockerEnvironment, words: string) => string;
}

/**
 * The first that fits decides; each is known by a measured text in test/docker/unusable.test.ts. A line
 * of docker's own may begin with `ERROR: ` or the like.
 */
const CONDITIONS: readonly Condition[] = [
  {
    code: 'denied',
    words: /(?:Got )?permission denied while trying to connect to the docker/i,
    advise: () =>
      'let your user use the socket: `sudo usermod -aG docker "$USER"`, and log in anew; or run docker-ensure with sudo',
  },
  {
    code: 'misconfigured',
    words: new RegExp(
      `(?:${INIT})?(?:context "[^"]*": context not found|Current context "[^"]*" is not found)`,
    ),
    advise: ({ DOCKER_CONTEXT }) =>
      DOCKER_CONTEXT
        ? 'set DOCKER_CONTEXT to a context that there is (`docker context ls` lists them), or unset it'
        : "`docker context use default` chooses docker's usual one, `docker context ls` lists all",
  },
  {
    code: 'misconfigured',
    words: new RegExp(`${INIT}.*(?:(?:ca|cert|key)\\.pem|X509|private key|\\btls: )`),
    advise: ({ DOCKER_CERT_PATH }) =>
      `see that ca.pem, cert.pem and key.pem are in ${DOCKER_CERT_PATH ? 'the folder of DOCKER_CERT_PATH' : 'the folder that DOCKER_CERT_PATH should name'} and can be read; for an engine without TLS unset DOCKER_TLS_VERIFY`,
  },
  {
    code: 'misconfigured',
    words: new RegExp(
      `${INIT}.*(?:invalid bind address|unable to parse docker host|parse "|connection is not valid|[Ii]nvalid proto)`,
    ),
    advise: ({ DOCKER_HOST }) =>
      `${DOCKER_HOST ? 'DOCKER_HOST' : "the address of docker's context (`docker context inspect`)"} must be like unix:///var/run/docker.sock, tcp://HOST:2376 or ssh://USER@HOST`,
  },
  {
    code: 'misconfigured',
    words: /Error response from daemon: (?:\{"message":")?client version \S+ is too new/,
    advise: (env) => apiAdvice(env, 'update the engine, or use an older docker command'),
  },
  {
    code: 'misconfigured',
    words: /Error response from daemon: (?:\{"message":")?client version \S+ is too old/,
    advise: (env) => apiAdvice(env, 'update the docker command: it is too old for the engine'),
  },
  {
    code: 'misconfigured',
    words: /Error response from daemon: (?:\{"message":")?page not found(?:"\})?$/,
    advise: (env) => apiAdvice(env, 'see that DOCKER_HOST names an engine'),
  },
  {
    code: 'unreachable',
    words: /error during connect: .*command \[ssh .*stderr=/,
    advise: (_, words) => `see that \`${sshCommand(words)}\` works, and asks nothing`,
  },
  {
    code: 'misconfigured',
    words:
      /error during connect: .*(?:x509:|tls:|certificate|HTTP response to HTTPS client)|Error response from daemon: Client sent an HTTP request to an HTTPS server|The server probably has client authentication \(--tlsverify\) enabled/,
    advise: () =>
      'an engine with TLS needs DOCKER_TLS_VERIFY=1 and its certificates in DOCKER_CERT_PATH; for one without, unset both',
  },
  {
    code: 'unreachable',
    words:
      /request returned (?:\d+ )?[\w ]+ for API route and version|Error response from daemon: (?:Docker Desktop is|Bad response from Docker engine|dial unix docker\.raw\.sock)/,
    advise: () => 'wait until the engine has started (`docker info` shows that), and run again',
  },
  {
    code: 'unreachable',
    words:
      /error during connect: .*(?:no such host|server misbehaving|name resolution|i\/o timeout|no route to host|is unreachable|deadline exceeded)/,
    advise: ({ DOCKER_HOST }) =>
      `check the address in ${DOCKER_HOST ? 'DOCKER_HOST' : "docker's context (`docker context inspect`)"}, and the network`,
  },
  {
    code: 'no-daemon',
    words:
      /Cannot connect to the Docker daemon|error during connect|failed to connect to the docker API/,
    advise: () => START_ENGINE,
  },
  {
    code: 'misconfigured',
    words: new RegExp(INIT),
    advise: () =>
      "see what docker's settings say: DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG (`docker context ls`)",
  },
  {
    code: 'old-engine',
    words: /.*unsupported frontend capability moby\.buildkit\.frontend\.contexts/i,
    advise: () =>
      'update the engine, or pass the reference on: build_args: { BASE: "${images.KEY.ref}" }',
  },
];

function apiAdvice({ DOCKER_API_VERSION }: DockerEnvironment, otherwise: string): string {
  return DOCKER_API_VERSION
    ? 'unset DOCKER_API_VERSION, or set it to one that the engine takes'
    : otherwise;
}

/** The command by which docker reaches an engine, as somebody would try it. */
function sshCommand(words: string): string {
  const [, command = 'ssh HOST'] =
    /command \[(ssh .*?) (?:--host \S+ )?system dial-stdio\]/.exec(words) ?? [];
  return `${command.replace(/ -o ConnectTimeout=\d+/, '').replace(/ -T(?= )/, '')} version`;
}

const NO_BUILDX =
  /buildx component is missing or broken|'buildx' is not a docker command|unknown command: docker buildx|^unknown (?:shorthand )?flag: .*\s+(?:See 'docker --help'|Usage: +docker \[OPTIONS\] COMMAND)/im;

/** True for words that say that docker knows no `buildx`; what is wrong with it, docker can be asked. */
export function lacksBuildx(text: string): boolean {
  return NO_BUILDX.test(text);
}

/** What docker's own words say of docker's not being usable: they, and what to do; null if they don't. */
export function unusableBy(text: string, env: DockerEnvironment): DockerUnusable | null {
  for (const { code, words, advise } of CONDITIONS) {
    const line = new RegExp(`^(?:ERROR: |error: |docker: )*(${words.source})`, `m${words.flags}`);
    const match = line.exec(text);
    if (match === null) continue;
    const said = text.slice(match.index);
    const start = code === 'no-daemon' ? 'docker does not answer' : 'docker cannot be used';
    const message =
      code === 'old-engine'
        ? 'this Docker engine is older than 23 and cannot give a build its parents by name'
        : `${start}: ${causeOf(said)}`;
    return new DockerUnusable(code, message, advise(env, said));
  }
  return null;
}

/**
 * The line that says it, without the request that docker made. Of an engine behind ssh it is the last
 * line that ssh has written.
 */
function causeOf(said: string): string {
  const ssh = /\bstderr=(.*)$/s.exec(said)?.[1]?.trim();
  if (ssh) return (ssh.split('\n').at(-1) ?? ssh).trim();
  const [line = ''] = said.split('\n');
  return line
    .replace(/^(?:ERROR: |error: |docker: )+/, '')
    .replace(/^Error response from daemon: /, '')
    .replace(/^\{"message":"(.*)"\}/, '$1')
    .replace(new RegExp(`^${INIT}`), '')
    .replace(/(?<=: )(?:Head|Get|Post|Put|Delete) "[^"]*": /, '')
    .replace(/ for API route and version \S+,.*$/, '')
    .replace(/^(context "[^"]*": context not found): .*$/, '$1')
    .trim();
}
