import { describe, expect, it } from 'vitest';
import { makeProjectHere } from '../rig/command.ts';
import { type Answer, fakeDocker, having } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';

const BUILT = 'build: { files: nothing, dockerfile_inline: "FROM scratch" }';
const MANIFEST = `registries: { r: { server: r.test } }
images:
  base: { ${BUILT} }
  app: { registry: r, build: { files: nothing, dockerfile_inline: "FROM base", parents: [base] } }
  other: { registry: r, ${BUILT} }
`;

/** What docker was asked for, but for what is here, one verb and one name a line; a build a line an image. */
const work = (commands: readonly string[]) =>
  commands
    .filter((command) => /^(pull|push|buildx bake)/.test(command))
    .flatMap((command) =>
      command.startsWith('buildx')
        ? (command.match(/ image-\d+/g) ?? []).map(() => 'build')
        : command.replace(' --quiet', ''),
    );

async function up(args: readonly string[], answer?: Answer, manifest = MANIFEST) {
  const docker = await fakeDocker(answer);
  const project = await makeProject({ 'ensure.yaml': manifest }, { env: docker.env });
  const ran = await project.run(['up', ...args]);
  return { ...ran, work: work(docker.commands()), calls: docker.calls };
}

const fails =
  (what: RegExp, stderr: string): Answer =>
  ({ argv }) =>
    what.test(argv.join(' ')) ? { stderr, exitCode: 1 } : undefined;

describe('up with', () => {
  it('nothing pulls, builds, pushes', async () => {
    const { exitCode, work } = await up([]);
    expect(exitCode).toBe(0);
    expect(work.toSorted()).toEqual(
      [
        'pull r.test/app',
        'pull r.test/other',
        'build',
        'build',
        'build',
        'push r.test/app',
        'push r.test/other',
      ].sort(),
    );
  });

  it('names looks at those, and at what they are built on', async () => {
    const { work } = await up(['app', 'app']);
    expect(work).toEqual(['pull r.test/app', 'build', 'build', 'push r.test/app']);
  });

  it('names behind -- looks at those', async () => {
    expect((await up(['--', 'base'])).work).toEqual(['build']);
  });

  it('--no-pull pulls nothing', async () => {
    expect((await up(['--no-pull', 'other'])).work).toEqual(['build', 'push r.test/other']);
  });

  it('--no-push pushes nothing', async () => {
    expect((await up(['--no-push', 'other'])).work).toEqual(['pull r.test/other', 'build']);
  });

  it('--no-build builds nothing, and fails where that is needed', async () => {
    const { exitCode, stderr, work } = await up(['--no-build', '-q', 'other']);
    expect(work).toEqual(['pull r.test/other']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr:
        'error: other: other cannot be had: neither here nor in the registry, and --no-build forbids to build it (not-found)\n' +
        '  help: run without --no-build to build it\n',
    });
  });

  it('--force builds what is here, and its parents only if they are not', async () => {
    const { work } = await up(['--force', 'app'], having('app:latest', 'base:latest'));
    // Nothing says what the parent was built from, so it is built too.
    expect(work).toEqual(['build', 'build', 'push r.test/app']);
  });

  it('--dry-run asks, and does nothing', async () => {
    const { exitCode, stdout, stderr, work, calls } = await up(
      ['--dry-run'],
      fails(/imagetools/, 'ERROR: r.test/app:latest: not found\nERROR: r.test/other: not found\n'),
    );
    expect({ exitCode, stderr, work }).toEqual({ exitCode: 0, stderr: '', work: [] });
    expect(new Set(calls.map(({ argv }) => argv.slice(0, 3).join(' ')))).toEqual(
      new Set(['image ls --no-trunc', 'buildx imagetools inspect']),
    );
    expect(stdout).toMatch(/^base {3}build {8}base \(not here\)\napp {4}build, push {2}app \(/);
    expect(stdout).toMatch(/\n3 images: 3 to build, 2 to push\n$/);
  });

  it('--keep-going goes on after a failure', async () => {
    const answer = fails(/^pull --quiet r\.test\/app/, 'Error response from daemon: denied\n');
    const { exitCode, stderr, work } = await up(['--keep-going', '--jobs', '1'], answer);
    expect(exitCode).toBe(1);
    expect(work).toContain('push r.test/other');
    expect(stderr).toContain('3 images: 1 failed, 2 ready (2 built, 1 pushed)');
  });

  it('a failure starts nothing new', async () => {
    const { exitCode, stderr, work } = await up(
      ['--jobs', '1', '-q'],
      fails(/^buildx bake/, '#1 x\nERROR: failed to solve: no\n'),
    );
    expect(exitCode).toBe(1);
    expect(work.filter((what) => what === 'build')).toHaveLength(1);
    expect(work.filter((what) => what.startsWith('push'))).toEqual([]);
    expect(stderr).toMatch(/^error: (?:base|other): no \(build-failed\)\n$/);
  });

  it('--jobs has so many images built at once, and no more', async () => {
    let atOnce = 0;
    let most = 0;
    const answer: Answer = async ({ argv }) => {
      if (argv[1] !== 'bake') return undefined;
      const targets = argv.filter((word) => word.startsWith('image-')).length;
      atOnce += targets;
      most = Math.max(most, atOnce);
      await new Promise(setImmediate);
      atOnce -= targets;
      return undefined;
    };
    const images = [1, 2, 3, 4, 5].map((n) => `  i${n}: { ${BUILT} }\n`).join('');
    const ran = await up(['--jobs', '2', '-q'], answer, `images:\n${images}`);
    expect({ exitCode: ran.exitCode, most, built: ran.work.length }).toEqual({
      exitCode: 0,
      most: 2,
      built: 5,
    });
  });
});

describe('a build argument', () => {
  const withLong = (start: string) => `images:
  app:
    build:
      files: nothing
      dockerfile_inline: "FROM scratch\\nARG LONG"
      build_args: { LONG: "${start}${'x'.repeat(200_000)}" }
`;

  it('may be longer than a variable may be', async () => {
    const { exitCode, work } = await up(['-q'], undefined, withLong(''));
    expect({ exitCode, work }).toEqual({ exitCode: 0, work: ['build'] });
  });

  it('that must be a variable, and is too long for one, is told of', async () => {
    const { exitCode, stderr } = await up(['-q'], undefined, withLong('e\u0301'));
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: 'error: app: docker could not be started: spawn E2BIG (build-failed)\n',
    });
  });
});

describe('help', () => {
  const run = async (args: readonly string[]) => (await makeProjectHere({})).run(args);

  it.each([[['--help']], [['help']], [['help', 'up']], [['up', '-h']]])(
    'is a result where it is asked for: %j',
    async (args) => {
      const { exitCode, stdout, stderr } = await run(args);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: docker-ensure /);
      expect(stdout).not.toContain('default: [])');
    },
  );

  it('is for people where nothing is said', async () => {
    const { exitCode, stdout, stderr } = await run([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: docker-ensure /);
  });

  it.each([['-V'], ['--version']])('has the version: %s', async (option) => {
    expect(await (await makeProject({})).run([option])).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });
});

describe('an option', () => {
  const FILES = { 'ensure.yaml': 'images: { app: { version: "${V}" } }\n' };
  const run = async (args: readonly string[], files: Record<string, string> = {}, env = {}) =>
    (await makeProjectHere({ ...FILES, ...files })).run(args, {
      env: { PATH: '/nowhere', ...env },
    });

  it('may stand before and behind the command', async () => {
    for (const args of [
      ['--env-file', 'a.env', 'ref', 'app'],
      ['ref', '--env-file', 'a.env', 'app'],
      ['ref', 'app', '--env-file=a.env'],
    ]) {
      expect(await run(args, { 'a.env': 'V=1\n' })).toMatchObject({ stdout: 'app:1\n' });
    }
  });

  it('--env-file is beaten by the environment and by a later one, and beats .env', async () => {
    const files = { 'a.env': 'V=1\n', 'b.env': 'V=2\n', '.env': 'V=0\n' };
    const ref = async (args: string[], env = {}) =>
      (await run([...args, 'ref', 'app'], files, env)).stdout;
    expect(await ref([])).toBe('app:0\n');
    expect(await ref(['--env-file', 'a.env'])).toBe('app:1\n');
    expect(await ref(['--env-file', 'a.env', '--env-file', 'b.env'])).toBe('app:2\n');
    expect(await ref(['--env-file', 'a.env'], { V: '3' })).toBe('app:3\n');
  });

  it.each([
    ['--file', '', "error: option '-f, --file <path>' argument '' is invalid. write a path\n"],
    ['--file', 'x', 'error: there is no file x (unusable-manifest)\n  help: check the path\n'],
    ['--file', '.', 'error: . is a folder (unusable-manifest)\n  help: name the file in it\n'],
  ])('%s %j exits with 2', async (option, value, stderr) => {
    const ran = await run([option, value, 'ref', 'app'], {}, { V: '1' });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr.startsWith(stderr)).toBe(true);
  });

  it.each([
    [['-f', 'a.yaml', '-f', 'b.yaml', 'ref', 'app'], '--file'],
    [['-f', 'ensure.yaml', 'ref', 'app', '--file=ensure.yaml'], '--file'],
    [['--at', '1', 'ref', 'app', '--at', '2'], '--at'],
    [['--platform', 'amd64', '--platform', 'arm64', 'ref', 'app'], '--platform'],
    [['--color', 'never', '--color', 'always', 'ref', 'app'], '--color'],
    [['--progress', 'plain', '--progress', 'quiet', 'ref', 'app'], '--progress'],
    [['up', '--jobs', '1', '--jobs', '2'], '--jobs'],
    [['up', '--require', 'local', '--require', 'both'], '--require'],
    [['up', '--retries=1', '--retries=1'], '--retries'],
  ])('that has one value is taken once: %j', async (args, option) => {
    expect(await run(args, {}, { V: '1' })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `error: ${option} is given twice\n  help: leave one of them out\n`,
    });
  });

  it.each([
    [['--debug', '--debug', '-q', '--quiet', 'ref', 'app']],
    [['-q', '--progress', 'quiet', 'ref', 'app']],
    [['--at', '2020-01-01', 'ref', 'app']],
  ])('may be repeated where that says nothing else: %j', async (args) => {
    const ran = await run(args, {}, { V: '1', DOCKER_ENSURE_AT: '2021-01-01' });
    expect(ran).toEqual({ exitCode: 0, stdout: 'app:1\n', stderr: '' });
  });

  it('-q stands beside no other kind of progress', async () => {
    expect(await run(['-q', '--progress', 'plain', 'ref', 'app'], {}, { V: '1' })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'error: --quiet and --progress plain contradict each other\n  help: leave one of them out\n',
    });
  });

  it('--color colours mistakes too', async () => {
    const ran = await run(['--color', 'always', 'ref', 'nowhere'], {}, { V: '1', NO_COLOR: '1' });
    expect(ran.stderr).toBe(
      '\u001b[31merror\u001b[39m: the manifest has no image `nowhere`\n  \u001b[32mhelp\u001b[39m: it has: app\n',
    );
  });

  it.each(['__proto__', 'constructor', '', 'app ', 'app:1'])('is no image: %j', async (name) => {
    const ran = await run(['ref', name], {}, { V: '1' });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toContain(`error: the manifest has no image \`${name}\`\n`);
  });
});
