/** The files a private engine is started from. */
import { mkdir, statfs, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Programs } from './fetch.ts';
import type { EngineOptions, Store } from './types.ts';

/** Writes everything an engine reads when it starts, and the DOCKER_CONFIG of its clients. */
export async function writeEngineFiles(
  folder: string,
  options: EngineOptions,
  programs: Programs,
): Promise<void> {
  const data = options.dataRoot ?? join(folder, 'data');
  const plugins = join(folder, 'config', 'cli-plugins');
  await mkdir(plugins, { recursive: true });
  await mkdir(data, { recursive: true });
  await symlink(join(programs.cliPlugins, 'docker-buildx'), join(plugins, 'docker-buildx'));
  await writeFile(join(folder, 'store'), `${options.store}\n`);
  await writeFile(join(folder, 'containerd.toml'), containerdConfig(folder, data));
  const config = {
    features: { 'containerd-snapshotter': options.store === 'containerd' },
    // systemd's driver would ask the machine's systemd for slices that outlive a killed engine.
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    ...(await storageDriver(data, options.store)),
    ...options.config,
  };
  await writeFile(join(folder, 'dockerd.json'), JSON.stringify(config, undefined, 2));
}

function containerdConfig(folder: string, data: string): string {
  const text = (...path: string[]) => JSON.stringify(join(...path));
  return [
    'version = 2',
    `root = ${text(data, 'containerd')}`,
    `state = ${text(folder, 'run', 'containerd')}`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    `[grpc]\naddress = ${text(folder, 'run', 'containerd.sock')}`,
    `[plugins."io.containerd.internal.v1.opt"]\npath = ${text(data, 'opt')}\n`,
  ].join('\n');
}

/** Within a container the folder may itself be on an overlay, upon which no other can be laid. */
async function storageDriver(data: string, store: Store): Promise<Record<string, string>> {
  const overlay = 0x794c7630;
  if ((await statfs(data)).type !== overlay) return {};
  return { 'storage-driver': store === 'classic' ? 'vfs' : 'native' };
}
