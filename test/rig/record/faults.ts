/** Plays the cases of what can be wrong to an engine, and keeps what docker says. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loginArgv, probeArgv, pullArgv, pushArgv } from '../../../src/docker/argv.ts';
import { type Engine, seedReference } from '../engine/index.ts';
import { CASES, type Stage, USER, type Verb } from './cases.ts';

/** Writes `<folder>/<case>/<verb>-<store>.txt` for each verb of the case. */
export async function recordFault(name: string, engine: Engine, folder: string): Promise<void> {
  const { verbs, set } = CASES[name]!;
  const stage = await set(engine);
  const config = await configFolder(engine, stage);
  const env = { ...stage.env, DOCKER_CONFIG: config };
  const ref = `${stage.server}/${stage.repository ?? 'team/app'}:1`;
  try {
    if (verbs.includes('push') && stage.repository === undefined) {
      await engine.docker(['tag', seedReference, ref]);
    }
    for (const verb of verbs) {
      const { argv, input } = commandOf(verb, ref, stage);
      const ran = await engine.docker(argv, { env, ...(input === undefined ? {} : { input }) });
      if (ran.exitCode === 0) {
        process.stderr.write(`  ${verb} succeeded: ${ran.stdout}\n`);
        continue;
      }
      await mkdir(join(folder, name), { recursive: true });
      const file = join(folder, name, `${verb}-${engine.store}.txt`);
      await writeFile(file, `${steady(ran.stderr, stage.server)}\n`);
    }
  } finally {
    await engine.docker(['rmi', ref]);
    await rm(config, { recursive: true });
    await stage.end();
  }
}

function commandOf(
  verb: Verb,
  ref: string,
  { server, platform = 'linux/amd64', password = 'any' }: Stage,
): { argv: string[]; input?: string } {
  switch (verb) {
    case 'pull':
      return { argv: pullArgv(ref, platform) };
    case 'push':
      return { argv: pushArgv(ref) };
    case 'probe':
      return { argv: probeArgv(ref) };
    case 'login':
      return { argv: loginArgv(server, USER.username), input: password };
  }
}

async function configFolder(engine: Engine, { config = {}, plugins }: Stage): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-record-'));
  const original = join(engine.env.DOCKER_CONFIG!, 'cli-plugins');
  if (plugins !== false) await symlink(original, join(folder, 'cli-plugins'));
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}

/** Hosts, ports and times that differ from one recording to the next, made the same. */
function steady(text: string, server: string): string {
  const [host = '', port = '5000'] = server.split(':');
  const loopback = host === '127.0.0.1';
  const steadyHost = loopback || /[a-z]/.test(host) ? host : '192.0.2.7';
  return text
    .replaceAll(server, server.includes(':') ? `${steadyHost}:5000` : server)
    .replaceAll(host, steadyHost)
    .replaceAll(`%3A${port}`, '%3A5000')
    .replace(/(?:\d+\.){3}\d+:\d{4,5}(?=->)/g, `${steadyHost}:40000`)
    .replace(/tcp:\/\/127\.0\.0\.1:\d+/g, 'tcp://127.0.0.1:2375')
    .replace(/(lookup \S+ on )\S+?:53/g, '$1192.0.2.53:53')
    .replace(/time="[^"]*"/g, 'time="2026-01-31T12:00:00Z"')
    .replace(/sha256:[0-9a-f]{64}/g, `sha256:${'c0ffee00'.repeat(8)}`);
}
