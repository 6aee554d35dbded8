import { expect } from 'vitest';
import { endedWith, fates, pushAs, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn();

/** A base, a toolchain on it, and an app on that; only the app names them in its own ways. */
const chain = (scope: string) => ({
  'ensure.yaml': `
    defaults: { with_hash: true, build: { files: nothing } }
    images:
      base: { name: ${scope}/base, version: 1.0, build: { dockerfile: base.Dockerfile } }
      tools: { name: ${scope}/tools, build: { dockerfile: tools.Dockerfile, parents: [base] } }
      app:
        name: ${scope}/app
        build:
          dockerfile: app.Dockerfile
          parents: [tools]
          build_args: { BASE: "\${images.base.ref}" }
  `,
  'base.Dockerfile': baseOf('one'),
  'tools.Dockerfile': `FROM ${scope}/base:1.0\nENV TOOLS=tools\n`,
  'app.Dockerfile': [
    'ARG BASE',
    `FROM ${scope}/tools AS stage`,
    'FROM $BASE AS by-reference',
    'FROM stage',
    `COPY --from=${scope}/tools /etc/base /from-tools`,
    'COPY --from=by-reference /etc/base /from-reference',
    `RUN --mount=from=${scope}/tools,target=/mnt cp /mnt/etc/base /from-mount`,
  ].join('\n'),
});

function baseOf(word: string): string {
  return `FROM docker-ensure-seed:1\nENV BASE=${word}\nCOPY <<EOF /etc/base\n${word}\nEOF\n`;
}

test('parents come first, and their names in a Dockerfile mean exactly the ensured references', async ({
  project,
  images,
  scope,
}) => {
  const { up, run, write } = await project(chain(scope));
  const contents = 'echo $BASE $TOOLS $(cat /from-tools /from-reference /from-mount)';

  const { result, stderr } = succeeded(await up(['app']));
  expect(result.images.map(({ image, action }) => [image, action])).toEqual([
    ['base', 'build'],
    ['tools', 'build'],
    ['app', 'build'],
  ]);
  const lines = stderr.split('\n').map((line) => line.replace(/ +(in|docker).*/, ''));
  expect(lines[0]).toBe('base   building');
  // BuildKit may export a child before its parent.
  expect(lines.slice(0, 6).toSorted()).toEqual([
    'app    building',
    'app    built',
    'base   building',
    'base   built',
    'tools  building',
    'tools  built',
  ]);
  const [base, , app] = result.images.map(({ ref }) => ref);
  expect(base).toMatch(/\/base:1\.0-[0-9a-f]{16}$/);
  // No other base is there that `FROM` could have meant.
  expect((await images.list()).filter((ref) => ref.includes('/base'))).toEqual([base]);
  expect(await images.run(app ?? '', contents)).toBe('one tools one one one');

  // A change in a grandparent reaches the grandchild.
  await write({ 'base.Dockerfile': baseOf('two') });
  const changed = succeeded(await run(['--debug', 'up', '--json', 'app']));
  const [base2, tools2, app2] = JSON.parse(changed.stdout).images;
  for (const { action } of [base2, tools2, app2]) expect(action).toBe('build');
  expect(new Set([base, base2.ref]).size).toBe(2);
  expect(await images.run(app2.ref, contents)).toBe('two tools two two two');
  expect(changed.stderr).toContain(`"${scope}/tools" = "target:image-2"`);
});

test('a parent is ensured only where a child must be built, or it was asked for', async ({
  project,
  images,
  scope,
}) => {
  const { up } = await project(chain(scope));
  const first = succeeded(await up(['app']));
  const app = first.result.images[2]?.ref ?? '';

  // The app is here: nobody needs what it was built on.
  const others = (await images.list()).filter((ref) => ref !== app);
  await images.remove(...others);
  expect(fates(succeeded(await up(['app'])))).toEqual({ app: 'none' });
  expect(await images.list()).toEqual([app]);

  // Asked for itself, a parent is ensured, and its own only because it must be built.
  expect(fates(succeeded(await up(['tools'])))).toEqual({ base: 'build', tools: 'build' });
  await images.remove(...others.filter((ref) => ref.includes('/base')));
  expect(fates(succeeded(await up(['tools'])))).toEqual({ tools: 'none' });
  expect(fates(succeeded(await up()))).toEqual({ base: 'build', tools: 'none', app: 'none' });
});

it('a parent without a build is ensured too, and its failure names the child that needed it', async ({
  project,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      images:
        seed: { name: docker-ensure-seed, version: 1 }
        missing: { name: ${scope}/missing, version: 1, remote_policy: none }
        good: { name: ${scope}/good, build: { parents: [seed], files: nothing } }
        bad: { name: ${scope}/bad, build: { parents: [seed, missing], files: nothing } }
    `,
    Dockerfile: 'FROM docker-ensure-seed\n',
  });

  expect(fates(succeeded(await up(['good'])))).toEqual({ seed: 'none', good: 'build' });
  const { result } = endedWith(1, await up(['bad']));
  expect(result.images).toMatchObject([
    { image: 'seed', outcome: 'done' },
    { image: 'missing', outcome: 'failed', error: { code: 'not-found' } },
    { image: 'bad', outcome: 'skipped', reason: 'its parent missing failed' },
  ]);
});

test('every name of a parent is bound, though the registry has another image under it', async ({
  engine,
  project,
  registry,
  images,
  scope,
}) => {
  const host = registry.host;
  const base = `${scope}/sub-group/d_b__c--e.f`;
  const names = [
    base,
    `${base}:1`,
    `docker.io/${base}:latest`,
    `index.docker.io/${base}:stable_1.0`,
    `${host}/${base}`,
    `${host}/${base}:latest`,
    `${host}/${base}:1`,
    `${host}/${base}:stable_1.0`,
  ];
  // What an earlier state of the project has left.
  for (const tag of ['latest', '1', 'stable_1.0']) {
    await pushAs(engine, 'docker-ensure-seed:1', `${host}/${base}:${tag}`);
  }
  const children = names.map(
    (name, index) => `
        child-${index}:
          name: ${scope}/child-${index}
          build: { dockerfile_inline: "FROM ${name}\\nCOPY --from=${name} /word /copy" }`,
  );
  const { up } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${host}" } }
      defaults: { with_hash: true, build: { files: nothing } }
      images:
        base:
          name: ${base}
          version: 1
          registry: team
          tags: [latest, stable_1.0]
          build: { files: { only: [word] }, dockerfile_inline: "FROM scratch\\nENV BASE=ours\\nCOPY word /word" }${children.join('')}
    `,
    word: 'ours',
  });

  const { result } = succeeded(await up());
  const built = result.images.filter(({ image }) => image !== 'base');
  expect(built).toHaveLength(names.length);
  const found = await Promise.all(built.map(async ({ ref }) => (await images.env(ref)).BASE));
  expect(found).toEqual(names.map(() => 'ours'));
});
