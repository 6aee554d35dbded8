import { expect } from 'vitest';
import { spyOnDocker } from '../rig/docker-spy.ts';
import { endedWith, fates, pushAs, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn();

test('additional_contexts: a folder by its own ignore file, hashed and seen alike; or an image', async ({
  project,
  engine,
  images,
  scope,
}) => {
  await engine.docker(['tag', 'docker-ensure-seed:1', `${scope}/tool:1`]);
  const { up, run, write } = await project({
    'ensure.yaml': `
      images:
        app:
          name: ${scope}/app
          with_hash: true
          build:
            files: nothing
            additional_contexts:
              shared: shared
              nested/name.1: app/deep/..
              image: docker-image://${scope}/tool:1
    `,
    Dockerfile: [
      'FROM docker-ensure-seed:1',
      'COPY --from=shared . /c/shared',
      'COPY --from=nested/name.1 . /c/nested',
      'COPY --from=image /etc/passwd /c/passwd',
      'RUN cd /c && find . -type f -o -type l | sort >/list',
    ].join('\n'),
    'shared/.dockerignore': '*.log\nsub/*\n!sub/kept\n',
    'shared/a #b !c': 'a',
    'shared/tool': { text: 'x', mode: 0o755 },
    'shared/run.log': 'excluded',
    'shared/sub/kept': 'k',
    'shared/sub/left out': 'l',
    // Not of this context.
    '.dockerignore': '**\n',
    'app/file': 'f',
    'app/deep/file': 'd',
  });
  const ref = async () => succeeded(await run(['ref', 'app'])).stdout.trim();

  const { result } = succeeded(await up());
  const built = result.images[0]?.ref ?? '';
  expect((await images.read(built, '/list')).split('\n')).toEqual([
    ...['./nested/deep/file', './nested/file', './passwd'],
    ...['./shared/.dockerignore', './shared/a #b !c', './shared/sub/kept', './shared/tool'],
  ]);
  expect(await images.run(built, 'stat -c %a "/c/shared/a #b !c" /c/shared/tool')).toBe('644\n755');

  await write({ 'shared/run.log': 'other', 'shared/sub/more': 'm', 'other/file': '' });
  expect(await ref()).toBe(built);
  await write({ 'shared/sub/kept': 'changed' });
  const changed = await ref();
  expect(changed).not.toBe(built);
  await write({ 'app/deep/file': 'changed' });
  expect(new Set([built, changed, await ref()]).size).toBe(3);
  expect(fates(succeeded(await up()))).toEqual({ app: 'build' });
});

it('an additional context that moves while the build runs: the run fails, and names the file', async ({
  project,
  engine,
  images,
  scope,
}) => {
  const { up, folder } = await project({
    'ensure.yaml': `
      defaults: { build: { files: nothing } }
      images:
        written: { name: ${scope}/written, build: { additional_contexts: { shared: one } } }
        added: { name: ${scope}/added, build: { additional_contexts: { shared: two } } }
        ignored: { name: ${scope}/ignored, build: { additional_contexts: { shared: three } } }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\nCOPY --from=shared . /c\n',
    'one/file': '1',
    'two/file': '2',
    'three/file': '3',
    'three/.dockerignore': '*.log\n',
  });
  const docker = await spyOnDocker(engine, {
    before: [
      'case "$*" in "buildx bake"*)',
      `cd '${folder}' && echo more >>one/file && : >two/new && : >three/run.log ;;`,
      'esac',
    ].join('\n'),
  });

  const { result } = endedWith(1, await up([], { env: docker.env }));
  expect(
    result.images.map(({ outcome, error }) => [
      outcome,
      error?.code,
      error?.message?.split(' while it was built: ')[0],
    ]),
  ).toEqual([
    ['failed', 'inputs-changed', 'file was changed'],
    ['failed', 'inputs-changed', 'new was added'],
    ['done', undefined, undefined],
  ]);
  const refs = ['added', 'ignored', 'written'].map((key) => `${scope}/${key}:latest`);
  expect((await images.list()).toSorted()).toEqual(refs);
  expect(await images.read(`${scope}/written`, '/c/file')).toBe('1');
});

it('a context that docker cannot take, or that has a parent’s name, is a mistake in the manifest', async ({
  project,
  scope,
}) => {
  const { run } = await project({
    'ensure.yaml': `
images:
  base: { name: ${scope}/base, version: 1, build: { dockerfile: Base, files: nothing } }
  app:
    name: ${scope}/app
    build:
      files: nothing
      parents: [base]
      additional_contexts:
        ${scope}/base: .
`,
    Base: 'FROM docker-ensure-seed:1\n',
    Dockerfile: `FROM ${scope}/base\n`,
  });
  const { stderr } = endedWith(2, await run(['up']));
  expect(stderr).toContain(
    `error: the additional context \`${scope}/base\` has the name of the parent \`base\` (context-hides-parent)\n  at ensure.yaml:10:9`,
  );
});

test('pull: looks for newer base images, and leaves the parents what they are', async ({
  project,
  engine,
  registry,
  images,
  scope,
}) => {
  const moving = `${registry.host}/${scope}/moving:1`;
  const publish = async (content: string) => {
    const args = ['buildx', 'build', '--load', '--tag', `${scope}/tmp`, '-'];
    const input = `FROM docker-ensure-seed:1\nRUN echo ${content} >/moving\n`;
    expect(await engine.docker(args, { input })).toMatchObject({ exitCode: 0 });
    await pushAs(engine, `${scope}/tmp`, moving);
  };
  const { up } = await project({
    'ensure.yaml': `
      images:
        base: { name: ${scope}/base, build: { files: nothing, dockerfile: Base } }
        alone: { name: ${scope}/alone, build: { files: nothing, pull: "\${PULL:-false}" } }
        child:
          name: ${scope}/child
          build: { files: nothing, dockerfile: Child, parents: [base], pull: "\${PULL:-false}" }
        gone:
          name: ${scope}/gone
          build: { files: nothing, dockerfile: Gone, parents: [base], pull: true }
    `,
    Base: 'FROM docker-ensure-seed:1\nRUN echo local >/base\n',
    Dockerfile: `FROM ${moving}\n`,
    Child: `FROM ${scope}/base\nCOPY --from=${moving} /moving /moving\n`,
    Gone: `FROM ${scope}/base\nCOPY --from=${registry.host}/${scope}/gone:1 /moving /moving\n`,
  });
  const seen = async () => [
    await images.read(`${scope}/alone`, '/moving'),
    await images.read(`${scope}/child`, '/moving', '/base'),
  ];

  await publish('old');
  succeeded(await up(['alone', 'child']));
  expect(await seen()).toEqual(['old', 'old\nlocal']);
  // A base that is here is what docker takes, unless it is told to look.
  await engine.docker(['pull', moving]);
  await engine.docker(['tag', moving, `${scope}/kept`]);
  await publish('new');
  await engine.docker(['tag', `${scope}/kept`, moving]);
  succeeded(await up(['--force', 'alone', 'child']));
  expect(await seen()).toEqual(['old', 'old\nlocal']);
  succeeded(await up(['--force', 'alone', 'child'], { env: { PULL: 'true' } }));
  expect(await seen()).toEqual(['new', 'new\nlocal']);

  const { result } = endedWith(1, await up(['gone']));
  expect(result.images.find(({ image }) => image === 'gone')?.error).toEqual({
    code: 'build-failed',
    message: expect.stringMatching(`^${registry.host}/${scope}/gone:1 could not be pulled: `),
  });
});

test('additional_contexts: an image of the manifest by its reference, though it is built in the same call', async ({
  project,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      defaults: { build: { files: nothing } }
      images:
        base: { name: ${scope}/base, build: { dockerfile_inline: FROM docker-ensure-seed:1 } }
        app:
          name: ${scope}/app
          build:
            additional_contexts: { own: "docker-image://\${images.base.ref}" }
            dockerfile_inline: "FROM scratch\\nCOPY --from=own /etc/passwd /\\n"
    `,
  });
  expect(fates(succeeded(await up()))).toEqual({ base: 'build', app: 'build' });
});
