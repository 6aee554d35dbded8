import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { outputOf } from '../rig/command.ts';
import { makeProject } from '../rig/project.ts';
import { temporaryFolder } from '../rig/temporary-tree.ts';
import { produce, VECTORS, vectorRuns } from '../rig/vectors.ts';

const SCHEMA = new URL('../../schema/config.schema.json', import.meta.url);
const env = {
  DOCKER_DEFAULT_PLATFORM: 'linux/amd64',
  PATH: '/nowhere',
  MODE: 'fast',
  NPM: 'hush-hush',
};

async function config(manifest: string, args: readonly string[] = [], more = {}) {
  const project = await makeProject({ 'ensure.yaml': manifest });
  return project.run(['config', ...args], { env: { ...env, ...more } });
}

describe('config', () => {
  it('shows no login of an address, and no key of a cache; the hash and its document know none', async () => {
    const project = await makeProject({
      'ensure.yaml': `images:
  app:
    with_hash: true
    build:
      dockerfile_inline: "FROM scratch\\nCOPY --from=one /a /\\nCOPY --from=two /b /\\nCOPY --from=three /c /\\n"
      additional_contexts:
        one: https://bob:\${TOKEN}@git.test/one.git
        two: https://\${ACCOUNT}@git.test/two.git
        three: ssh://git@git.test/three.git
      cache_to: ["type=s3,bucket=b,region=eu,access_key_id=known,secret_access_key=\${TOKEN}/key"]
`,
    });
    const withLogin = (token: string) => ({
      env: { ...env, TOKEN: token, ACCOUNT: `account-${token}` },
    });
    const { stdout } = await project.run(['config'], withLogin('hush-1'));
    expect(stdout).not.toContain('hush');
    expect(stdout).toContain('one: https://***@git.test/one.git');
    expect(stdout).toContain('two: https://***git.test/two.git');
    expect(stdout).toContain('three: ssh://git@git.test/three.git');
    expect(stdout).toContain('access_key_id=known,secret_access_key=***');
    const inputs = await project.run(['inputs', 'app'], withLogin('hush-1'));
    expect(JSON.parse(inputs.stdout)).toMatchObject({
      additional_contexts: {
        one: 'https://git.test/one.git',
        two: 'https://git.test/two.git',
        three: 'ssh://git@git.test/three.git',
      },
    });
    expect((await project.run(['inputs', 'app'], withLogin('hush-2'))).stdout).toBe(inputs.stdout);
  });

  it('prints what defaults and variables make of the manifest, and nothing that is so anyway', async () => {
    const ran = await config(`registries:
  team: { server: "\${HOST:-registry.test}:5000", username: me, password: secret-word, timeout: 10m, retries: 0 }
  other: { server: other.test, username: "\${NOBODY}", password_command: [pass, "\${NOBODY}"] }
  hub:
defaults:
  registry: team
  require: both
  with_hash: true
  hash_len: 16
  build: { files: nothing, build_args: { MODE: } }
images:
  app:
    version: 1.10
    tags: [latest, latest]
    build:
      directory: ./app/../app
      dockerfile: ../Dockerfile.app
      build_args: { MODE: , UNSET: , PRICE: 5$$, BASE: "\${images.base.ref}", WORD: a-secret-word }
      unhashed_build_args: { TOKEN: abc }
      interval: P2D
      secrets: [id=NPM, { id: key, src: ./~/key }]
  base:
    registry: null
    name: team/base
    build:
`);
    expect(ran).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: `registries:
  team:
    server: registry.test:5000
    username: me
    password: "***"
    retries: 0
    timeout: 10m
  other:
    server: other.test
    username: \${NOBODY}
    password: "***"
  hub: {}
images:
  app:
    version: "1.10"
    with_hash: true
    registry: team
    require: both
    tags:
      - latest
    build:
      directory: app
      dockerfile: ../Dockerfile.app
      parents:
        - base
      files: nothing
      interval: 2d
      build_args:
        MODE: fast
        PRICE: 5$$
        BASE: \${images.base.ref}
        WORD: a-***
      unhashed_build_args:
        TOKEN: "***"
      secrets:
        - id: NPM
          env: NPM
        - id: key
          src: ./~/key
  base:
    name: team/base
`,
    });
  });

  it('prints one image alone, with its registry', async () => {
    const manifest = `registries: { team: { server: registry.test }, other: { server: other.test } }
images: { app: { registry: team, build: {} }, base: { registry: other } }
`;
    const { stdout } = await config(manifest, ['--image', 'app']);
    expect(stdout).toBe(`registries:
  team:
    server: registry.test
images:
  app:
    registry: team
    build: {}
`);
    expect(await config(manifest, ['--image', 'apq'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'error: the manifest has no image `apq`\n  help: did you mean `app`?\n',
    });
  });

  it('prints a document', async () => {
    const { stdout } = await config('images: { app: { build: {} } }', ['--format', 'json']);
    const document = JSON.parse(stdout);
    const validate = new Ajv().compile(JSON.parse(await readFile(SCHEMA, 'utf8')));
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(document).toEqual({
      format: 'docker-ensure/config/v1',
      images: { app: { build: {} } },
    });
  });

  it('never shows a secret, however short', async () => {
    const { stdout } = await config(`registries: { r: { username: u, password: p$$w } }
images: { app: { registry: r, build: { unhashed_build_args: { A: xy } } } }
`);
    expect(stdout).toContain('password: "***"');
    expect(stdout).toContain('A: "***"');
    expect(stdout).not.toMatch(/p\$|xy/);
  });

  it('shows what is wrong with the manifest, and nothing else', async () => {
    const { exitCode, stdout, stderr } = await config('images: { app: { bild: {} } }');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^error: /);
  });
});

it.each(await vectorRuns())(
  'what it prints of $vector, $name, is a manifest with the same hashes and references',
  async (run) => {
    const cwd = join(await temporaryFolder(), run.vector);
    await cp(join(VECTORS, run.vector), cwd, { recursive: true, verbatimSymlinks: true });
    const manifest = await outputOf([...run.options, 'config'], { cwd });
    await writeFile(join(cwd, 'ensure.yaml'), manifest);
    const names = await readdir(run.expected);
    const images = names.flatMap((name) => (name.endsWith('.ref') ? name.slice(0, -4) : []));
    const produced = await produce(run, images, (args) => outputOf(args, { cwd }));
    for (const [name, text] of produced)
      expect(text, name).toBe(await readFile(join(run.expected, name), 'utf8'));
    // And of that manifest it prints the same once more.
    expect(await outputOf([...run.options, 'config'], { cwd })).toBe(manifest);
  },
);
