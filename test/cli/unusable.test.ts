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
