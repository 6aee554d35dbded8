/** A network bridge of its own for each engine. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Unavailable } from './errors.ts';
import type { Programs } from './fetch.ts';
import { withLock } from './lock.ts';
import { shortHash } from './place.ts';

/** The bridge's name, which is also that of the engine's cgroups. At most 15 characters. */
export function bridgeName(folder: string): string {
  return `dkens-${shortHash(folder)}`;
}

/**
 * Makes the bridge. Without one, neither `docker run` nor RUN works with their default network;
 * docker0 is the user's; and an engine makes no bridge of another name itself.
 * The engine leaves iptables and ip_forward alone, which belong to the whole machine: containers
 * reach each other and the machine, published ports go through docker-proxy, and nothing reaches
 * the internet, which no test should anyway.
 */
export async function makeBridge(folder: string, programs: Programs): Promise<string> {
  const name = bridgeName(folder);
  const busybox = join(programs.bin, 'busybox');
  const ip = async (...args: string[]) => {
    const result = await execa(busybox, ['ip', ...args], { reject: false });
    if (result.exitCode !== 0) {
      throw new Unavailable(`no network bridge can be made (${result.stderr.trim()})`);
    }
  };
  // For supervise.sh, which may have to take it away without anybody's help.
  await writeFile(join(folder, 'bridge'), `${name} ${busybox}\n`);
  await withLock('bridge', async () => {
    // Of a crashed run whose folder somebody else swept away.
    await execa(busybox, ['ip', 'link', 'del', name], { reject: false });
    await ip('link', 'add', name, 'type', 'bridge');
    await ip('addr', 'add', `${freeSubnet(folder)}.1/24`, 'dev', name);
    await ip('link', 'set', name, 'up');
  });
  return name;
}

/** The first three bytes of a private subnet no route of the machine goes to. */
function freeSubnet(folder: string): string {
  const start = Number.parseInt(shortHash(folder), 16);
  const routes = readRoutes();
  for (let step = 0; step < 4096; step++) {
    const block = (start + step) % (64 * 256);
    const second = 192 + Math.floor(block / 256);
    const address = ((10 << 24) | (second << 16) | ((block % 256) << 8)) >>> 0;
    const taken = routes.some(({ mask, to }) => (address & mask) >>> 0 === to);
    if (!taken) return `10.${second}.${block % 256}`;
  }
  throw new Unavailable('no private subnet is free for a network bridge');
}

/** The machine's routes but for the default one. The kernel prints them as little-endian words. */
function readRoutes(): { to: number; mask: number }[] {
  const number = (text = '') => Buffer.from(text, 'hex').reverse().readUInt32BE();
  return readFileSync('/proc/net/route', 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .map((fields) => ({ to: number(fields[1]), mask: number(fields[7]) }))
    .filter((route) => route.mask !== 0);
}
