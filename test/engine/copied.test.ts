import { expect } from 'vitest';
import { copiedDifferential } from '../rig/copied-differential.ts';
import { endedWith, fates, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';
import { seedFromEnvironment } from '../rig/random.ts';

const it = inTurn('containerd');

it('with `files: copied` what no instruction can take changes nothing, and what one takes does', async ({
  project,
  images,
  scope,
}) => {
  const dockerfile = 'FROM docker-ensure-seed:1\nCOPY src/*.txt tool* /in/\n';
  const { up, run, write } = await project({
    'ensure.yaml': `
      defaults: { with_hash: true, build: { files: copied } }
      images:
        app: { name: ${scope}/app, build: { dockerfile: app.Dockerfile } }
        all: { name: ${scope}/all, build: { dockerfile: all.Dockerfile } }
    `,
    'app.Dockerfile': dockerfile,
    'all.Dockerfile': 'FROM scratch\nCOPY . /\n',
    'src/a.txt': 'a',
    'src/b.md': 'b',
    'tool/run': 'run',
    'other/file': 'other',
  });
  const first = succeeded(await up());
  const [app] = first.result.images.filter(({ image }) => image === 'app');
  expect(await images.run(app?.ref ?? '', 'cd /in; find . -type f | sort')).toBe('./a.txt\n./run');

  await write({ 'src/b.md': 'edited', 'other/more': 'new', 'app.txt': '' });
  const second = succeeded(await up(['app']));
  expect(fates(second)).toEqual({ app: 'none' });
  expect(second.result.images[0]?.ref).toBe(app?.ref);

  await write({ 'tool/more': 'new' });
  expect(fates(succeeded(await up(['app'])))).toEqual({ app: 'build' });

  const { stderr } = succeeded(await run(['validate']));
  expect(stderr).toMatch(/all\b.*`COPY` takes all of it/);
  await write({ 'app.Dockerfile': 'FROM scratch\nCOPY gone.txt /\n' });
  expect(endedWith(2, await run(['up', 'app'])).stderr).toContain('missing-source');
});

test('an image whose ONBUILDs copy files is nothing to begin with, unless the build has all of them', async ({
  project,
  images,
  scope,
}) => {
  const others = await project({
    'ensure.yaml': `
      defaults: { version: 1, build: { directory: . } }
      images:
        copying: { name: ${scope}/copying, build: { dockerfile_inline: "FROM scratch\\nONBUILD COPY *.md /\\n" } }
        mounting: { name: ${scope}/mounting, build: { dockerfile_inline: "FROM scratch\\nONBUILD RUN --mount=target=/a true\\n" } }
        harmless: { name: ${scope}/harmless, build: { dockerfile_inline: "FROM scratch\\nONBUILD COPY <<a /b\\nONBUILD ENV said=1\\nONBUILD LABEL c=d\\na\\n" } }
    `,
  });
  succeeded(await others.up());
  const builds = (files: string) => `
      defaults: { version: 1, build: { files: ${files} } }
      images:
        copying: { name: ${scope}/a, build: { dockerfile_inline: "FROM ${scope}/copying:1\\nCOPY a.txt /\\n" } }
        mounting: { name: ${scope}/b, build: { dockerfile_inline: "FROM ${scope}/mounting:1 AS x\\nFROM scratch\\nCOPY --from=x / /\\n" } }
        harmless: { name: ${scope}/c, build: { dockerfile_inline: "FROM ${scope}/harmless:1\\nCOPY a.txt /\\n" } }
        named: { name: ${scope}/d, build: { dockerfile_inline: "FROM base\\nCOPY a.txt /\\n", additional_contexts: { base: "docker-image://${scope}/copying:1" } } }
  `;
  const { up, write } = await project({
    'ensure.yaml': builds('copied'),
    'a.txt': 'a',
    'b.md': 'b',
  });
  const { result, stderr } = endedWith(1, await up(['--keep-going']));
  expect(fates({ result })).toEqual({
    copying: 'failed',
    mounting: 'failed',
    harmless: 'build',
    named: 'failed',
  });
  expect(stderr).toContain(
    `error: copying: it begins with ${scope}/copying:1, whose ONBUILDs copy files of the build context; with \`files: copied\` the build has only those that its Dockerfile copies (build-failed)\n  help: give the build all of them: \`files: context\``,
  );
  expect(await images.id(`${scope}/a:1`)).toBe(null);

  await write({ 'ensure.yaml': builds('context') });
  expect(fates(succeeded(await up(['copying'])))).toEqual({ copying: 'build' });
});

test('an image built of what `copied` takes is the one that docker builds from the folder', async ({
  engine,
}) => {
  const seed = seedFromEnvironment();
  const { compared, built, differences } = await copiedDifferential(
    engine,
    seed,
    Number(process.env.DIFFERENTIAL_CASES ?? 8),
  );
  console.log(`copied: ${compared} cases from seed ${seed}, ${built} that docker builds`);
  expect(differences).toEqual([]);
});
