import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/docker-ensure', import.meta.url));

/**
 * The path of a Node of that major version. npm's package `node` brings its binary, about 100 MB: it
 * is installed once a checkout.
 */
export async function otherNode(major: number): Promise<string> {
  const folder = join(CACHE, `node-${major}`);
  const path = join(folder, 'node_modules/node/bin/node');
  if (existsSync(path)) return path;
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(`${folder}-`);
  try {
    const options = ['--no-save', '--no-audit', '--no-fund', '--no-package-lock'];
    await execa('npm', ['install', ...options, '--prefix', work, `node@${major}`], { cwd: work });
    // Whoever else has installed it meanwhile has the same.
    await rename(work, folder).catch(() => undefined);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return path;
}
