import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createPrivateConfig } from '../../src/docker/config.ts';

const SERVER = 'registry.test:5000';

let root: string;
let user: string;
let temporary: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'docker-ensure-config-test-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  user = join(root, 'user');
  temporary = join(root, 'tmp');
  await mkdir(temporary);
});

/** Makes the user's configuration folder. */
async function userHas(config: unknown, folders: readonly string[] = []): Promise<void> {
  await mkdir(user);
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  await writeFile(join(user, 'config.json'), text);
  for (const folder of folders) {
    await mkdir(join(user, folder));
    await writeFile(join(user, folder, 'file'), folder);
  }
}

async function configIn(folder: string): Promise<unknown> {
  return JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
}

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('the private configuration', () => {
  it("is for the user's eyes only, whatever the umask", async () => {
    await userHas({});
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    const { folder } = await createPrivateConfig(user, [SERVER], temporary);
    expect([await modeOf(folder), await modeOf(join(folder, 'config.json'))]).toEqual([
      0o700, 0o600,
    ]);
  });

  it('is a folder of its own each time', async () => {
    await userHas({});
    const one = await createPrivateConfig(user, [SERVER], temporary);
    const two = await createPrivateConfig(user, [SERVER], temporary);
    expect(one.folder).not.toBe(two.folder);
    expect(one.folder.startsWith(join(temporary, 'docker-ensure-config-'))).toBe(true);
  });

  it('keeps what the user has set', async () => {
    const config = {
      auths: { 'other.test': { auth: 'YTpi' }, [SERVER]: { auth: 'Yzpk' } },
      credsStore: 'keychain',
      credHelpers: { 'ecr.test': 'ecr-login' },
      currentContext: 'remote',
      proxies: { default: { httpProxy: 'http://proxy.test' } },
      HttpHeaders: { 'X-Meta': '1' },
    };
    await userHas(config);
    const { folder } = await createPrivateConfig(user, [SERVER], temporary);
    expect(await configIn(folder)).toEqual({
      ...config,
      credHelpers: { 'ecr.test': 'ecr-login', [SERVER]: '' },
    });
  });

  it('keeps logins of our servers from helpers, each of them', async () => {
    const hub = 'https://index.docker.io/v1/';
    await userHas({ credsStore: 'keychain', credHelpers: { [SERVER]: 'keychain' } });
    const { folder } = await createPrivateConfig(user, [SERVER, hub], temporary);
    expect(await configIn(folder)).toEqual({
      credsStore: 'keychain',
      credHelpers: { [SERVER]: '', [hub]: '' },
    });
  });

  it.each([
    ['no file', null],
    ['an empty file', ''],
    ['a file that is no JSON', '{ "auths": '],
    ['null', 'null'],
  ])('does with %s', async (_, text) => {
    if (text !== null) await userHas(text);
    const { folder } = await createPrivateConfig(user, [SERVER], temporary);
    expect(await configIn(folder)).toEqual({ credHelpers: { [SERVER]: '' } });
  });

  it('links to plugins, contexts, builders and certificates', async () => {
    await userHas({}, ['cli-plugins', 'contexts', 'buildx', 'trust', 'scout']);
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) await writeFile(join(user, name), name);
    const { folder } = await createPrivateConfig(user, [SERVER], temporary);
    expect((await readdir(folder)).sort()).toEqual(
      [
        'config.json',
        'ca.pem',
        'cert.pem',
        'key.pem',
        'cli-plugins',
        'contexts',
        'buildx',
        'trust',
      ].sort(),
    );
    expect(await readlink(join(folder, 'contexts'))).toBe(join(user, 'contexts'));
    expect(await readFile(join(folder, 'cli-plugins', 'file'), 'utf8')).toBe('cli-plugins');
  });

  it("links to them where the user's folder is given as a relative path", async () => {
    await userHas({}, ['cli-plugins']);
    const path = relative(process.cwd(), user);
    const { folder } = await createPrivateConfig(path, [SERVER], temporary);
    expect(await readFile(join(folder, 'cli-plugins', 'file'), 'utf8')).toBe('cli-plugins');
  });

  it('is gone after its removal, and what it links to is not', async () => {
    await userHas({}, ['contexts']);
    const { remove } = await createPrivateConfig(user, [SERVER], temporary);
    await remove();
    expect(await readdir(temporary)).toEqual([]);
    expect(await readFile(join(user, 'contexts', 'file'), 'utf8')).toBe('contexts');
    await remove();
  });

  it('does with a list of helpers that is none', async () => {
    await userHas({ credHelpers: null });
    const { folder } = await createPrivateConfig(user, [SERVER], temporary);
    expect(await configIn(folder)).toEqual({ credHelpers: { [SERVER]: '' } });
  });
});
