import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fakeDocker } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/docker/unusable/', import.meta.url));
const FILES = {
  'ensure.yaml':
    'images: { one: { build: { files: nothing, dockerfile_inline: "FROM scratch" } } }\n',
};

/** A run with a docker that says what was recorded, whatever it is asked. */
async function upWith(stderr: string, env: Readonly<Record<string, string>> = {}) {
  const docker = await fakeDocker(() => ({ stderr, exitCode: 1 }));
  const project = await makeProject(FILES, { env: docker.env });
  return project.run(['up'], { env });
}

describe('docker that cannot be used', () => {
  it.each([
    [
      'socket-of-others',
      {},
      'error: docker cannot be used: permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied\n  help: let your user use the socket: `sudo usermod -aG docker "$USER"`, and log in anew; or run docker-ensure with sudo\n',
    ],
    [
      'no-context',
      { DOCKER_CONTEXT: 'nowhere' },
      'error: docker cannot be used: context "nowhere": context not found\n  help: set DOCKER_CONTEXT to a context that there is (`docker context ls` lists them), or unset it\n',
    ],
    [
      'no-certificates',
      { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/record/case' },
      'error: docker cannot be used: open /record/case/ca.pem: no such file or directory\n  help: see that ca.pem, cert.pem and key.pem are in the folder of DOCKER_CERT_PATH and can be read; for an engine without TLS unset DOCKER_TLS_VERIFY\n',
    ],
    [
      'api-too-new',
      { DOCKER_API_VERSION: '1.99' },
      'error: docker cannot be used: client version 1.99 is too new. Maximum supported API version is 1.45\n  help: unset DOCKER_API_VERSION, or set it to one that the engine takes\n',
    ],
  ])('is exit 3, its words come first: %s', async (name, env, stderr) => {
    const said = readFileSync(`${FIXTURES}${name}/26.1.txt`, 'utf8');
    expect(await upWith(said, env)).toEqual({ exitCode: 3, stdout: '', stderr });
  });

  it('says so in words that nobody has seen so far, too', async () => {
    expect(await upWith('Error response from daemon: the moon is full\n')).toEqual({
      exitCode: 3,
      stdout: '',
      stderr:
        'error: docker cannot list its images: the moon is full\n  help: see what `docker info` says\n',
    });
  });
});

describe('content trust', () => {
  it('is named where a pull fails at it', async () => {
    const notary =
      'Error: error contacting notary server: dial tcp 127.0.0.1:4443: connect: connection refused';
    const docker = await fakeDocker(({ argv }) =>
      argv[0] === 'pull' ? { stderr: `${notary}\n`, exitCode: 1 } : undefined,
    );
    const manifest =
      'registries: { r: { server: r.test } }\nimages: { one: { registry: r, name: team/one, version: 1 } }\n';
    const project = await makeProject({ 'ensure.yaml': manifest }, { env: docker.env });
    const env = { DOCKER_CONTENT_TRUST: '1' };
    const { exitCode, stderr } = await project.run(['up', '-q'], { env });
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      'error: one: the registry could not say whether it has r.test/team/one:1: error contacting notary server: dial tcp 127.0.0.1:4443: connect: connection refused (registry-unknown)\n  help: DOCKER_CONTENT_TRUST is set, so docker asks a notary server (DOCKER_CONTENT_TRUST_SERVER) about signatures: have the image signed there, or unset DOCKER_CONTENT_TRUST\n',
    );
  });
});

describe('an engine that knows no named contexts', () => {
  const OTHER = 'other: { build: { files: nothing, dockerfile_inline: "FROM scratch" } }';

  /** One that builds whatever has no named context, and knows what it has built. */
  async function upOfOld(app: string, hasHash = false) {
    const base = `base: { with_hash: ${hasHash}, build: { files: nothing, dockerfile_inline: "FROM scratch" } }`;
    const here = new Set<string>();
    const docker = await fakeDocker(({ argv, stdin }) => {
      if (argv[1] === 'ls') {
        const images = [...here].map((ref) => {
          const [Repository, Tag = 'latest'] = ref.split(':');
          return `${JSON.stringify({ ID: `sha256:${'2'.repeat(64)}`, Repository, Tag })}\n`;
        });
        return { stdout: images.join('') };
      }
      if (argv[1] !== 'bake') return undefined;
      if (stdin.includes('contexts = ')) {
        const says = 'unsupported frontend capability moby.buildkit.frontend.contexts';
        return { stderr: `ERROR: failed to solve: ${says}\n`, exitCode: 1 };
      }
      for (const [, ref = ''] of stdin.matchAll(/name=([^",\\]+)/g)) here.add(ref);
      return undefined;
    });
    const manifest = `images:\n  ${base}\n  app: { build: { files: nothing, parents: [base], ${app} } }\n  ${OTHER}\n`;
    const project = await makeProject({ 'ensure.yaml': manifest }, { env: docker.env });
    const run = await project.run(['up', '-q']);
    const builds = docker.calls.filter(({ argv }) => argv[1] === 'bake').length;
    return { ...run, here: [...here].sort(), builds };
  }

  it.each([
    'dockerfile_inline: "FROM base"',
    'build_args: { BASE: "${images.base.ref}" }, dockerfile_inline: "ARG BASE\\nFROM $$BASE"',
  ])('builds each image by itself, as far as it can: %s', async (app) => {
    expect(await upOfOld(app)).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
      here: ['app', 'base', 'other'],
      builds: 4,
    });
  });

  it('is told of where a parent can be given by no other way', async () => {
    const { exitCode, stderr, here } = await upOfOld('dockerfile_inline: "FROM base"', true);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 3,
      stderr:
        'error: this Docker engine is older than 23 and cannot give a build its parents by name\n' +
        '  help: update the engine, or pass the reference on: build_args: { BASE: "${images.KEY.ref}" }\n',
    });
    expect(here).not.toContain('app');
  });
});
