/** An engine as it is reached over ssh: a real sshd on this machine's loopback, with keys of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { fetchPrograms } from './fetch.ts';
import { freePort } from './port.ts';
import { until } from './supervised.ts';
import type { Engine } from './types.ts';

export interface SshEngine {
  /** For the environment of docker: the engine behind ssh. */
  readonly env: Readonly<Record<string, string>>;
  /** The same with an ssh that fails: nobody listens, the key is not known there, or the host is not known here. */
  failing(
    how: 'closed-port' | 'wrong-key' | 'unknown-host',
  ): Promise<Readonly<Record<string, string>>>;
  stop(): Promise<void>;
}

/** Starts an sshd for an engine. It ends with this process, whatever becomes of it. */
export async function startSsh(engine: Engine): Promise<SshEngine> {
  const { ssh } = await fetchPrograms();
  const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-ssh-'));
  const at = (name: string) => join(folder, name);
  const user = userInfo().username;
  const port = await freePort();
  for (const name of ['host', 'client', 'stranger']) {
    const options = ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', at(name)];
    await execa(join(ssh, 'ssh-keygen'), options);
  }
  const publicKey = async (name: string) => readFile(at(`${name}.pub`), 'utf8');
  await writeFile(at('authorized'), await publicKey('client'));
  await writeFile(at('known'), `[127.0.0.1]:${port} ${await publicKey('host')}`);
  await writeFile(at('nobody-known'), '');
  await writeFile(at('sshd_config'), serverConfig(engine, port, at));
  const server = serve(folder, ssh);
  const stop = async () => {
    server.kill('SIGKILL');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    await rm(folder, { recursive: true, force: true });
  };
  if (!(await until(() => answers(port), 10))) {
    const log = await readFile(at('log'), 'utf8').catch(() => '');
    await stop();
    throw new Error(`sshd does not start: ${log.trim()}`);
  }

  const envOf = async (name: string, place: number, key: string, known: string) => {
    const bin = at(name);
    await mkdir(bin, { recursive: true });
    const options = [
      ...[`IdentityFile=${at(key)}`, 'IdentitiesOnly=yes', 'BatchMode=yes'],
      ...[`UserKnownHostsFile=${at(known)}`, 'GlobalKnownHostsFile=/dev/null'],
      'StrictHostKeyChecking=yes',
    ].map((option) => `-o '${option}'`);
    // Docker names no configuration, and ssh asks no variable for one.
    const text = `#!/bin/sh\nexec '${join(ssh, 'ssh')}' -F /dev/null ${options.join(' ')} "$@"\n`;
    await writeFile(join(bin, 'ssh'), text);
    await chmod(join(bin, 'ssh'), 0o755);
    return {
      ...engine.env,
      DOCKER_HOST: `ssh://${user}@127.0.0.1:${place}`,
      PATH: [bin, engine.env.PATH].join(delimiter),
    };
  };
  return {
    env: await envOf('good', port, 'client', 'known'),
    async failing(how) {
      if (how === 'closed-port') return envOf(how, await freePort(), 'client', 'known');
      if (how === 'wrong-key') return envOf(how, port, 'stranger', 'known');
      return envOf(how, port, 'client', 'nobody-known');
    },
    stop,
  };
}

function serverConfig(engine: Engine, port: number, at: (name: string) => string): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${at('host')}`,
    `AuthorizedKeysFile ${at('authorized')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    `SetEnv PATH=${engine.env.PATH} DOCKER_HOST=${engine.env.DOCKER_HOST}`,
    '',
  ].join('\n');
}

/**
 * Runs sshd with a view of the file system of its own, in which it finds what only an installed one has: the
 * user `sshd`, and its folder in /run.
 */
function serve(folder: string, ssh: string): ChildProcess {
  const script = [
    'set -e',
    '{ cat /etc/passwd; echo sshd:x:65533:65534::/run/sshd:/bin/false; } >"$0/passwd"',
    'mount --bind "$0/passwd" /etc/passwd',
    'mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd',
    'export LD_LIBRARY_PATH="$1/lib"',
    'exec "$1/sshd" -D -e -f "$0/sshd_config" 2>"$0/log"',
  ].join('\n');
  const own = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', 'sh', '-c', script];
  const [command = '', ...args] = [...own, folder, ssh];
  return spawn(command, args, { stdio: 'ignore' });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('data', () => resolve(true)).on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
    socket.once('data', () => socket.destroy());
  });
}
