import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { refusal, scriptedServer } from '../docker/registry-api/scripted-registry.ts';
import { type Answer, fakeDocker } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';

const SCHEMA = new URL('../../schema/doctor.schema.json', import.meta.url);
const BUILD = '{ files: nothing, dockerfile_inline: FROM scratch, extra_hosts: { a: 10.0.0.1 } }';
const MANIFEST = `registries:
  team: { server: registry.test:5000 }
images:
  app: { registry: team, build: ${BUILD} }
`;
const INFO = { ServerVersion: '28.2.2', Driver: 'overlay2', DriverStatus: [], DockerRootDir: '' };

/** A docker that is as it should be, but for what `differs` answers. */
const good =
  (differs: Answer = () => undefined): Answer =>
  async (call) => {
    const { argv } = call;
    const [first, second] = argv;
    const answer = await differs(call);
    if (answer !== undefined) return answer;
    if (first === '--version') return { stdout: 'Docker version 28.2.2, build e6534b4\n' };
    if (first === 'info') return { stdout: `${JSON.stringify(INFO)}\n` };
    if (first === 'buildx' && second === 'version')
      return { stdout: 'github.com/docker/buildx v0.29.1 abc\n' };
    return undefined;
  };

async function doctor(
  answer: Answer,
  { args = [] as readonly string[], manifest = MANIFEST, env = {} } = {},
) {
  const docker = await fakeDocker(answer);
  const project = await makeProject({ 'ensure.yaml': manifest }, { env: docker.env });
  const { exitCode, stdout, stderr } = await project.run(['doctor', ...args], { env });
  const shown = (text: string) =>
    text
      .replaceAll(project.cache, 'CACHE')
      .replaceAll(project.folder, 'PROJECT')
      .replace(/holds [\d.]+ \w+/, 'holds SIZE');
  return { exitCode, stdout, stderr: shown(stderr) };
}

const DOCKER = 'ok       docker                       the docker command is 28.2.2\n';
const REST = `ok       image store                  classic (overlay2)
ok       buildx                       buildx is v0.29.1
ok       plugin                       docker does not know \`docker ensure\`
ok       cache                        CACHE holds SIZE
ok       manifest                     PROJECT/ensure.yaml has 1 image
`;
const ENGINE = 'ok       engine                       the engine is 28.2.2\n';

describe('doctor', () => {
  it('says on stderr that all is well', async () => {
    expect(await doctor(good())).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: `${DOCKER}${ENGINE}${REST}ok       registry registry.test:5000  it answers, and lets you read registry.test:5000/app; whether you may push, it says only to those who do\n`,
    });
  });

  it('prints a document that keeps to its schema', async () => {
    const { exitCode, stdout, stderr } = await doctor(good(), { args: ['--json'] });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const document = JSON.parse(stdout);
    const validate = new Ajv().compile(JSON.parse(readFileSync(SCHEMA, 'utf8')));
    expect([validate(document), validate.errors]).toEqual([true, null]);
    expect(Object.keys(document)).toEqual(['format', 'checks']);
    expect(document.format).toBe('docker-ensure/doctor/v1');
    expect(document.checks[0]).toEqual({
      ...{ check: 'docker', state: 'ok', message: 'the docker command is 28.2.2', advice: null },
    });
  });

  it('says whether one may push, where a token tells', async () => {
    const lines: string[] = [];
    for (const actions of [['pull', 'push'], ['pull']]) {
      const claims = { access: [{ type: 'repository', name: 'app', actions }] };
      const token = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
      const { host, seen } = await scriptedServer(({ path }, response) => {
        if (path.startsWith('/token')) return { status: 200, body: JSON.stringify({ token }) };
        const realm = `http://${response.req.headers.host}/token`;
        return refusal(401, 'UNAUTHORIZED', { 'www-authenticate': `Bearer realm="${realm}"` });
      });
      const manifest = MANIFEST.replace('registry.test:5000', host);
      const ran = await doctor(good(), { manifest });
      const needed = manifest.replace('registry: team', 'registry: team, require: both');
      lines.push(
        `exit ${ran.exitCode}`,
        `exit ${(await doctor(good(), { manifest: needed })).exitCode}`,
      );
      lines.push(...ran.stderr.replaceAll(host, 'HOST').split('\n').slice(7));
      expect(seen.every(({ method }) => method === 'GET')).toBe(true);
    }
    expect(lines.map((line) => line.replace(/ {2,}/g, ' ')).filter(Boolean)).toEqual([
      'exit 0',
      'exit 0',
      'ok registry HOST it answers, and lets you read HOST/app, and push',
      'exit 0',
      'exit 1',
      'warning registry HOST it answers, and lets you read HOST/app, but not push HOST/app',
      ' help: log in with an account that may push, or set `remote_policy: pull_only` for what is only pulled',
    ]);
  });

  const denied = good(({ argv }) =>
    argv.includes('imagetools')
      ? { stderr: 'ERROR: denied: requested access to the resource is denied\n', exitCode: 1 }
      : undefined,
  );

  it('warns of a registry that does not let in, and fails where an image must be in it', async () => {
    const { exitCode, stderr } = await doctor(denied);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /\nwarning {2}registry registry\.test:5000 {2}it cannot be asked: .*denied.*\n {2}help: .*\n$/,
    );
    const manifest = MANIFEST.replace('registry: team', 'registry: team, require: both');
    const needed = await doctor(denied, { manifest });
    expect(needed.exitCode).toBe(1);
    expect(needed.stderr).toMatch(
      /\nbroken {3}registry registry\.test:5000 {2}it cannot be asked: /,
    );
  });

  it('exits with 3 where there is no docker, no engine, or no buildx', async () => {
    const none = await doctor(good(), { env: { PATH: '/nowhere' } });
    expect(none.exitCode).toBe(3);
    expect(none.stderr).toMatch(
      /^broken {3}docker {4}the docker command was not found\n {2}help: install the Docker CLI, or put it on the PATH\nok {7}plugin {4}docker does not know `docker ensure`\nok {7}cache /,
    );
    const words =
      'Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?';
    const down = await doctor(
      good(({ argv }) => (argv[0] === 'image' ? { stderr: `${words}\n`, exitCode: 1 } : undefined)),
    );
    expect(down.exitCode).toBe(3);
    expect(down.stderr).toContain(
      `broken   engine    docker does not answer: ${words}\n  help: start`,
    );
    const lacking = await doctor(
      good(({ argv: [first] }) =>
        first === 'buildx'
          ? { stderr: "docker: 'buildx' is not a docker command.\n", exitCode: 1 }
          : undefined,
      ),
    );
    expect(lacking.exitCode).toBe(3);
    expect(lacking.stderr).toContain(
      'broken   buildx       docker has no buildx plugin, which builds need\n  help: install the docker-buildx plugin',
    );
  });

  it.each([
    [
      "docker: 'buildx' is not a docker command.\nSee 'docker --help'\n",
      'failed to fetch metadata: fork/exec /p/docker-buildx: permission denied',
      'make it executable: `chmod a+x /p/docker-buildx`',
    ],
    [
      "docker: unknown command: docker buildx\n\nRun 'docker --help' for more information\n",
      'failed to fetch metadata: fork/exec /p/docker-buildx: exec format error',
      'install the docker-buildx plugin anew (`docker buildx version` shows whether it works)',
    ],
    [
      'ERROR: mkdir /p: read-only file system\n',
      null,
      'install the docker-buildx plugin anew (`docker buildx version` shows whether it works)',
    ],
  ])('says why docker cannot run the buildx that is there: %s', async (stderr, problem, advice) => {
    const plugins = problem === null ? [] : [{ Name: 'buildx', Err: problem }];
    const ran = await doctor(
      good(({ argv }) => {
        if (argv[0] === 'buildx') return { stderr, exitCode: 1 };
        if (argv[0] !== 'info' || !argv[2]?.includes('Plugins')) return undefined;
        return { stdout: JSON.stringify(plugins) };
      }),
    );
    expect(ran.exitCode).toBe(3);
    const words = problem ?? 'mkdir /p: read-only file system';
    expect(ran.stderr).toContain(
      `broken   buildx       docker cannot run its buildx plugin, which builds need: ${words}\n  help: ${advice}\n`,
    );
  });

  it('tells what an older engine or buildx cannot do', async () => {
    const { exitCode, stderr } = await doctor(
      good(({ argv: [first, second] }) => {
        if (first === 'info')
          return { stdout: JSON.stringify({ ...INFO, ServerVersion: '20.10.24' }) };
        return first === 'buildx' && second === 'version'
          ? { stdout: 'github.com/docker/buildx v0.12.1 abc\n' }
          : undefined;
      }),
    );
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /\nwarning {2}engine +the engine is 20\.10\.24\n {2}help: update it: .* 23 and later\n/,
    );
    expect(stderr).toMatch(
      /\nwarning {2}builds +this buildx builds app one by one: .*\n {2}help: update the docker-buildx plugin\n/,
    );
  });

  it('looks at docker where there is no good manifest, too', async () => {
    const { exitCode, stderr } = await doctor(good(), { manifest: 'nothing: good\n' });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('ok       engine       the engine is 28.2.2\n');
    expect(stderr).toMatch(
      /\nwarning {2}manifest {5}there is none here, or it cannot be used, so no registry was asked\n {2}help: `docker-ensure validate` .*\n$/,
    );
  });
});
