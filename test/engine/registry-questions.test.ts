import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { createDocker } from '../../src/docker/docker-cli.ts';
import { createExec } from '../../src/docker/exec.ts';
import { connectRegistries } from '../../src/docker/registry-api/connect.ts';
import { HASH_LABEL } from '../../src/model/image-labels.ts';
import { spyOnDocker } from '../rig/docker-spy.ts';
import { scrubbed } from '../rig/engine/environment.ts';
import type { Engine } from '../rig/engine/index.ts';
import { ACCOUNT, endedWith, fates, pushAs, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn();

const TIMEOUT_MS = 60_000;
const pairOf = (username: string, password: string) =>
  Buffer.from(`${username}:${password}`).toString('base64');
const GOOD = pairOf(ACCOUNT.username, ACCOUNT.password);

/** A docker configuration with a login at a server, or none. */
async function configWith(engine: Engine, auths: object): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'docker-ensure-user-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const folder = join(root, 'config');
  await mkdir(folder);
  await symlink(join(engine.env.DOCKER_CONFIG ?? '', 'cli-plugins'), join(folder, 'cli-plugins'));
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }));
  return folder;
}

test('a registry says over HTTP what docker says of it', async ({
  engine,
  registry,
  images,
  scope,
}) => {
  const docker = async (input: string, ...args: string[]) => {
    const { exitCode, stderr } = await engine.docker(args, { input });
    expect(exitCode, stderr).toBe(0);
  };
  const remote = `${registry.host}/${scope}/app`;
  const dockerfile = `FROM docker-ensure-seed:1\nLABEL ${HASH_LABEL}=abc\n`;
  await docker(dockerfile, 'build', '--quiet', '--tag', `${scope}/app:hashed`, '-');
  await pushAs(engine, `${scope}/app:hashed`, `${remote}:hashed`);
  await pushAs(engine, 'docker-ensure-seed:1', `${remote}:bare`);
  const create = ['buildx', 'imagetools', 'create', '--tag', `${remote}:index`];
  await docker('', ...create, `${remote}:hashed`);
  await images.remove();

  const signal = new AbortController().signal;
  const env = scrubbed(engine.env);
  const configFolder = env.DOCKER_CONFIG ?? '';
  const silent = { onRequest: () => undefined, onSecret: () => undefined };
  const where = { env, configFolder, certificateFolders: [] };
  const overHttp = connectRegistries({ ...where, ...silent, signal });
  const byDocker = createDocker(createExec({ env, signal, onCall: () => undefined }));
  for (const [tag, is, hash] of [
    ['hashed', 'present', 'abc'],
    ['bare', 'present', null],
    ['index', 'present', 'abc'],
    ['gone', 'absent', undefined],
    ['gone/for/good', 'absent', undefined],
  ] as const) {
    const ref = tag.includes('/') ? `${remote}/${tag}:1` : `${remote}:${tag}`;
    const answer = await overHttp.ask(ref, TIMEOUT_MS);
    expect(answer, ref).toMatchObject(hash === undefined ? { is } : { is, hash });
    expect(answer, ref).toEqual(await byDocker.probe(ref, TIMEOUT_MS));
  }
});

it('who is known to a registry asks it over HTTP; who is not hears of it in the words of docker', async ({
  project,
  engine,
  authRegistry,
  scope,
}) => {
  const { host } = authRegistry;
  const login = { DOCKER_CONFIG: await configWith(engine, { [host]: { auth: GOOD } }) };
  const user: Engine = { ...engine, docker: (args) => engine.docker(args, { env: login }) };
  await pushAs(user, 'docker-ensure-seed:1', `${host}/${scope}/there:1`);
  const manifest = (credentials = '') => `
    registries: { team: { server: "${host}" ${credentials} } }
    defaults: { registry: team, version: 1, build: { files: nothing } }
    images:
      there: { name: ${scope}/there, build: {} }
      no-tag: { name: ${scope}/there, version: 2, build: {} }
      nothing: { name: ${scope}/nothing, build: {} }
  `;
  const { up, run, write } = await project({
    'ensure.yaml': manifest(),
    Dockerfile: 'FROM docker-ensure-seed:1\n',
  });
  const plan = { there: 'pull', 'no-tag': 'build+push', nothing: 'build+push' };
  const questions = async (dockerConfig: string) => {
    const docker = await spyOnDocker(engine);
    const env = { ...docker.env, DOCKER_CONFIG: dockerConfig };
    return { env, asked: async () => (await docker.calls()).map(([verb]) => verb) };
  };

  // By docker's own login.
  const own = await questions(login.DOCKER_CONFIG);
  const known = succeeded(await run(['--debug', 'up', '--dry-run'], { env: own.env }));
  expect(await own.asked()).toEqual(['image']);
  expect(known.stderr).toContain(`GET http://${host}/v2/${scope}/nothing/manifests/1: 404\n`);
  for (const secret of [ACCOUNT.password, GOOD]) expect(known.stderr).not.toContain(secret);
  expect(fates(succeeded(await up(['--dry-run'], { env: own.env })))).toEqual(plan);

  // By none, and by one that is good no more.
  const bad = { [host]: { auth: pairOf(ACCOUNT.username, 'of-last-year') } };
  for (const auths of [{}, bad]) {
    const other = await questions(await configWith(engine, auths));
    const unknown = endedWith(1, await up(['--dry-run'], { env: other.env }));
    expect((await other.asked()).filter((verb) => verb === 'buildx')).toHaveLength(3);
    const codes = unknown.result.images.map(({ error }) => error?.code);
    expect(codes).toEqual(Array(3).fill('registry-unauthorized'));
    expect(unknown.stderr).not.toContain('of-last-year');
  }

  // By that of the manifest.
  const { username, password } = ACCOUNT;
  await write({ 'ensure.yaml': manifest(`, username: ${username}, password: ${password}`) });
  const mine = await questions(await configWith(engine, bad));
  expect(fates(succeeded(await up(['--dry-run'], { env: mine.env })))).toEqual(plan);
  expect(await mine.asked()).toEqual(['image', 'login']);
});
