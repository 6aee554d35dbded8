import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { spyOnDocker } from '../rig/docker-spy.ts';
import { makeProject } from '../rig/project.ts';
import { randomFrom } from '../rig/random.ts';
import {
  hashesOf,
  killAll,
  leftBehind,
  ownTemporary,
  remaining,
  otherEngine as test,
  untrue,
} from './looking.ts';
import {
  held,
  manifestOf,
  recover,
  recovers,
  succeeded,
  survives,
  type World,
  wholeSuite,
} from './rig.ts';

/** One image is in the registry, and three are to be built and pushed; all have a further tag. */
const filesOf = (world: World) => ({
  'ensure.yaml': manifestOf(
    world,
    `
  old: { name: ${world.scope}/old, build: {} }
  one: { name: ${world.scope}/one, build: { parents: [old], dockerfile: One } }
  two: { name: ${world.scope}/two, build: { parents: [old], dockerfile: Two } }
  three: { name: ${world.scope}/three, build: { parents: [one], dockerfile: Three } }`,
    {
      registry: 'username: robot, password: secret-word',
      defaults: 'tags: [latest], build: { files: nothing }',
    },
  ),
  Dockerfile: `FROM docker-ensure-seed:1\nRUN echo ${world.scope} >/old\n`,
  One: `FROM ${world.scope}/old\nRUN sleep 0.3; echo 1 >/one\n`,
  Two: `FROM ${world.scope}/old\nRUN sleep 0.2; echo 2 >/two\n`,
  Three: `FROM ${world.scope}/one\nRUN sleep 0.1; echo 3 >/three\n`,
});

const KEYS = ['old', 'one', 'two', 'three'];
/** About as many docker commands as such a run has. */
const CALLS = 25;

const seed = Number(process.env.DOCKER_ENSURE_SEED ?? randomInt(2 ** 31));
const random = randomFrom(seed);
const MOMENTS = Array.from({ length: wholeSuite ? 15 : 1 }, (_, at) => ({
  calls: 1 + random.below(CALLS),
  ms: random.below(300),
  who: at % 2 === 0 ? 'it' : 'it and all that it has started',
}));
console.log(`DOCKER_ENSURE_SEED=${seed}`);

/** Further tags that were moved, although not every image of the run is done: here, or over there. */
async function movedTooEarly(world: World): Promise<string[]> {
  const { local, remote } = await held(world);
  return [local, remote].flatMap((names) => {
    const own = [...names.keys()].filter((name) => name.includes(`${world.scope}/`));
    const done = (key: string) =>
      own.some((name) => new RegExp(`/${key}:[0-9a-f]{16}$`).test(name));
    const moved = own.filter((name) => /(?:one|two|three):latest$/.test(name));
    return KEYS.every(done) ? [] : moved;
  });
}

test.for(MOMENTS)(
  'SIGKILL to $who, $ms ms after its docker command $calls',
  async ({ calls, ms, who }, { world, engine, other, project }) => {
    const mine = await project(filesOf(world));
    const temporary = await ownTemporary(mine);
    const env = { TMPDIR: temporary };
    const hashes = await hashesOf(mine, KEYS);
    const others = await makeProject(filesOf(world), { env: other.env });
    succeeded(await others.up(['old']));

    await survives(
      `SIGKILL to ${who}`,
      world,
      async () => {
        const spy = await spyOnDocker(engine);
        const run = mine.start(['up'], { env: { ...env, ...spy.env } });
        const ended = run.ended.then(() => true);
        while ((await spy.calls()).length < calls)
          if (await Promise.race([ended, sleep(10, false)])) break;
        await sleep(ms);
        if (who === 'it') run.kill('SIGKILL');
        else await killAll(mine);
        await run.ended;

        for (const look of ['at once', 'when what it had started has ended']) {
          if (look !== 'at once') expect(await remaining(mine), look).toEqual([]);
          expect(await untrue(world, hashes), look).toEqual([]);
          expect(await movedTooEarly(world), look).toEqual([]);
        }

        await recover(world);
        await recovers(world, mine, [], { env });
        expect(await untrue(world, hashes)).toEqual([]);
        const { local, remote } = await held(world);
        for (const key of KEYS) {
          expect([...local.keys(), ...remote.keys()]).toContain(`${world.scope}/${key}:latest`);
          expect(remote.get(`${world.scope}/${key}:latest`)).toMatchObject({
            hash: hashes.get(key),
          });
        }
        expect(await leftBehind(mine, temporary)).toEqual([]);
      },
      { except: /:latest$/ },
    );
  },
);
