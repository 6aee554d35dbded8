import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type Registry, startRegistry } from '../rig/engine/index.ts';
import type { Run } from '../rig/project.ts';
import { canary, filesIn, imageTexts, sightings, type Written, watchProcesses } from './canary.ts';
import { ownTemporary } from './looking.ts';
import { endedWith, randomName, succeeded, survives, test, wholeSuite } from './rig.ts';

/** One for each way in, so that it is seen which one has come out. */
const SECRETS = {
  password: canary(),
  command: canary(),
  argument: canary(),
  variable: canary(),
  file: canary(),
  wrong: canary(),
  address: canary(),
};

const WAYS = wholeSuite
  ? [['--debug', 'up'], ['up', '--json'], ['up']]
  : [['--debug', 'up', '--json']];

const manifestOf = (scope: string, one: Registry, two: Registry) => `
registries:
  one: { server: "${one.host}", username: robot, password: "\${CANARY_PASSWORD}" }
  two:
    server: "${two.host}"
    username: robot
    password_command: [sh, -c, "echo $$CANARY_COMMAND"]
  wrong: { server: "${one.host.replace('127.0.0.1', 'localhost')}", username: robot, password: "\${CANARY_WRONG}", retries: 0 }
  loud:
    server: "${two.host.replace('127.0.0.1', 'localhost')}"
    username: robot
    password_command: [sh, -c, "echo $$CANARY_COMMAND; echo $$CANARY_COMMAND >&2; exit 3"]
defaults: { with_hash: true, build: { files: nothing } }
images:
  app: { name: ${scope}/app, registry: one, tags: [latest], build: {
    dockerfile: Dockerfile,
    unhashed_build_args: { TOKEN: "\${CANARY_ARGUMENT}", CODE: "\${CODE:-0}" },
    additional_contexts: { elsewhere: "https://robot:\${CANARY_ADDRESS}@git.test/x.git" },
    secrets: [{ id: variable, env: CANARY_VARIABLE }, { id: file, src: secret }] } }
  twin: { name: ${scope}/twin, registry: one, build: {
    dockerfile: Dockerfile,
    unhashed_build_args: { TOKEN: "\${CANARY_ARGUMENT}" },
    secrets: [{ id: variable, env: CANARY_VARIABLE }, { id: file, src: secret }] } }
  above: { name: ${scope}/above, registry: two, build: { parents: [app, twin], dockerfile: Above } }
  wrong: { name: ${scope}/wrong, registry: wrong, build: { dockerfile: Wrong } }
  loud: { name: ${scope}/loud, registry: loud, build: { dockerfile: Wrong } }
`;

const DOCKERFILE = `FROM docker-ensure-seed:1
ARG TOKEN
RUN --mount=type=secret,id=variable --mount=type=secret,id=file \\
    echo "it says $TOKEN $(cat /run/secrets/variable) $(cat /run/secrets/file)"
ARG CODE
RUN --mount=type=secret,id=variable --mount=type=secret,id=file \\
    echo "then $TOKEN $(cat /run/secrets/variable /run/secrets/file)" >&2; exit $CODE
`;

test('a secret comes out nowhere, whichever way it came in', async ({ world, engine, project }) => {
  const { scope } = world;
  const start = async (password: string) => {
    const auth = { username: 'robot', password };
    const registry = await startRegistry({ name: `canary-${randomName()}`, auth });
    onTestFinished(() => registry.stop());
    return registry;
  };
  const one = await start(SECRETS.password);
  const two = await start(SECRETS.command);
  const mine = await project({
    'ensure.yaml': manifestOf(scope, one, two),
    Dockerfile: DOCKERFILE,
    Above: `FROM ${scope}/app\nCOPY --from=${scope}/twin /etc/passwd /twin\n`,
    Wrong: 'FROM docker-ensure-seed:1\n',
    secret: SECRETS.file,
  });
  const temporary = await ownTemporary(mine);
  const root = dirname(mine.folder);
  const config = join(root, 'docker');
  await mkdir(config);
  await writeFile(join(config, 'config.json'), '{}');
  await symlink(join(engine.env.DOCKER_CONFIG ?? '', 'cli-plugins'), join(config, 'cli-plugins'));
  const env = {
    TMPDIR: temporary,
    DOCKER_CONFIG: config,
    CANARY_PASSWORD: SECRETS.password,
    CANARY_COMMAND: SECRETS.command,
    CANARY_ARGUMENT: SECRETS.argument,
    CANARY_VARIABLE: SECRETS.variable,
    CANARY_WRONG: SECRETS.wrong,
    CANARY_ADDRESS: SECRETS.address,
  };
  const runs: Written[] = [];
  const run = async (args: readonly string[], more: Record<string, string> = {}): Promise<Run> => {
    const ended = await mine.run(args, { env: { ...env, ...more } });
    const where = JSON.stringify(args);
    runs.push({ where: `stdout of ${where}`, text: ended.stdout });
    runs.push({ where: `stderr of ${where}`, text: ended.stderr });
    return ended;
  };

  await survives('secrets come in by every way', world, async () => {
    const processes = await watchProcesses();
    const debugged = succeeded(await run(['--debug', 'up', '--json', 'app', 'above']));
    // The two with secrets are built in one call.
    expect(debugged.stderr).toMatch(/buildx bake .* image-1 image-2\n/);
    expect(debugged.stderr).toContain('it says *** *** ***');
    expect(await one.tags(`${scope}/app`)).toContain('latest');
    expect(await one.tags(`${scope}/twin`)).toHaveLength(1);
    expect(await two.tags(`${scope}/above`)).toHaveLength(1);
    if (wholeSuite) succeeded(await run(['up', '--force', 'app']));
    for (const args of WAYS) {
      const { stderr } = endedWith(1, await run([...args, '--force', 'app'], { CODE: '9' }));
      expect(stderr).toContain('then *** ***');
    }
    for (const args of WAYS) {
      const wrong = endedWith(1, await run([...args, 'wrong']));
      expect(wrong.stderr).toMatch(/the login to the registry wrong \(\S+\) failed: /);
      const loud = endedWith(1, await run([...args, 'loud']));
      expect(loud.stderr).toContain(
        'the password_command of the registry loud failed with exit code 3',
      );
    }
    endedWith(3, await run(['--debug', 'up', 'app'], { PATH: '/nowhere' }));
    for (const command of [
      ['ref', 'app'],
      ['inputs', 'app'],
      ['inputs', 'app', '--files'],
    ])
      succeeded(await run(command));
    succeeded(await run(['validate']));
    succeeded(await run(['--debug', 'up', '--dry-run', '--json', 'app', 'above']));
    const commands = await processes.stop();
    expect(commands.map(({ text }) => text).join('\n')).toContain('--password-stdin');

    const listed = await engine.docker(['image', 'ls', '--quiet', '--all', '--no-trunc']);
    const ids = [...new Set(listed.stdout.split('\n').filter(Boolean))];
    const images = (await Promise.all(ids.map((id) => imageTexts(engine, id)))).flat();
    expect(images.some(({ text }) => text.includes('dev.docker-ensure.hash'))).toBe(true);
    const logs = await Promise.all([one, two].map((registry) => registry.accessLog()));
    const written = [
      ...runs,
      ...commands,
      ...images,
      ...logs.map((lines) => ({ where: 'access log', text: lines.join('\n') })),
      ...(await filesIn(root)).filter(({ where }) => where !== join(mine.folder, 'secret')),
    ];
    const bytes = written.reduce((sum, { text }) => sum + text.length, 0);
    const hits = sightings(SECRETS, written);
    console.log(
      `secrets: ${Object.keys(SECRETS).length} in ${runs.length / 2} runs; looked for in ${written.length} texts ` +
        `(${commands.length} command lines, ${images.length / 2} images), ${bytes} bytes: ${hits.length} hits`,
    );
    expect(hits).toEqual([]);
  });
});

test('what looks for secrets finds them, in each of their spellings', () => {
  const secret = canary();
  const basic = Buffer.from(`robot:${secret}`).toString('base64');
  for (const text of [secret, encodeURIComponent(secret), basic, `a ${secret.slice(6)}`])
    expect(sightings({ secret }, [{ where: 'here', text: `xx ${text} yy` }])).toEqual([
      'secret in here',
    ]);
  expect(sightings({ secret }, [{ where: 'here', text: canary() }])).toEqual([]);
});
