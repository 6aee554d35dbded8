import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { makeProject } from '../rig/project.ts';

const SCHEMA = new URL('../../schema/refs.schema.json', import.meta.url);
const MANIFEST = `registries:
  team: { server: registry.test:5000 }
images:
  app: { with_hash: true, registry: team, build: { files: nothing, dockerfile_inline: FROM scratch } }
  3d-web.x: { name: team/web, build: { files: nothing, dockerfile_inline: FROM scratch } }
  postgres: { version: "16" }
`;
/** No docker, nor anything else, is on the PATH. */
const env = { DOCKER_DEFAULT_PLATFORM: 'linux/amd64', PATH: '/nowhere' };

async function refs(args: readonly string[], files = {}, more = {}) {
  const project = await makeProject({ 'ensure.yaml': MANIFEST, ...files });
  const ran = await project.run(['refs', ...args], { env: { ...env, ...more } });
  const app = (await project.run(['ref', 'app'], { env })).stdout.trim();
  return { ...ran, app, project };
}

describe('refs', () => {
  it('prints each image and its reference, and needs no docker', async () => {
    const { exitCode, stdout, stderr, app } = await refs([]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(`app ${app}\n3d-web.x team/web\npostgres postgres:16\n`);
  });

  it('prints the named images in the order of the manifest, by their registry names', async () => {
    const { stdout, app } = await refs(['postgres', 'app', '--registry']);
    expect(stdout).toBe(`app registry.test:5000/${app}\npostgres postgres:16\n`);
  });

  it('prints a document that keeps to its schema', async () => {
    const { stdout, app } = await refs(['--format', 'json']);
    const document = JSON.parse(stdout);
    const validate = new Ajv().compile(JSON.parse(readFileSync(SCHEMA, 'utf8')));
    expect([validate(document), validate.errors]).toEqual([true, null]);
    expect(Object.keys(document)).toEqual(['format', 'app', '3d-web.x', 'postgres']);
    expect(document.format).toBe('docker-ensure/refs/v1');
    expect(document.app).toMatchObject({ ref: app, registry_ref: `registry.test:5000/${app}` });
    expect(document.postgres).toEqual({ ref: 'postgres:16', registry_ref: null, hash: null });
  });

  it.each(['dotenv', 'gitlab', 'github'])('is read back by a shell: %s', async (format) => {
    const { stdout, app, project } = await refs(['--format', format]);
    await project.write({ 'refs.env': stdout });
    const script = '. ./refs.env; echo "$APP_REF $_3D_WEB_X_REF $POSTGRES_REF"';
    const read = execFileSync('/bin/sh', ['-c', script], { cwd: project.folder });
    expect(read.toString()).toBe(`${app} team/web postgres:16\n`);
  });

  it('is read back by docker-ensure itself as an env file', async () => {
    const { stdout, app, project } = await refs(['--format', 'dotenv']);
    const manifest =
      'images: { a: { name: x/a, build: { files: nothing, dockerfile_inline: "FROM scratch", build_args: { A: "$' +
      '{APP_REF}" } } } }\n';
    await project.write({ 'refs.env': stdout, 'other.yaml': manifest });
    const args = ['-f', 'other.yaml', '--env-file', 'refs.env', 'inputs', 'a'];
    const inputs = JSON.parse((await project.run(args, { env })).stdout);
    expect(inputs.build_args).toEqual({ A: app });
  });

  it('prints make variables', async () => {
    const { stdout, app } = await refs(['--format', 'make', 'app', 'postgres']);
    expect(stdout).toBe(`APP_REF := ${app}\nPOSTGRES_REF := postgres:16\n`);
  });

  it('prints YAML', async () => {
    const { stdout, app } = await refs(['--format', 'yaml']);
    expect(parse(stdout)).toEqual({ app, '3d-web.x': 'team/web', postgres: 'postgres:16' });
  });

  it('adds to the outputs of a GitHub step, and prints nothing then', async () => {
    const project = await makeProject({ 'ensure.yaml': MANIFEST, outputs: 'before=1\n' });
    const file = join(project.folder, 'outputs');
    const ran = await project.run(['refs', '--format', 'github', 'postgres'], {
      env: { ...env, GITHUB_OUTPUT: file },
    });
    expect(ran).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect(await readFile(file, 'utf8')).toBe('before=1\nPOSTGRES_REF=postgres:16\n');
  });

  it('refuses two images whose variables have one name, where there are variables', async () => {
    const manifest = 'images: { a-b: { version: "1" }, a.b: { version: "2" } }\n';
    const { exitCode, stdout, stderr } = await refs(['--format', 'make'], {
      'ensure.yaml': manifest,
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe(
      'error: `a-b` and `a.b` come to the same variable name\n' +
        '  help: rename one of them, or name the images to print\n',
    );
    expect((await refs([], { 'ensure.yaml': manifest })).stdout).toBe('a-b a-b:1\na.b a.b:2\n');
  });

  it('asks a registry for digests, and says which image has none', async () => {
    const { exitCode, stdout, stderr } = await refs(['--digest', '3d-web.x']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(
      'error: 3d-web.x: team/web has no registry, so it has no digest there (not-in-registry)\n',
    );
  });
});

describe('refs for docker compose', () => {
  const compose = 'services:\n  app: { build: . }\n  db: { image: x }\n  proxy: { image: y }\n';

  it('pins the services that are called like an image', async () => {
    const { stdout, app } = await refs(['--format', 'compose'], { 'compose.yaml': compose });
    expect(parse(stdout)).toEqual({ services: { app: { image: app } } });
  });

  it('pins the services that the command line names', async () => {
    const args = ['--format', 'compose', '--services', 'db=postgres,proxy=app'];
    const { stdout, app } = await refs(args, { 'docker-compose.yml': compose });
    const pinned = { app: { image: app }, db: { image: 'postgres:16' }, proxy: { image: app } };
    expect(parse(stdout)).toEqual({ services: pinned });
    const without = await refs(args);
    expect(parse(without.stdout).services).toEqual({
      db: pinned.db,
      proxy: { image: without.app },
    });
  });

  it.each([
    [['--services', 'web=app'], 'the compose file has no service `web`'],
    [['--services', 'db=postgress'], '`postgress` is none of the images'],
    [['postgres'], 'no service of the compose file has the name of an image'],
  ])('refuses what it cannot place: %j', async (args, message) => {
    const files = { 'compose.yaml': compose };
    const ran = await refs(['--format', 'compose', ...args], files);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toContain(message);
  });

  it('says where a compose file cannot be read, and that there is none', async () => {
    const broken = await refs(['--format', 'compose'], { 'compose.yml': 'services:\n  a: [\n' });
    expect(broken).toMatchObject({ exitCode: 2, stdout: '' });
    expect(broken.stderr).toMatch(
      /^error: the compose file cannot be read: .* \(unusable-compose-file\)\n {2}at compose\.yml:3:1\n/,
    );
    const none = await refs(['--format', 'compose']);
    expect(none).toMatchObject({ exitCode: 2, stdout: '' });
    expect(none.stderr).toContain('there is no compose file here, nor beside the manifest');
  });
});
