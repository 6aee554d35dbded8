import { join, resolve } from 'node:path';
import { describe, expect } from 'vitest';
import { spyOnDocker } from '../rig/docker-spy.ts';
import { leftBehind, ownTemporary } from './looking.ts';
import {
  appFiles,
  chosen,
  endedWith,
  fates,
  held,
  recover,
  recovers,
  succeeded,
  survives,
  test,
} from './rig.ts';
import { withDisk, withReadOnly } from './small-disk.ts';

const STAGING_FAILED =
  /error: app: the files of \S+ could not be laid out for docker: E\w+: .* \(staging-failed\)\n {2}help: see that the cache folder can be written to and has room \(DOCKER_ENSURE_CACHE names another\)\n/;

const FULL = /no space left on device/;

describe('a cache folder on a disk', () => {
  const CASES = [
    { that: 'is smaller than the files', quick: true, disk: 'size=128k', says: FULL },
    { that: 'has no byte left', disk: 'size=1m', full: true, says: FULL },
    // Node has another word for it when it makes a folder.
    { that: 'takes no further file', disk: 'size=1m,nr_inodes=3', says: /ENOSPC|ENOENT/ },
  ];

  test.for(chosen(CASES))(
    'that $that fails the build, and says so',
    async (row, { world, project }) => {
      const mine = await project(appFiles(world));
      await survives(`the disk of the cache ${row.that}`, world, async () => {
        await withDisk(row.disk, async ({ path, fill }) => {
          if (row.full) await fill();
          const { stderr } = endedWith(
            1,
            await mine.run(['up'], { env: { DOCKER_ENSURE_CACHE: path } }),
          );
          expect(stderr).toMatch(STAGING_FAILED);
          expect(stderr).toMatch(row.says);
        });
        const { local, remote } = await held(world);
        expect(
          [...local.keys(), ...remote.keys()].filter((name) => name.includes(world.scope)),
        ).toEqual([]);
        await recovers(world, mine);
      });
    },
  );

  test.for(chosen([{ that: 'is another one', quick: false }]))(
    'that $that takes copies, and the hash and the image are the same',
    async (_, { world, project, images }) => {
      const mine = await project(appFiles(world));
      await survives('the cache is on another disk', world, async () => {
        const { result } = await withDisk('size=8m', async ({ path }) =>
          succeeded(await mine.up([], { env: { DOCKER_ENSURE_CACHE: path } })),
        );
        expect(fates({ result })).toEqual({ app: 'build+push' });
        const id = await images.id(result.images[0]?.ref ?? '');
        await recovers(world, mine);
        // Built anew from links, out of the cache of BuildKit: it is the same.
        succeeded(await mine.up(['--force', '--no-push']));
        expect(await images.id(result.images[0]?.ref ?? '')).toBe(id);
      });
    },
  );

  test.for(chosen([{ that: 'becomes full', quick: false }]))(
    'that $that loses a debt, and nothing else',
    async (_, { world, project, engine }) => {
      const mine = await project(
        appFiles(world, { size: 1000, image: 'remote_policy: push_only' }),
      );
      await survives('the disk of the cache becomes full in a build', world, async () => {
        await withDisk('size=1m', async ({ path, free }) => {
          const after = `case "$*" in "buildx bake"*) cat /dev/zero >'${path}/ballast' 2>&-;; esac`;
          const spy = await spyOnDocker(engine, { after });
          const env = { DOCKER_ENSURE_CACHE: path };
          await world.proxy.close();
          const { stderr } = endedWith(1, await mine.run(['up'], { env: { ...env, ...spy.env } }));
          expect(stderr).toContain('is here, but could not be pushed');

          await recover(world);
          await free();
          // Nobody knows of the debt any more; whoever wants to be sure says so.
          succeeded(await mine.run(['up'], { env }));
          succeeded(await mine.run(['up', '--require', 'both'], { env }));
        });
        await recovers(world, mine);
      });
    },
  );
});

describe('a temporary folder on a disk', () => {
  const CASES = [
    { that: 'has no byte left', quick: true, disk: 'size=1m', full: true },
    { that: 'takes no further file', disk: 'size=1m,nr_inodes=1', full: false },
  ];
  const LOGIN = { registry: 'username: robot, password: secret-word' };

  test.for(chosen(CASES))(
    'that $that is named where a login needs it',
    async (row, { world, project }) => {
      const mine = await project(appFiles(world, LOGIN));
      await survives(`the disk of the temporary folder ${row.that}`, world, async () => {
        await withDisk(row.disk, async ({ path, fill }) => {
          if (row.full) await fill();
          const { stdout, stderr } = endedWith(
            1,
            await mine.run(['up', '--json'], { env: { TMPDIR: path } }),
          );
          expect(stdout).toBe('');
          expect(stderr).toMatch(/^error: .*no space left on device.*\n {2}help: .*TMPDIR.*\n$/);
          expect(stderr).toContain(path);
          expect(await leftBehind(mine, path)).toEqual(row.full ? ['ballast'] : []);
        });
        await recovers(world, mine);
      });
    },
  );

  test.for(chosen(CASES))(
    "that $that is in nobody's way without one",
    async (row, { world, project }) => {
      const mine = await project(appFiles(world));
      await survives(
        `the disk of the temporary folder ${row.that}, without a login`,
        world,
        async () => {
          await withDisk(row.disk, async ({ path, fill }) => {
            if (row.full) await fill();
            expect(fates(succeeded(await mine.up([], { env: { TMPDIR: path } })))).toEqual({
              app: 'build+push',
            });
          });
          await recovers(world, mine);
        },
      );
    },
  );
});

describe('a home', () => {
  const UNSET = { DOCKER_ENSURE_CACHE: '', XDG_CACHE_HOME: '' };

  test.for(
    chosen([
      { that: 'may not be written to', quick: true, home: '.' },
      { that: 'is no folder', home: '/dev/null' },
      { that: 'is not there', home: 'nowhere' },
      { that: 'can never be made', home: '/proc/nowhere' },
    ]),
  )('that $that is not needed', async ({ that, home }, { world, project }) => {
    const mine = await project(appFiles(world));
    const temporary = await ownTemporary(mine);
    await survives(`the home ${that}`, world, () =>
      withReadOnly(async (path) => {
        const env = { ...UNSET, HOME: resolve(path, home), TMPDIR: temporary };
        expect(fates(succeeded(await mine.up([], { env })))).toEqual({ app: 'build+push' });
        await recovers(world, mine, [], { env });
        expect(
          await leftBehind(
            { ...mine, cache: join(temporary, `docker-ensure-${process.getuid?.()}`) },
            temporary,
          ),
        ).toEqual([]);
      }),
    );
  });
});
