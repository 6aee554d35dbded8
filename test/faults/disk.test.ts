import { expect } from 'vitest';
import { startFaultProxy } from '../rig/fault-proxy.ts';
import { makeProject, type Project } from '../rig/project.ts';
import {
  appFiles,
  chosen,
  endedWith,
  recovers,
  startFaultEngine,
  succeeded,
  survives,
  test,
  type World,
} from './rig.ts';
import { type SmallDisk, withDisk } from './small-disk.ts';

/** An engine whose disk is small, with an image that is not to be lost, and one that has no room. */
interface Stage {
  readonly world: World;
  readonly disk: SmallDisk;
  readonly mine: Project;
}

const MEGA = 1_000_000;
const SIZE = 8 * MEGA;

const MAKE_ROOM = /^ {2}help: .*engine's disk: `docker system df` shows what takes it/m;

const CASES: readonly {
  readonly when: string;
  readonly quick?: boolean;
  /** What is done before the disk is full. */
  readonly before?: (stage: Stage) => Promise<void>;
  readonly leave: number;
  readonly args?: readonly string[];
  /** Whether a store may manage it all the same. */
  readonly may?: boolean;
}[] = [
  { when: 'a build copies files in', quick: true, leave: 4 * MEGA },
  { when: 'a build begins, and no byte is left', leave: 0 },
  { when: 'a layer is pulled', quick: true, before: pushed, leave: 4 * MEGA },
  { when: 'a pull begins, and no byte is left', before: pushed, leave: 0 },
  {
    when: 'an image is pushed, and no byte is left',
    before: async ({ mine }) => void succeeded(await mine.up(['--no-push'])),
    leave: 0,
    args: ['--require', 'both'],
    may: true,
  },
];

/** The registry has the image; here is nothing of it, nor of its steps. */
async function pushed({ mine, world: { engine }, disk }: Stage): Promise<void> {
  const { result } = succeeded(await mine.up(['app']));
  const names = result.images.flatMap(({ ref, registry_ref }) => [ref, registry_ref ?? ref]);
  await engine.docker(['image', 'rm', ...names]);
  await engine.docker(['builder', 'prune', '--all', '--force']);
  // The containerd store throws away what nobody names in its own time.
  await expect.poll(() => disk.room(), { timeout: 30_000 }).toBeGreaterThan(SIZE * 2);
}

test.for(chosen(CASES))(
  'a disk of the engine that is full when $when',
  async (row, { registry }) => {
    await withDisk('size=64m', async (disk) => {
      const engine = await startFaultEngine({ dataRoot: disk.path });
      const proxy = await startFaultProxy(registry.host);
      try {
        const scope = `${engine.prefix}/${registry.name}`;
        const world = { engine, registry, proxy, scope };
        const files = appFiles(world, { size: SIZE, registry: 'retries: 0' });
        const mine = await makeProject(
          {
            ...files,
            'ensure.yaml': `${files['ensure.yaml']}  old: { name: ${scope}/old, build: { dockerfile: Old, files: nothing } }\n`,
            Old: `FROM docker-ensure-seed:1\nENV SCOPE=${scope}\n`,
          },
          { env: engine.env },
        );
        succeeded(await mine.up(['old']));
        await row.before?.({ world, disk, mine });

        await survives(`the engine's disk is full when ${row.when}`, world, async () => {
          await disk.fill(row.leave);
          const run = await mine.run(['up', ...(row.args ?? [])]);
          if (!(row.may && run.exitCode === 0)) {
            const { stderr } = endedWith(1, run);
            expect(stderr).toMatch(/no space left on device/);
            expect(stderr).toMatch(MAKE_ROOM);
          }
          await disk.free();
          await recovers(world, mine, row.args);
        });
      } finally {
        await engine.stop();
        await proxy.stop();
      }
    });
  },
);
