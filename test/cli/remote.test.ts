import { describe, expect, it } from 'vitest';
import { type Answer, fakeDocker, optionOf } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';

const BUILT = 'build: { files: nothing, dockerfile_inline: "FROM scratch" }';
const MANIFEST = `registries: { r: { server: r.test } }
images:
  app: { registry: r, ${BUILT} }
`;
const ID = `sha256:${'1'.repeat(64)}`;
const DIGEST = `sha256:${'d'.repeat(64)}`;

/** A docker with a machine and a registry that have these references, or come to have them. */
function between(here: readonly string[], there: readonly string[]): Answer {
  const images = new Set(here);
  const pushed = new Set(there);
  return ({ argv, stdin }) => {
    const [verb, second] = argv;
    if (second === 'bake') for (const name of namesIn(stdin)) images.add(name);
    const last = argv.at(-1) ?? '';
    if (verb === 'tag') images.add(last);
    if (verb === 'push') pushed.add(last);
    if (verb === 'image' && second === 'ls') {
      const lines = [...images].map((ref) =>
        JSON.stringify({
          ID,
          Repository: ref.replace(/:.*/, ''),
          Tag: ref.split(':')[1] ?? 'latest',
        }),
      );
      return { stdout: lines.join('\n') };
    }
    if (verb === 'image')
      return {
        stdout: argv
          .slice(4)
          .map((id) => `${id} {}\n`)
          .join(''),
      };
    if (second !== 'imagetools') return undefined;
    const found = { manifest: { digest: DIGEST }, image: { config: { Labels: {} } } };
    return pushed.has(last)
      ? { stdout: JSON.stringify(found) }
      : { stderr: `ERROR: ${last}: not found\n`, exitCode: 1 };
  };
}

/** The names that a definition gives its images. */
function namesIn(definition: string): string[] {
  const outputs = [...definition.matchAll(/output = \["type=docker,(?:\\")?name=([^"\\]+)/g)];
  return outputs.flatMap(([, names = '']) => names.split(','));
}

/** The verb of each call, and what it is about. */
const wordsOf = (commands: readonly string[]) =>
  commands.map((command) => {
    const [first = '', second = ''] = command.split(' ');
    if (first === 'image') return `${first} ${second}`;
    if (second === 'bake') return 'build';
    const about = command.split(' ').at(-1);
    return `${second === 'imagetools' ? 'probe' : first} ${about}`;
  });

async function project(answer: Answer, manifest = MANIFEST) {
  const docker = await fakeDocker(answer);
  const { run } = await makeProject({ 'ensure.yaml': manifest }, { env: docker.env });
  let before = 0;
  return {
    docker,
    async up(...args: string[]) {
      const ran = await run(['up', ...args]);
      const calls = wordsOf(docker.commands().slice(before));
      before = docker.calls.length;
      return { ...ran, calls };
    },
  };
}

describe('--offline', () => {
  it('asks no registry anything, and leaves the push to a later run', async () => {
    const { up } = await project(between([], []));
    const first = await up('--offline');
    expect(first).toMatchObject({ exitCode: 0, stdout: '' });
    expect(first.calls).toEqual(['image ls', 'build']);
    expect(await up('--offline', '-q')).toMatchObject({ exitCode: 0, stderr: '' });
    const later = await up();
    expect(later.exitCode).toBe(0);
    expect(later.calls).toContain('push r.test/app');
    expect(later.calls).not.toContain('build');
  });

  it('logs in nowhere, and runs no command for a password', async () => {
    const manifest = `registries:
  r: { server: r.test, username: ann, password_command: [sh, -c, "touch asked; echo hunter22"] }
  s: { server: s.test, username: ann, password: hunter22 }
images:
  app: { registry: r, ${BUILT} }
  web: { registry: s, ${BUILT} }
`;
    const { up } = await project(between([], []), manifest);
    const { exitCode, calls } = await up('--offline');
    expect(exitCode).toBe(0);
    expect(calls.filter((call) => /^(login|probe|pull|push)/.test(call))).toEqual([]);
  });

  it('fails where an image is not here and cannot be built, and asks no registry', async () => {
    const { up } = await project(
      between([], ['r.test/seed']),
      `registries: { r: { server: r.test } }
images: { seed: { registry: r } }
`,
    );
    const { exitCode, stderr, calls } = await up('--offline', '-q');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr:
        'error: seed: seed cannot be had: not here, and it has no `build` in the manifest (not-found)\n' +
        '  help: run without --offline to pull it\n',
    });
    expect(calls).toEqual(['image ls']);
  });

  it('fails where a base image is not here, before it builds', async () => {
    const manifest = `images: { app: { build: { files: nothing, dockerfile_inline: "FROM gone:1" } } }\n`;
    const { up } = await project(between([], []), manifest);
    const { exitCode, stderr, calls } = await up('--offline', '-q');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr:
        'error: app: it is built from gone:1, which is not here, and --offline forbids to pull it (build-failed)\n' +
        '  help: run without --offline, or pull it beforehand\n',
    });
    expect(new Set(calls)).toEqual(new Set(['image ls', 'info .DriverStatus}}', 'buildx inspect']));
  });

  it('plans without a question', async () => {
    const { up } = await project(between([], ['r.test/app']));
    const { exitCode, stdout, calls } = await up('--offline', '--dry-run');
    expect({ exitCode, calls }).toEqual({ exitCode: 0, calls: ['image ls'] });
    expect(stdout).toMatch(/^app {2}build {8}app \(not here\)\n/);
  });
});

describe('--require', () => {
  it('registry pulls nothing that is there', async () => {
    const { up } = await project(between([], ['r.test/app']));
    const { exitCode, stderr, calls } = await up('--require', 'registry');
    expect({ exitCode, calls }).toEqual({
      exitCode: 0,
      calls: ['image ls', 'probe r.test/app'],
    });
    expect(stderr).toContain('1 image ready: nothing to do');
  });

  it('registry builds and pushes what is not there', async () => {
    const { up } = await project(between([], []));
    const { exitCode, calls } = await up('--require', 'registry');
    expect(exitCode).toBe(0);
    expect(calls.filter((call) => /^(build|pull|push)/.test(call))).toEqual([
      'build',
      'push r.test/app',
    ]);
  });

  it('both pushes what is here only', async () => {
    const { up } = await project(between(['app'], []));
    const { exitCode, calls } = await up('--require=both');
    expect(exitCode).toBe(0);
    expect(calls).toContain('probe r.test/app');
    expect(calls.filter((call) => /^(build|pull|push)/.test(call))).toEqual(['push r.test/app']);
  });

  it('local asks no registry about what is here, whatever the image says', async () => {
    const manifest = MANIFEST.replace('{ registry: r,', '{ registry: r, require: both,');
    const { up } = await project(between(['app'], []), manifest);
    expect((await up('--require', 'local')).calls).toEqual(['image ls', 'image inspect']);
    expect((await up()).calls).toContain('push r.test/app');
  });
});

describe('a registry that is out of order', () => {
  const failing = (times: number): Answer => {
    let left = times;
    const usual = between([], []);
    return (call) => {
      if (call.argv[0] !== 'push' || left === 0) return usual(call);
      left -= 1;
      return { stderr: 'received unexpected HTTP status: 503 Service Unavailable\n', exitCode: 1 };
    };
  };
  const pushes = (calls: readonly string[]) => calls.filter((call) => call.startsWith('push'));

  it('is not tried again with --retries 0', async () => {
    const { up } = await project(failing(1));
    const { exitCode, stderr, calls } = await up('--retries', '0');
    expect(exitCode).toBe(1);
    expect(pushes(calls)).toHaveLength(1);
    expect(stderr).toContain('(registry-server-fault)');
    expect(stderr).not.toContain('retrying');
  });

  it('is tried again, which is told of', async () => {
    const { up } = await project(failing(1));
    const { exitCode, stdout, stderr, calls } = await up('--retries', '1', '--json');
    expect(exitCode).toBe(0);
    expect(pushes(calls)).toHaveLength(2);
    expect(stderr).toMatch(
      /\napp {2}retrying {2}try 2 of 2 in .* \(server-fault: received unexpected HTTP status: 503 Service Unavailable\)\n/,
    );
    expect(stderr).toMatch(/1 image ready: 1 built, 1 pushed, 1 retry \(/);
    expect(JSON.parse(stdout).summary).toMatchObject({ push: 1, failed: 0, retries: 1 });
  });
});

describe('a password command', () => {
  const manifestWith = (command: string) => `registries:
  r: { server: r.test, username: ann, password_command: ${command} }
images:
  app: { registry: r, ${BUILT} }
`;

  it("runs in the manifest's folder, and docker gets what it prints on stdin alone", async () => {
    const docker = await fakeDocker(between([], []));
    const { run } = await makeProject(
      { 'ensure.yaml': manifestWith('[cat, token]'), token: 'hunter22\n' },
      { env: docker.env },
    );
    const { exitCode, stderr } = await run(['up', '--debug']);
    expect(exitCode).toBe(0);
    const logins = docker.calls.filter(({ argv }) => argv[0] === 'login');
    expect(logins.map(({ stdin, argv }) => [stdin, optionOf(argv, '--username')])).toEqual([
      ['hunter22', 'ann'],
    ]);
    expect(docker.commands().join('\n')).not.toContain('hunter22');
    expect(stderr).not.toContain('hunter22');
  });

  it('is masked wherever it comes out, once it is known', async () => {
    const docker = await fakeDocker((call) =>
      call.argv[0] === 'push'
        ? { stderr: 'denied: hunter22, YW5uOmh1bnRlcjIy\n', exitCode: 1 }
        : between([], [])(call),
    );
    const manifest = manifestWith('[echo, hunter22]');
    const { run } = await makeProject({ 'ensure.yaml': manifest }, { env: docker.env });
    const { exitCode, stdout, stderr } = await run(['up', '--json', '--debug']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('denied: ***, ***');
    expect(stdout + stderr).not.toMatch(/hunter22|YW5uOmh1bnRlcjIy/);
  });

  it('that fails fails the image, and shows none of its words', async () => {
    const { up } = await project(
      between([], []),
      manifestWith('[sh, -c, "echo it is locked >&2; exit 3", token-1234567]'),
    );
    const { exitCode, stderr, calls } = await up('-q');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'the password_command of the registry r failed with exit code 3: it is locked',
    );
    expect(stderr).not.toContain('token-1234567');
    expect(calls.filter((call) => /^(login|pull|push|build)/.test(call))).toEqual([]);
  });
});
