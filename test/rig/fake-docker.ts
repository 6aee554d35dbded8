import { execFileSync } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { chmod, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** One call of the docker command, as the fake one received it. */
export interface DockerCall {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
}

export interface Reply {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
}

/** Answers a call, when it sees fit; undefined leaves it to what a well-behaved docker would say. */
export type Answer = (call: DockerCall) => Reply | undefined | Promise<Reply | undefined>;

/** A `docker` command whose every answer the test gives. */
export interface FakeDocker {
  /** Where it is. */
  readonly folder: string;
  /** For the environment of the program under test. */
  readonly env: Readonly<Record<string, string>>;
  /** The calls so far. */
  readonly calls: readonly DockerCall[];
  /** The argvs so far, joined by blanks. */
  commands(): string[];
}

/**
 * Tells the test what it was called with, and does what it is told. A shell starts in a tenth of the time that
 * Node takes, and there are many calls.
 */
const programIn = (folder: string) => `#!/bin/sh
PATH=/usr/bin:/bin
call='${folder}'/$$
{ printf '%s\\0' $# "$@"; cat /proc/$$/environ 2>/dev/null || env -0; printf '\\0'; cat; } >"$call.in"
mkfifo -m 666 "$call.reply"
exec 3<>"$call.reply"
echo $$ >'${folder}/calls'
read -r code <&3
cat "$call.out"
cat "$call.err" >&2
exit "$code"
`;

/** Puts a fake docker first on the PATH of a test. By default nothing is here and all goes well. */
export async function fakeDocker(answer: Answer = () => undefined): Promise<FakeDocker> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-fake-'));
  const calls: DockerCall[] = [];
  const path = join(folder, 'docker');
  await writeFile(path, programIn(folder));
  await chmod(path, 0o755);
  execFileSync('mkfifo', ['-m', '666', join(folder, 'calls')]);
  // Opened for writing too, it does not end with the first call.
  const fd = openSync(join(folder, 'calls'), constants.O_RDWR | constants.O_NONBLOCK);
  const incoming = new Socket({ fd, readable: true, writable: false });
  onLines(incoming, async (pid) => {
    const call = callOf(await readFile(join(folder, `${pid}.in`)));
    calls.push(call);
    await reply(join(folder, pid), (await answer(call)) ?? (await usual(call)));
  });
  onTestFinished(async () => {
    incoming.destroy();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    folder,
    env: {
      PATH: [folder, process.env.PATH ?? ''].join(delimiter),
      // Behind a proxy docker alone asks registries: no test looks for those that it makes up.
      HTTPS_PROXY: 'http://127.0.0.1:1',
    },
    calls,
    commands: () => calls.map(({ argv }) => argv.join(' ')),
  };
}

/** A line for each call. One that goes wrong gets no answer, and docker no end: the test then says why. */
function onLines(incoming: Socket, take: (line: string) => Promise<void>): void {
  let text = '';
  incoming.setEncoding('utf8').on('data', (more: string) => {
    const lines = (text + more).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) void take(line);
  });
}

/** How many arguments, the arguments, the environment and an empty entry, each with a NUL; then stdin. */
function callOf(written: Buffer): DockerCall {
  const text = written.toString();
  const [count = '', ...rest] = text.split('\0');
  const argv = rest.slice(0, Number(count));
  const pairs = rest.slice(argv.length, rest.indexOf('', argv.length));
  const stdin = rest.slice(argv.length + pairs.length + 1).join('\0');
  const env = Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s, 2)));
  return { argv, env, stdin };
}

async function reply(call: string, { stdout = '', stderr = '', exitCode = 0 }: Reply) {
  await writeFile(`${call}.out`, stdout);
  await writeFile(`${call}.err`, stderr);
  // Nobody waits for the answer where docker was killed meanwhile.
  const flags = constants.O_WRONLY | constants.O_NONBLOCK;
  const fifo = await open(`${call}.reply`, flags).catch(() => null);
  await fifo?.write(`${exitCode}\n`);
  await fifo?.close();
}

/** The value of an option in an argv. */
export function optionOf(argv: readonly string[], name: string): string {
  return argv[argv.indexOf(name) + 1] ?? '';
}

async function usual({ argv, env, stdin }: DockerCall): Promise<Reply> {
  if (argv[0] === 'login') await keepLogin(env.DOCKER_CONFIG, argv, stdin);
  if (argv[0] === 'pull')
    return { stderr: 'Error response from daemon: manifest unknown\n', exitCode: 1 };
  if (argv[0] === 'image' && argv[1] === 'inspect') {
    return {
      stdout: argv
        .slice(4)
        .map((id) => `${id} null\n`)
        .join(''),
    };
  }
  if (argv[0] === 'buildx' && argv[1] === 'imagetools')
    return { stderr: `ERROR: ${argv.at(-1)}: not found\n`, exitCode: 1 };
  if (argv[0] === 'buildx' && argv.includes('--metadata-file') && argv[1] === 'bake') {
    const image = { 'containerimage.digest': `sha256:${'1'.repeat(64)}` };
    await writeFile(optionOf(argv, '--metadata-file'), JSON.stringify({ 'image-1': image }));
  }
  return {};
}

/** As docker does where no helper keeps the login. */
async function keepLogin(folder = '', argv: readonly string[], password: string): Promise<void> {
  const file = join(folder, 'config.json');
  const config = JSON.parse(await readFile(file, 'utf8'));
  const server = argv.at(-1) === '--password-stdin' ? 'https://index.docker.io/v1/' : argv.at(-1);
  const auth = Buffer.from(`${optionOf(argv, '--username')}:${password}`).toString('base64');
  const auths = { ...config.auths, [server ?? '']: { auth } };
  await writeFile(file, JSON.stringify({ ...config, auths }));
}

/** A docker on whose machine these references are. */
export function having(...refs: readonly string[]): Answer {
  const lines = refs.map((ref) => {
    const colon = ref.lastIndexOf(':');
    return JSON.stringify({
      ID: `sha256:${'2'.repeat(64)}`,
      Repository: ref.slice(0, colon),
      Tag: ref.slice(colon + 1),
    });
  });
  const stdout = lines.map((line) => `${line}\n`).join('');
  return ({ argv }) => (argv[0] === 'image' && argv[1] === 'ls' ? { stdout } : undefined);
}
