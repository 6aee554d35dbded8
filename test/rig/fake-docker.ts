import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
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

/** Connects to the test, tells what it was called with, and does what it is told. */
const PROGRAM = `#!${process.execPath}
const { connect } = require('node:net');
const { readFileSync } = require('node:fs');
const { FAKE_DOCKER_SOCKET: path, ...env } = process.env;
let reply = '';
const socket = connect(path, () => {
  const stdin = readFileSync(0, 'utf8');
  socket.write(JSON.stringify({ argv: process.argv.slice(2), env, stdin }) + '\\n');
});
socket.setEncoding('utf8').on('data', (text) => { reply += text; }).on('end', () => {
  const { stdout = '', stderr = '', exitCode = 0 } = JSON.parse(reply);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exitCode;
});
`;

/** Puts a fake docker first on the PATH of a test. By default nothing is here and all goes well. */
export async function fakeDocker(answer: Answer = () => undefined): Promise<FakeDocker> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-fake-'));
  const socketPath = join(folder, 'socket');
  const calls: DockerCall[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    receive(socket, async (call) => {
      calls.push(call);
      return (await answer(call)) ?? usual(call);
    });
  });
  await new Promise<void>((listening) => server.listen(socketPath, listening));
  await writeFile(join(folder, 'docker'), PROGRAM);
  await chmod(join(folder, 'docker'), 0o755);
  onTestFinished(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    folder,
    env: {
      PATH: [folder, process.env.PATH ?? ''].join(delimiter),
      FAKE_DOCKER_SOCKET: socketPath,
      // Behind a proxy docker alone asks registries: no test looks for those that it makes up.
      HTTPS_PROXY: 'http://127.0.0.1:1',
    },
    calls,
    commands: () => calls.map(({ argv }) => argv.join(' ')),
  };
}

function receive(socket: Socket, answer: (call: DockerCall) => Promise<Reply>): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('error', () => undefined);
  socket.on('data', (more: string) => {
    text += more;
    if (!text.endsWith('\n')) return;
    answer(JSON.parse(text) as DockerCall).then(
      (reply) => socket.end(JSON.stringify(reply)),
      () => socket.destroy(),
    );
  });
}

/** The value of an option in an argv. */
export function optionOf(argv: readonly string[], name: string): string {
  return argv[argv.indexOf(name) + 1] ?? '';
}

async function usual({ argv }: DockerCall): Promise<Reply> {
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
  if (argv[0] === 'buildx' && argv[1] === 'bake') {
    const image = { 'containerimage.digest': `sha256:${'1'.repeat(64)}` };
    await writeFile(optionOf(argv, '--metadata-file'), JSON.stringify({ 'image-1': image }));
  }
  return {};
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
