import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeProjectHere } from '../rig/command.ts';
import { fakeDocker } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';

const MANIFEST = `registries:
  team: { server: registry.test:5000 }
  hub: {}
images:
  app:
    version: "1.4"
    with_hash: true
    hash_len: 8
    registry: team
    build: { files: all }
  web: { name: team/web, registry: hub, build: { files: nothing, dockerfile_inline: FROM scratch } }
  cron:
    with_hash: true
    build: { files: nothing, interval: { every: 1d, offset: 2020-01-01 }, dockerfile_inline: FROM scratch }
  postgres: { version: "16" }
`;
const FILES = {
  'ensure.yaml': MANIFEST,
  Dockerfile: 'FROM scratch\nCOPY . /\n',
  'main.c': 'int main;',
};
const AMD = { DOCKER_DEFAULT_PLATFORM: 'linux/amd64' };
/** No docker, nor anything else, is on the PATH. */
const BARE = { ...AMD, PATH: '/nowhere' };

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('ref', () => {
  it('prints the reference, and nothing else, where there is no docker at all', async () => {
    const project = await makeProject(FILES);
    const { exitCode, stdout, stderr } = await project.run(['ref', 'app'], { env: BARE });
    expect(stdout).toMatch(/^app:1\.4-[0-9a-f]{8}\n$/);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it("prints the registry's name of it with --registry", async () => {
    const project = await makeProjectHere(FILES);
    const { stdout: local } = await project.run(['ref', 'app'], { env: BARE });
    const { stdout } = await project.run(['ref', 'app', '--registry'], { env: BARE });
    expect(stdout).toBe(`registry.test:5000/${local}`);
  });

  it.each([
    [['ref', 'web'], 'team/web\n'],
    [['ref', 'web', '--registry'], 'team/web\n'],
    [['ref', 'postgres'], 'postgres:16\n'],
    [['ref', 'postgres', '--registry'], 'postgres:16\n'],
  ])("follows Docker Hub's naming: %j", async (args, printed) => {
    const project = await makeProjectHere(FILES);
    expect((await project.run(args, { env: BARE })).stdout).toBe(printed);
  });

  it('differs for another platform, however that is said', async () => {
    const project = await makeProjectHere(FILES);
    const ref = async (args: string[], env = {}) =>
      (await project.run([...args, 'ref', 'app'], { env: { PATH: BARE.PATH, ...env } })).stdout;
    const amd = await ref([], AMD);
    const arm = await ref(['--platform', 'linux/arm64']);
    expect(arm).not.toBe(amd);
    expect(await ref(['--platform', 'arm64'], AMD)).toBe(arm);
    expect(await ref([], { DOCKER_DEFAULT_PLATFORM: 'linux/aarch64' })).toBe(arm);
  });

  it.each(['linux', 'local'])("takes the platform %s for this machine's own", async (word) => {
    const project = await makeProjectHere(FILES);
    const ref = async (args: string[], env = {}) =>
      (await project.run([...args, 'ref', 'app'], { env: { PATH: BARE.PATH, ...env } })).stdout;
    const own = await ref([]);
    expect(await ref(['--platform', word])).toBe(own);
    expect(await ref([], { DOCKER_DEFAULT_PLATFORM: word })).toBe(own);

    const named = await makeProjectHere({
      ...FILES,
      'ensure.yaml': `images: { app: { build: { platforms: [${word}] } } }`,
    });
    const inputs = async (args: string[]) =>
      JSON.parse(
        (await named.run([...args, 'inputs', 'app'], { env: { PATH: BARE.PATH } })).stdout,
      );
    const { platforms } = await inputs([]);
    expect(platforms).toEqual([expect.stringMatching(/^linux\/./)]);
    expect(await inputs(['--platform', 'linux/s390x'])).toMatchObject({ platforms });
  });

  it('changes with the file and not with its time', async () => {
    const project = await makeProjectHere(FILES);
    const ref = async () => (await project.run(['ref', 'app'], { env: BARE })).stdout;
    const before = await ref();
    await project.write({ 'main.c': 'int main;' });
    expect(await ref()).toBe(before);
    await project.write({ 'main.c': 'int main ;' });
    expect(await ref()).not.toBe(before);
  });

  it('changes when an interval begins, on the clock of --at or DOCKER_ENSURE_AT', async () => {
    const project = await makeProjectHere(FILES);
    const ref = async (at: string) =>
      (await project.run(['--at', at, 'ref', 'cron'], { env: BARE })).stdout;
    const first = await ref('2026-03-01T00:00:00Z');
    expect(await ref('2026-03-01T23:59:59Z')).toBe(first);
    expect(await ref('2026-03-01T01:00:00+01:00')).toBe(first);
    expect(await ref('2026-03-02')).not.toBe(first);
    const env = { ...BARE, DOCKER_ENSURE_AT: String(Date.UTC(2026, 2, 1, 12) / 1000) };
    expect((await project.run(['ref', 'cron'], { env })).stdout).toBe(first);
  });

  it('finds the manifest from a folder below, and by --file from anywhere', async () => {
    const project = await makeProjectHere({ ...FILES, 'deep/er/x': '' });
    const { stdout } = await project.run(['ref', 'app'], { env: BARE });
    const below = await project.run(['ref', 'app'], { env: BARE, cwd: `${project.folder}/deep` });
    // The files of `deep` are hashed, and asking from there does not change them.
    expect(below.stdout).toBe(stdout);
    const named = await project.run(['-f', `${project.folder}/ensure.yaml`, 'ref', 'app'], {
      env: BARE,
      cwd: '/',
    });
    expect(named.stdout).toBe(stdout);
  });
});

it.each(['.cache', '.', 'src/../deep/cache'])(
  'a cache in the project, at %s, changes no reference, however often it was used',
  async (place) => {
    const docker = await fakeDocker();
    const { folder, run } = await makeProject(
      {
        'ensure.yaml':
          'images: { app: { with_hash: true, build: { files: { all_but: [none] } } }, all: { with_hash: true, build: {} } }',
        Dockerfile: 'FROM scratch\nCOPY . /\n',
        'src/main.c': 'int main;',
        'deep/x': '',
      },
      { env: docker.env },
    );
    const options = { env: { DOCKER_ENSURE_CACHE: join(folder, place) } };
    const refs = async () =>
      Promise.all(['app', 'all'].map(async (key) => (await run(['ref', key], options)).stdout));
    const before = await refs();
    for (const _ of [1, 2]) {
      const { exitCode, stderr } = await run(['up', '--force'], options);
      expect(exitCode, stderr).toBe(0);
      expect(await refs()).toEqual(before);
    }
    // It was used.
    const kept = await readdir(join(folder, place, 'docker-ensure-cache'));
    expect(kept).toContain('staging');
  },
);

describe('inputs', () => {
  it('prints what has the hash for its SHA-256, and its file list likewise', async () => {
    const project = await makeProjectHere(FILES);
    const run = async (...args: string[]) => (await project.run(args, { env: BARE })).stdout;
    const document = await run('inputs', 'app');
    const files = await run('inputs', 'app', '--files');
    expect(await run('ref', 'app')).toBe(`app:1.4-${sha256(document).slice(0, 8)}\n`);
    expect(JSON.parse(document)).toEqual({
      format: 'docker-ensure/inputs/v1',
      dockerfile: sha256(FILES.Dockerfile),
      files: sha256(files),
      platforms: ['linux/amd64'],
    });
    expect(JSON.parse(files)).toEqual({
      Dockerfile: `f ${sha256(FILES.Dockerfile)}`,
      'main.c': `f ${sha256('int main;')}`,
    });
  });

  it('has nothing to print for an image without a build', async () => {
    const project = await makeProjectHere(FILES);
    expect(await project.run(['inputs', 'postgres'], { env: BARE })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'error: `postgres` has no `build`, so it has no inputs\n',
    });
  });
});

it('schema prints the schema of the manifest', async () => {
  const project = await makeProjectHere({});
  const { stdout } = await project.run(['schema']);
  expect(JSON.parse(stdout)).toMatchObject({
    properties: { images: {}, registries: {}, defaults: {} },
  });
});
