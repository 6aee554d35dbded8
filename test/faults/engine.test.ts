import { expect } from 'vitest';
import { spyOnDocker } from '../rig/docker-spy.ts';
import type { Injected } from '../rig/fault-proxy.ts';
import { makeProject, type RunOptions } from '../rig/project.ts';
import { remaining, otherEngine as test } from './looking.ts';
import {
  chosen,
  endedWith,
  held,
  liars,
  manifestOf,
  recover,
  recovers,
  succeeded,
  survives,
  type World,
} from './rig.ts';

/** When the engine dies: what is laid before the run, and what is then waited for. */
interface Death {
  readonly when: string;
  readonly quick?: boolean;
  lay(world: World): Promise<Moment>;
}

interface Moment {
  readonly options?: RunOptions;
  /** Text on stderr, or a fault that has struck. Without one, what was laid kills the engine. */
  readonly until?: string | Injected;
}

const stalled =
  (method: string | RegExp, path: RegExp, after?: number): Death['lay'] =>
  async ({ proxy }) => {
    const where = after === undefined ? {} : { after };
    return { until: proxy.inject({ on: { method, path }, does: 'stall', ...where }) };
  };

const asked =
  (method: string, path: RegExp): Death['lay'] =>
  async ({ proxy, engine }) => {
    const before = () => engine.kill();
    proxy.inject({ on: { method, path }, times: 1, does: 'call', before });
    return {};
  };

/** Right before docker is called with words of that pattern, as a shell has patterns. */
const called =
  (pattern: string): Death['lay'] =>
  async ({ engine }) => {
    const kill = `kill -9 $(cat '${engine.root}/main.pid'); sleep 0.3`;
    const before = `case "$*" in ${pattern}) ${kill};; esac`;
    return { options: { env: (await spyOnDocker(engine, { before })).env } };
  };

const DEATHS: readonly Death[] = [
  {
    when: 'before the run',
    lay: async ({ engine }) => {
      await engine.kill();
      return {};
    },
  },
  {
    when: 'in a build',
    lay: async () => ({ options: { env: { NAP: '300' } }, until: 'new has begun' }),
  },
  { when: 'in a pull', quick: true, lay: stalled('GET', /\/old\/blobs\//) },
  { when: 'in a push', lay: stalled(/PATCH|PUT/, /\/new\/blobs\/uploads/, 100) },
  { when: 'while a registry is asked', lay: asked('HEAD', /\/old\//) },
  { when: 'right before a build', lay: called('"buildx bake"*') },
  {
    when: 'in a build of several, when one of them is finished',
    quick: true,
    lay: async () => ({ options: { env: { NAP: '300' } }, until: 'side  built' }),
  },
  { when: 'right before a push', lay: called('"push "*/new:*') },
  { when: 'while a manifest is pushed', lay: asked('PUT', /\/new\/manifests\//) },
  { when: 'right before a further tag is pushed', lay: called('"push "*:latest') },
];

/** One image that is in the registry, one above it that is to be built and pushed, and one beside them. */
const filesOf = (world: World) => ({
  'ensure.yaml': manifestOf(
    world,
    `
  old: { name: ${world.scope}/old, build: { dockerfile: Old } }
  side: { name: ${world.scope}/side, registry: null, build: { dockerfile: Side } }
  new:
    name: ${world.scope}/new
    tags: [latest]
    build: { parents: [old], dockerfile: New, unhashed_build_args: { NAP: "\${NAP:-0}" } }`,
    { defaults: 'build: { files: nothing }' },
  ),
  Old: `FROM docker-ensure-seed:1\nRUN echo ${world.scope} >/old\n`,
  Side: `FROM docker-ensure-seed:1\nCOPY <<E /side\n${world.scope}\nE\n`,
  New: `FROM ${world.scope}/old\nARG NAP\nRUN echo new "has" begun; sleep $NAP; echo x >/new\n`,
});

test.for(chosen(DEATHS))(
  'an engine that dies $when is said to be gone',
  async (death, { engine, other, world, project }) => {
    const mine = await project(filesOf(world));
    const others = await makeProject(filesOf(world), { env: other.env });
    succeeded(await others.up(['old']));

    await survives(`the engine dies ${death.when}`, world, async () => {
      const { options, until } = await death.lay(world);
      const run = mine.start(['--debug', 'up'], options);
      if (typeof until === 'string') await run.saw(until);
      else if (until !== undefined)
        await expect.poll(() => until.struck(), { timeout: 60_000 }).toBeGreaterThan(0);
      if (until !== undefined) await engine.kill();

      const { stdout, stderr } = endedWith(3, await run.ended);
      expect(stdout).toBe('');
      expect(stderr).toMatch(
        /^error: docker does not answer(: .*)?\n {2}help: start the Docker engine, .*\n$/m,
      );
      expect(stderr).not.toMatch(/\n {4}at |bug in docker-ensure/);
      expect(await remaining(mine)).toEqual([]);

      await recover(world);
      const between = await held(world);
      expect(liars(between)).toEqual([]);
      const latest = `${world.scope}/new:latest`;
      expect([between.local.has(latest), between.remote.has(latest)]).toEqual([false, false]);

      await recovers(world, mine);
      const after = await held(world);
      expect([after.local.has(latest), after.remote.has(latest)]).toEqual([true, true]);
    });
  },
);
