import { expect } from 'vitest';
import {
  chosen,
  endedWith,
  fates,
  held,
  manifestOf,
  recovers,
  succeeded,
  survives,
  test,
  type World,
} from './rig.ts';

const LOGIN = { registry: 'username: robot, password: secret-word' };

/** All that could make a run ask a registry. */
const filesOf = (world: World) => {
  const { proxy, scope } = world;
  return {
    'ensure.yaml': manifestOf(
      world,
      `
  base:
    name: ${scope}/base
    tags: [latest]
    build:
      dockerfile: Base
      cache_from: ["type=registry,ref=${proxy.host}/${scope}/cache:1"]
  app: { name: ${scope}/app, tags: [latest, stable], build: { dockerfile: App, parents: [base] } }`,
      { ...LOGIN, defaults: 'require: both, build: { files: nothing }' },
    ),
    Base: `FROM ${proxy.host}/${scope}/plain:1\nRUN echo ${scope} >/base\n`,
    App: `FROM ${scope}/base\nRUN echo app >/app\n`,
  };
};

test('offline, no registry is so much as connected to, and what is owed is pushed later', async ({
  world,
  engine,
  project,
}) => {
  const { proxy, scope } = world;
  const mine = await project(filesOf(world));
  await engine.docker(['tag', 'docker-ensure-seed:1', `${proxy.host}/${scope}/plain:1`]);

  await survives('no network, and a run that knows of it', world, async () => {
    const first = succeeded(await mine.up(['--offline']));
    expect(fates(first)).toEqual({ base: 'build', app: 'build' });
    expect(proxy.connections(), JSON.stringify(proxy.requests())).toBe(0);
    const { local } = await held(world);
    for (const tag of ['base:latest', 'app:latest', 'app:stable'])
      expect([...local.keys()]).toContain(`${scope}/${tag}`);
    expect(fates(succeeded(await mine.up(['--offline'])))).toEqual({ base: 'none', app: 'none' });
    expect(proxy.connections()).toBe(0);

    const { result } = await recovers(world, mine);
    expect(fates({ result })).toEqual({ base: 'none+push', app: 'none+push' });
    const { remote } = await held(world);
    const hashed = result.images.map(({ ref }) => ref);
    const tags = ['base:latest', 'app:latest', 'app:stable'].map((tag) => `${scope}/${tag}`);
    expect([...remote.keys()].sort()).toEqual([...hashed, ...tags].sort());
  });
});

const MISSING = chosen([
  {
    what: 'a base image',
    quick: false,
    build: 'build: { dockerfile: Base, files: nothing }',
    says: /error: base: it is built from \S+\/plain:1, which is not here, and --offline forbids to pull it \(build-failed\)\n {2}help: run without --offline, or pull it beforehand\n/,
  },
  {
    what: 'an image that is not built here',
    build: 'with_hash: false, version: 1',
    says: /error: base: \S+\/base:1 cannot be had: not here, and it has no `build` in the manifest \(not-found\)\n {2}help: run without --offline to pull it\n/,
  },
]);

test.for(MISSING)(
  'offline, $what that is not here is said to be missing',
  async ({ what, build, says }, { world, project }) => {
    const { proxy, scope } = world;
    const mine = await project({
      'ensure.yaml': manifestOf(world, `  base: { name: ${scope}/base, ${build} }`, LOGIN),
      Base: `FROM ${proxy.host}/${scope}/plain:1\n`,
    });
    await survives(`no network, and ${what} is not here`, world, async () => {
      const { stderr } = endedWith(1, await mine.run(['up', '--offline']));
      expect(stderr).toMatch(says);
      expect(proxy.connections()).toBe(0);
    });
  },
);
