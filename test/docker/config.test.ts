import { spawnSync } from 'node:child_process';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type ConfigOptions, createPrivateConfig, readLogins } from '../../src/docker/config.ts';
import { holderName } from '../../src/machine/process-identity.ts';

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

function options(own: Partial<ConfigOptions> = {}): ConfigOptions {
  return { userFolder: user, authConfig: undefined, servers: [SERVER], temporary, ...own };
}

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
    const { folder } = await createPrivateConfig(options());
    expect([await modeOf(folder), await modeOf(join(folder, 'config.json'))]).toEqual([
      0o700, 0o600,
    ]);
  });

  it('is a folder of its own each time', async () => {
    await userHas({});
    const one = await createPrivateConfig(options());
    const two = await createPrivateConfig(options());
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
    const { folder } = await createPrivateConfig(options());
    expect(await configIn(folder)).toEqual({
      ...config,
      credHelpers: { 'ecr.test': 'ecr-login', [SERVER]: '' },
    });
  });

  it('keeps logins of our servers from helpers, each of them', async () => {
    const hub = 'https://index.docker.io/v1/';
    await userHas({ credsStore: 'keychain', credHelpers: { [SERVER]: 'keychain' } });
    const { folder } = await createPrivateConfig(options({ servers: [SERVER, hub] }));
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
    const { folder } = await createPrivateConfig(options());
    expect(await configIn(folder)).toEqual({ credHelpers: { [SERVER]: '' } });
  });

  it('links to plugins, contexts, builders and certificates', async () => {
    await userHas({}, ['cli-plugins', 'contexts', 'buildx', 'trust', 'scout']);
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) await writeFile(join(user, name), name);
    const { folder } = await createPrivateConfig(options());
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
    const { folder } = await createPrivateConfig(options({ userFolder: path }));
    expect(await readFile(join(folder, 'cli-plugins', 'file'), 'utf8')).toBe('cli-plugins');
  });

  it('is gone after its removal, and what it links to is not', async () => {
    await userHas({}, ['contexts']);
    const { remove } = await createPrivateConfig(options());
    await remove();
    expect(await readdir(temporary)).toEqual([]);
    expect(await readFile(join(user, 'contexts', 'file'), 'utf8')).toBe('contexts');
    await remove();
  });

  it('does with a list of helpers that is none', async () => {
    await userHas({ credHelpers: null });
    const { folder } = await createPrivateConfig(options());
    expect(await configIn(folder)).toEqual({ credHelpers: { [SERVER]: '' } });
  });
});

describe('the private configuration of a process that ends at once', () => {
  it('is gone, and what it links to is not', async () => {
    await userHas({}, ['contexts']);
    const { removeNow } = await createPrivateConfig(options());
    removeNow();
    expect(await readdir(temporary)).toEqual([]);
    expect(await readFile(join(user, 'contexts', 'file'), 'utf8')).toBe('contexts');
    removeNow();
  });
});

describe('what runs left that were killed', () => {
  const leave = async (holder: string): Promise<string> => {
    const name = `docker-ensure-config-${holder}.Ab12Cd`;
    await mkdir(join(temporary, name));
    await writeFile(join(temporary, name, 'config.json'), '{"auths":{}}');
    return name;
  };
  const left = async (): Promise<string[]> => {
    const { folder } = await createPrivateConfig(options());
    return (await readdir(temporary)).filter((name) => join(temporary, name) !== folder).sort();
  };
  const own = async () => {
    const [machine = '', id = '', start = ''] = (await holderName()).split('-');
    return { machine, id, start };
  };

  it('is removed', async () => {
    const { machine, id, start } = await own();
    const { pid: gone } = spawnSync('true');
    await leave(`${machine}-${gone}-${start}`);
    // The number is another process's by now.
    await leave(`${machine}-${id}-${Number(start) + 1}`);
    expect(await left()).toEqual([]);
  });

  it('is removed with what it holds, and not what it links to', async () => {
    const { machine } = await own();
    const name = await leave(`${machine}-0-1`);
    await userHas({}, ['contexts']);
    await symlink(join(user, 'contexts'), join(temporary, name, 'contexts'));
    expect(await left()).toEqual([]);
    expect(await readFile(join(user, 'contexts', 'file'), 'utf8')).toBe('contexts');
  });

  it('is left where the run still lives', async () => {
    const { machine, id, start } = await own();
    const other = `${machine}-${process.ppid}-0`;
    const names = [await leave(`${machine}-${id}-${start}`), await leave(other)];
    expect(await left()).toEqual(names.sort());
  });

  it('is left where it is of another machine, however old', async () => {
    const { id, start } = await own();
    const name = await leave(`00000000-${id}-${start}`);
    await utimes(join(temporary, name), 0, 0);
    expect(await left()).toEqual([name]);
  });

  it('is not what others have there', async () => {
    await mkdir(join(temporary, 'docker-ensure-1000'));
    await mkdir(join(temporary, 'docker-ensure-config-mine'));
    await writeFile(join(temporary, 'file'), '');
    expect(await left()).toEqual(['docker-ensure-1000', 'docker-ensure-config-mine', 'file']);
  });
});

describe('DOCKER_AUTH_CONFIG', () => {
  const auth = { 'a.test': { auth: 'YTpi' } };

  it('comes before the logins of the file, and is blanked for docker', async () => {
    await userHas({ auths: { 'a.test': { auth: 'old' }, 'b.test': { auth: 'Yzpk' } }, x: 1 });
    const authConfig = JSON.stringify({ auths: auth, credsStore: 'ignored' });
    const { folder, env } = await createPrivateConfig(options({ authConfig }));
    expect(await configIn(folder)).toEqual({
      auths: { ...auth, 'b.test': { auth: 'Yzpk' } },
      credHelpers: { [SERVER]: '' },
      x: 1,
    });
    expect(env).toEqual({ DOCKER_CONFIG: folder, DOCKER_AUTH_CONFIG: '' });
  });

  it('is enough without a file', async () => {
    const authConfig = JSON.stringify({ auths: auth });
    const { folder } = await createPrivateConfig(options({ authConfig }));
    expect(await configIn(folder)).toEqual({ auths: auth, credHelpers: { [SERVER]: '' } });
  });

  it.each([undefined, '', 'no JSON', '1', 'null', '[]', '{}', '{"auths":null}'])(
    'adds nothing: %s',
    async (authConfig) => {
      await userHas({ auths: auth });
      const { folder, env } = await createPrivateConfig(options({ authConfig }));
      expect(await configIn(folder)).toEqual({ auths: auth, credHelpers: { [SERVER]: '' } });
      expect(env.DOCKER_AUTH_CONFIG).toBe('');
    },
  );
});

describe('the servers that the user is logged in to', () => {
  const servers = async (authConfig?: string) =>
    [...(await readLogins({ userFolder: user, authConfig }))].sort();

  it.each([
    ['https://index.docker.io/v1/', 'docker.io'],
    ['index.docker.io', 'docker.io'],
    ['registry-1.docker.io', 'docker.io'],
    ['https://registry-1.docker.io/v2/', 'docker.io'],
    ['docker.io', 'docker.io'],
    ['registry.test:5000', 'registry.test:5000'],
    ['https://registry.test:5000', 'registry.test:5000'],
    ['HTTP://registry.test/v1/', 'registry.test'],
    ['ghcr.io/team', 'ghcr.io'],
    ['https://[::1]:5000/v2/', '[::1]:5000'],
  ])('are known by their names: %s is %s', async (address, server) => {
    await userHas({ auths: { [address]: {} } });
    expect(await servers()).toEqual([server]);
  });

  it('are those of the file, of its helpers and of the variable, each once', async () => {
    await userHas({
      auths: { 'https://index.docker.io/v1/': {}, 'docker.io': {}, 'a.test': {} },
      credHelpers: { 'ecr.test': 'ecr-login' },
    });
    const variable = JSON.stringify({ auths: { 'https://b.test/v2/': {}, 'a.test': {} } });
    expect(await servers(variable)).toEqual(['a.test', 'b.test', 'docker.io', 'ecr.test']);
  });

  it.each([
    ['no file', null],
    ['an empty file', ''],
    ['broken JSON', '{ "auths": '],
    ['null', 'null'],
    ['a text', '"auths"'],
    ['nulls', '{ "auths": null, "credHelpers": null }'],
  ])('are none where there is %s', async (_, text) => {
    if (text !== null) await userHas(text);
    expect(await servers()).toEqual([]);
    expect(await servers('{ broken')).toEqual([]);
  });
});
