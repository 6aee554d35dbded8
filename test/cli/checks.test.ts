import { describe, expect, test } from 'vitest';
import { fakeDocker, having } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';

const WARNED = {
  'ensure.yaml': `images:
  app:
    with_hash: true
    build:
      files: nothing
`,
  Dockerfile: 'FROM busybox\nRUN apk add curl\n',
};

const WARNING = `warning: \`apk\` fetches from the network: when what it fetches changes, the tag does not (fetch-without-interval)
  at Dockerfile:2:5
  2 | RUN apk add curl
    |     ^^^
  help: give the image an \`interval\` after which it is built anew, such as \`1d\`, or pin what is fetched
`;

const FAILING = {
  'ensure.yaml': 'images:\n  app:\n    build: {}\n',
  Dockerfile: 'FROM busybox\nCOPY pakage.json /app/\n',
  'package.json': '{}',
};

const ERROR = `error: \`COPY\` asks for \`pakage.json\`, which is not among the files that the build sees (missing-source)
  at Dockerfile:2:6
  2 | COPY pakage.json /app/
    |      ^^^^^^^^^^^
  help: did you mean \`package.json\`?
`;

describe('validate', () => {
  test('tells what is doubtful, and ends well', async () => {
    const { folder, run } = await makeProject(WARNED);
    expect(await run(['validate'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: `${WARNING}${folder}/ensure.yaml: 1 image, 1 warning\n`,
    });
  });

  test('tells what must fail, and ends as for any mistake', async () => {
    const { run } = await makeProject(FAILING);
    expect(await run(['validate'])).toEqual({ exitCode: 2, stdout: '', stderr: ERROR });
  });

  test('counts the warnings of the manifest too', async () => {
    const { folder, run, write } = await makeProject({
      'ensure.yaml': 'images:\n  app: { build: { files: nothing, interval: 1d } }\n',
      Dockerfile: 'FROM scratch\n',
    });
    const { stderr } = await run(['validate']);
    expect(stderr).toContain('(idle-interval)');
    expect(stderr.endsWith(`${folder}/ensure.yaml: 1 image, 1 warning\n`)).toBe(true);
    await write({
      'ensure.yaml':
        'images:\n  app: { skip_checks: [idle-interval], build: { files: nothing, interval: 1d } }\n',
    });
    expect((await run(['validate'])).stderr).toBe(`${folder}/ensure.yaml: 1 image, all well\n`);
  });

  test('tells which sources of secrets and keys cannot be read here', async () => {
    const { folder, run } = await makeProject({
      'ensure.yaml': `images:
  app:
    build:
      files: nothing
      secrets: [{ id: a, src: missing }, { id: h, src: ~/missing }, { id: b, src: folder }, "id=c,env=UNSET", "id=d,src=there"]
      ssh: [default, "x=missing", "y=there"]
`,
      Dockerfile: 'FROM scratch\n',
      there: '',
      'folder/x': '',
    });
    const { exitCode, stderr } = await run(['validate'], {
      env: { PATH: '/nowhere', HOME: '/home-of-nobody' },
    });
    expect(exitCode).toBe(2);
    expect(stderr.match(/^(error|warning): .*$/gm)).toEqual([
      `error: ${folder}/missing, which has the secret \`a\`, does not exist (unreadable-secret)`,
      'error: /home-of-nobody/missing, which has the secret `h`, does not exist (unreadable-secret)',
      `error: ${folder}/folder, which has the secret \`b\`, is a folder (unreadable-secret)`,
      'warning: the variable UNSET, which has the secret `c`, is not set (unreadable-secret)',
      'error: there is no agent for the ssh id `default`: SSH_AUTH_SOCK is not set (unreadable-ssh)',
      `error: ${folder}/missing, for the ssh id \`x\`, does not exist (unreadable-ssh)`,
    ]);
    expect(stderr).toContain('  at ensure.yaml:5:7\n');
    expect((await run(['ref', 'app'])).exitCode).toBe(0);
  });

  test('shows the first notes of a kind, all with --debug, and none with -q', async () => {
    const keys = Array.from({ length: 8 }, (_, at) => `i${at}`);
    const { folder, run } = await makeProject({
      'ensure.yaml': `images:\n${keys.map((key) => `  ${key}: { build: {}, with_hash: true, name: ${key} }\n`).join('')}`,
      Dockerfile: 'FROM scratch\nCOPY . /\n',
    });
    const end = `${folder}/ensure.yaml: 8 images, all well\n`;
    const notes = keys.map(
      (key) =>
        `note: the whole build context of \`${key}\` is hashed: \`COPY\` takes all of it (Dockerfile:2:6)\n`,
    );
    const few = `${notes.slice(0, 5).join('')}  and 3 more notes like these (\`--debug\` shows all)\n`;
    expect((await run(['validate'])).stderr).toBe(`${few}${end}`);
    expect((await run(['--debug', 'validate'])).stderr).toContain(`${notes.join('')}${end}`);
    expect((await run(['-q', 'validate'])).stderr).toBe(end);
  });

  test('says nothing of what is skipped', async () => {
    const { folder, run, write } = await makeProject(WARNED);
    await write({
      'ensure.yaml': `${WARNED['ensure.yaml']}    skip_checks: [fetch-without-interval]\n`,
    });
    const { exitCode, stderr } = await run(['validate']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: `${folder}/ensure.yaml: 1 image, all well\n`,
    });
  });

  test('knows which checks there are', async () => {
    const { run } = await makeProject({
      'ensure.yaml': 'images:\n  app: { skip_checks: [fetch-without-intervals], build: {} }\n',
      Dockerfile: 'FROM scratch\n',
    });
    expect(await run(['validate'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `error: no check is called \`fetch-without-intervals\` (unknown-check)
  at ensure.yaml:2:24
  2 |   app: { skip_checks: [fetch-without-intervals], build: {} }
    |                        ^^^^^^^^^^^^^^^^^^^^^^^
  help: did you mean \`fetch-without-interval\`?
`,
    });
  });
});

describe('commands that only answer a question', () => {
  test('keep warnings to themselves', async () => {
    const { run } = await makeProject(WARNED);
    for (const args of [
      ['ref', 'app'],
      ['inputs', 'app'],
      ['inputs', '--files', 'app'],
    ]) {
      expect(await run(args)).toMatchObject({ exitCode: 0, stderr: '' });
    }
  });

  test('have the same answer whatever is skipped', async () => {
    const { run, write } = await makeProject(WARNED);
    const before = await run(['ref', 'app']);
    await write({
      'ensure.yaml': `${WARNED['ensure.yaml']}    skip_checks: [fetch-without-interval]\n`,
    });
    expect(await run(['ref', 'app'])).toEqual(before);
  });
});

describe('up', () => {
  test('tells what is doubtful once, before anything is done', async () => {
    const docker = await fakeDocker();
    const { run } = await makeProject(
      {
        ...WARNED,
        'ensure.yaml': `${WARNED['ensure.yaml']}  child:
    with_hash: true
    build:
      files: nothing
      parents: [app]
      dockerfile_inline: FROM app
`,
      },
      { env: docker.env },
    );
    const { exitCode, stderr } = await run(['up']);
    expect(exitCode).toBe(0);
    expect(stderr.startsWith(WARNING)).toBe(true);
    expect(stderr.split('fetches from the network')).toHaveLength(2);
    expect(stderr.slice(WARNING.length)).not.toContain('warning');
  });

  test('repeats nothing where there is nothing to do', async () => {
    const manifest = 'images:\n  app: { build: { files: nothing, interval: 1d } }\n';
    const files = { 'ensure.yaml': manifest, Dockerfile: 'FROM scratch\n' };
    const docker = await fakeDocker(having('app:latest'));
    const { run } = await makeProject(files, { env: docker.env });
    expect((await run(['up'])).stderr).not.toContain('idle-interval');
    expect((await run(['up', '--force'])).stderr.split('idle-interval')).toHaveLength(2);
    expect((await run(['up', '--dry-run', '--force'])).stderr).toContain('idle-interval');
  });

  test('asks nobody for anything where a build must fail', async () => {
    const docker = await fakeDocker();
    const { run } = await makeProject(FAILING, { env: docker.env });
    expect(await run(['up'])).toEqual({ exitCode: 2, stdout: '', stderr: ERROR });
    expect(docker.calls).toEqual([]);
  });

  test('looks only at the images that it is asked for', async () => {
    const docker = await fakeDocker();
    const { run } = await makeProject(
      {
        ...FAILING,
        'ensure.yaml': `${FAILING['ensure.yaml']}  sound: { build: { files: nothing, dockerfile_inline: FROM scratch } }\n`,
      },
      { env: docker.env },
    );
    expect((await run(['up', 'sound'])).exitCode).toBe(0);
  });
});
