/** The base image of all tests and of the demo, made here: nothing is pulled from anywhere. */
import { createHash } from 'node:crypto';
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Unavailable } from './errors.ts';
import { fetchPrograms } from './fetch.ts';
import { inspectImage } from './images.ts';
import type { Engine } from './types.ts';

/** The seed image's reference. It has a shell, every applet of busybox, and nothing else. */
export const seedReference = 'docker-ensure-seed:1';

/**
 * Gives the engine the seed image; its ID is the same on every engine of one kind of store.
 * It is written as an archive for `docker load`: an import or a build would put the time into it.
 */
export async function seed(engine: Engine): Promise<void> {
  if ((await inspectImage(engine, seedReference)) !== null) return;
  const busybox = await staticBusybox();
  if (busybox === undefined) return seedFromHub(engine);
  const work = await mkdtemp(join(tmpdir(), 'docker-ensure-seed-'));
  try {
    await rootFilesystem(join(work, 'root'), busybox);
    await mkdir(join(work, 'image'));
    await tar(join(work, 'root'), join(work, 'image', 'layer.tar'));
    await describeImage(join(work, 'image'));
    await tar(join(work, 'image'), join(work, 'image.tar'));
    const loaded = await engine.docker(['load', '--quiet', '--input', join(work, 'image.tar')]);
    if (loaded.exitCode !== 0) throw new Error(`docker load failed: ${loaded.stderr}`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const folders = { '.': 0o755, bin: 0o755, etc: 0o755, root: 0o700, tmp: 0o1777 };

async function rootFilesystem(folder: string, busybox: string): Promise<void> {
  // Modes are set, not left to the umask: they are part of the layer.
  for (const [name, mode] of Object.entries(folders)) {
    await mkdir(join(folder, name), { recursive: true });
    await chmod(join(folder, name), mode);
  }
  await copyFile(busybox, join(folder, 'bin', 'busybox'));
  await chmod(join(folder, 'bin', 'busybox'), 0o755);
  const { stdout } = await execa(busybox, ['--list']);
  const applets = stdout.split('\n').filter((name) => name !== 'busybox' && name !== '');
  await Promise.all(applets.map((name) => symlink('busybox', join(folder, 'bin', name))));
  const accounts = { passwd: 'root:x:0:0:root:/root:/bin/sh\n', group: 'root:x:0:\n' };
  for (const [name, text] of Object.entries(accounts)) {
    await writeFile(join(folder, 'etc', name), text);
    await chmod(join(folder, 'etc', name), 0o644);
  }
}

/** Debian's; none where packages cannot be had (there the engine is a borrowed one). */
async function staticBusybox(): Promise<string | undefined> {
  try {
    return join((await fetchPrograms()).bin, 'busybox');
  } catch (error) {
    if (error instanceof Unavailable) return undefined;
    throw error;
  }
}

async function seedFromHub(engine: Engine): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'docker-ensure-seed-'));
  try {
    await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nENV PATH=/bin\nCMD ["sh"]\n');
    const args = ['buildx', 'build', '--load', '--tag', seedReference, context];
    const built = await engine.docker(args);
    if (built.exitCode !== 0) throw new Error(`No seed image can be made: ${built.stderr}`);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** An image in the form of `docker save`: a layer, its configuration, and a list of the two. */
async function describeImage(folder: string): Promise<void> {
  const layer = await readFile(join(folder, 'layer.tar'));
  const digest = createHash('sha256').update(layer).digest('hex');
  const created = '1970-01-01T00:00:00Z';
  const config = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created,
    config: { Env: ['PATH=/bin'], Cmd: ['sh'], WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
    history: [{ created, created_by: 'docker-ensure seed' }],
  };
  const manifest = [{ Config: 'config.json', RepoTags: [seedReference], Layers: ['layer.tar'] }];
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

/** An archive that is the same whenever and by whomever it is made. */
async function tar(folder: string, file: string): Promise<void> {
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  await execa('tar', [
    ...same,
    '--mode=a+rX,u+w,go-w',
    '--format=ustar',
    '-C',
    folder,
    '-cf',
    file,
    '.',
  ]);
}
