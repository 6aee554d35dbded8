import { expect } from 'vitest';
import { contentsOf, endedWith, fates, pushAs, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn();

const files = (host: string, scope: string, more = '') => ({
  'ensure.yaml': `
    registries: { team: { server: "${host}" } }
    defaults: { registry: team, with_hash: true, build: { files: nothing } ${more} }
    images:
      base: { name: ${scope}/base, build: { dockerfile: Base } }
      app: { name: ${scope}/app, build: { dockerfile: App, parents: [base] } }
  `,
  Base: 'FROM docker-ensure-seed:1\nENV BASE=1\n',
});

test('require: each of the three, from each place where an image can be', async ({
  project,
  registry,
  images,
  scope,
}) => {
  const { host } = registry;
  const own = files(host, scope);
  const { up } = await project({ ...own, App: `FROM ${scope}/base\nENV APP=1\n` });
  const there = async () =>
    (await contentsOf(registry, scope)).map((name) => name.replace(/:.*/, '').split('/').at(-1));

  // Nowhere: built and pushed, and nothing but the base is here that need not be.
  expect(fates(succeeded(await up(['--no-push', 'base'])))).toEqual({ base: 'build' });
  expect(await there()).toEqual([]);
  // Here only: pushed, and not built again.
  expect(fates(succeeded(await up(['--require', 'both', 'base'])))).toEqual({ base: 'none+push' });
  expect(await there()).toEqual(['base']);
  // Here and there: nothing.
  expect(fates(succeeded(await up(['--require', 'both', 'base'])))).toEqual({ base: 'none' });

  // There only, and that is enough: nothing comes here.
  await images.remove();
  const asked = succeeded(await up(['--require', 'registry', 'base']));
  expect(fates(asked)).toEqual({ base: 'none' });
  expect(asked.result.images[0]?.reason).toBe('in the registry');
  expect(await images.list()).toEqual([]);

  // But what a child must be built on comes here.
  const plan = succeeded(await up(['--require', 'registry', '--dry-run']));
  const child = succeeded(await up(['--require', 'registry']));
  expect(fates(child)).toEqual({ base: 'pull', app: 'build+push' });
  expect(fates(plan)).toEqual(fates(child));
  expect(await there()).toEqual(['app', 'base']);

  // There only, and it must be here too: pulled.
  await images.remove();
  expect(fates(succeeded(await up(['--require', 'both', 'base'])))).toEqual({ base: 'pull' });
});

it('require: what is lacking and may not be pushed fails before anything is built', async ({
  project,
  registry,
  images,
  scope,
}) => {
  const own = files(registry.host, scope, ', require: registry');
  const { up } = await project({ ...own, App: `FROM ${scope}/base\n` });
  const { result, stderr } = endedWith(1, await up(['--no-push', 'base']));
  expect(result.images).toMatchObject([{ image: 'base', error: { code: 'not-in-registry' } }]);
  expect(stderr).toContain(
    'must be in the registry and is not known to be, and --no-push forbids to push it (not-in-registry)\n  help: run without --no-push\n',
  );
  expect(await images.list()).toEqual([]);
});

test('a parent is the image that is here, whatever the registry has under its tag', async ({
  project,
  registry,
  engine,
  images,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${registry.host}" } }
      defaults: { build: { files: nothing } }
      images:
        base:
          name: ${registry.host}/${scope}/base
          version: "1"
          registry: team
          prepend_server: false
          remote_policy: none
          build: { dockerfile: Base }
        app: { name: ${scope}/app, with_hash: true, build: { dockerfile: App, parents: [base] } }
        copy: { name: ${scope}/copy, with_hash: true, build: { dockerfile: Copy, parents: [base] } }
    `,
    Base: 'FROM docker-ensure-seed:1\nENV WHO=here\nRUN echo here >/who\n',
    App: `FROM ${registry.host}/${scope}/base:1\nRUN echo "$WHO $(cat /who)" >/both\n`,
    Copy: `FROM docker-ensure-seed:1\nCOPY --from=${registry.host}/${scope}/base:1 /who /both\n`,
  });
  const other = `${scope}/other:1`;
  const built = await engine.docker(['buildx', 'build', '--load', '--tag', other, '-'], {
    input: 'FROM docker-ensure-seed:1\nENV WHO=there\nRUN echo there >/who\n',
  });
  expect(built.exitCode, built.stderr).toBe(0);
  await pushAs(engine, other, `${registry.host}/${scope}/base:1`);

  const { result } = succeeded(await up());
  const [, app, copy] = result.images.map(({ ref }) => ref);
  expect(await images.read(app ?? '', '/both')).toBe('here here');
  expect(await images.read(copy ?? '', '/both')).toBe('here');
  // The names that the parents had for the builds are gone.
  // (Other tests may have theirs at this moment.)
  const named = async () =>
    (await engine.docker(['image', 'ls', '--format', '{{.Repository}}'])).stdout;
  await expect.poll(named, { timeout: 60_000 }).not.toContain('127.0.0.1:0');
});
