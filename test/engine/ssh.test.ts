import { expect } from 'vitest';
import { spyOnDocker } from '../rig/docker-spy.ts';
import { startSsh } from '../rig/engine/ssh.ts';
import { endedWith, test as engineTest, imagesOf, succeeded } from '../rig/engine-test.ts';
import { onThisStore } from '../rig/one-store.ts';
import { makeProject } from '../rig/project.ts';

/** The `test` with an sshd before the engine. A borrowed engine, which may be anywhere, has none. */
const test = engineTest.extend('ssh', { scope: 'file' }, async ({ engine }, { onCleanup }) => {
  const ssh = engine.private ? await startSsh(engine) : null;
  if (ssh !== null) onCleanup(() => ssh.stop());
  return ssh;
});

const filesOf = (scope: string) => ({
  'ensure.yaml': `
    defaults: { with_hash: true, build: { files: { only: [word] } } }
    images:
      base: { name: ${scope}/base, build: { dockerfile_inline: "FROM scratch\\nCOPY word /base" } }
      left: { name: ${scope}/left, build: { parents: [base], dockerfile_inline: "FROM ${scope}/base\\nCOPY word /left" } }
      right: { name: ${scope}/right, build: { parents: [base], dockerfile_inline: "FROM ${scope}/base\\nCOPY word /right" } }
  `,
  word: scope,
});

test('an engine behind ssh is dialled as seldom as docker allows', async ({
  engine,
  ssh,
  scope,
}) => {
  if (ssh === null) return;
  const behind = { ...engine, env: ssh.env };
  const { up } = await makeProject(filesOf(scope), { env: ssh.env });
  const docker = await spyOnDocker(behind);
  const calls = async () => (await docker.calls()).map(([first, second]) => `${first} ${second}`);

  const { result } = succeeded(await up([], { env: docker.env }));
  expect(await calls()).toEqual(['image ls', 'buildx bake']);
  expect(await imagesOf(engine, scope).list()).toEqual(result.images.map(({ ref }) => ref).sort());

  succeeded(await up([], { env: docker.env }));
  expect((await calls()).slice(2)).toEqual(['image ls']);
});

const FAILING = [
  { how: 'closed-port', says: 'ssh: connect to host 127.0.0.1 port \\d+: Connection refused' },
  { how: 'wrong-key', says: '\\S+@127.0.0.1: Permission denied \\(publickey\\)\\.' },
  { how: 'unknown-host', says: 'Host key verification failed\\.' },
] as const;

test.for(onThisStore(FAILING))(
  'an engine behind an ssh that fails: $how, in the words of ssh',
  async ({ how, says }, { ssh, scope }) => {
    if (ssh === null) return;
    const env = await ssh.failing(how);
    const { run } = await makeProject(filesOf(scope), { env });
    const { stdout, stderr } = endedWith(3, await run(['up', '--json']));
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      new RegExp(
        `^error: docker cannot be used: ${says}\n {2}help: see that \`ssh -l \\S+ -p \\d+ -- 127\\.0\\.0\\.1 docker version\` works, and asks nothing\n$`,
      ),
    );
  },
);
