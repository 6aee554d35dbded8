import { expect } from 'vitest';
import { copiedDifferential } from '../rig/copied-differential.ts';
import { endedWith, fates, succeeded, test } from '../rig/engine-test.ts';

test('with `files: copied` what no instruction can take changes nothing, and what one takes does', async ({
  project,
  scope,
}) => {
  const dockerfile = 'FROM scratch\nCOPY src/*.txt tool* /in/\n';
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

test('an image built of what `copied` takes is the one that docker builds from the folder', async ({
  engine,
}) => {
  const seed = Number(process.env.DIFFERENTIAL_SEED ?? Math.floor(Math.random() * 1_000_000_000));
  const { compared, built, differences } = await copiedDifferential(
    engine,
    seed,
    Number(process.env.DIFFERENTIAL_CASES ?? 8),
  );
  console.log(`copied: ${compared} cases from seed ${seed}, ${built} that docker builds`);
  expect(differences).toEqual([]);
});
