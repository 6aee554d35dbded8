import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Fault } from '../rig/fault-proxy.ts';
import * as answers from './answers.ts';
import {
  appFiles,
  chosen,
  endedWith,
  fates,
  held,
  recovers,
  retriesSaid,
  succeeded,
  survives,
  test,
  type World,
} from './rig.ts';

/** A registry that does not answer is no reason to stop, for one who says so. */

// `on_registry_error: build`: the image is built, and its push is owed.
const MANIFESTS = { path: /\/manifests\// };
const answer = (refusal: answers.Refusal): Fault => ({
  on: MANIFESTS,
  does: 'answer',
  ...refusal,
});
const ANSWERS: readonly {
  readonly fault: string;
  readonly quick?: boolean;
  readonly lay: Fault | null;
  readonly limits?: string;
  /** As docker-ensure calls it. */
  readonly called: string;
}[] = [
  { fault: 'build: nobody listens', quick: true, lay: null, called: 'unreachable' },
  { fault: 'build: reset', lay: { on: MANIFESTS, does: 'reset' }, called: 'unreachable' },
  {
    fault: 'build: stalled',
    lay: { on: MANIFESTS, does: 'stall' },
    limits: 'timeout: 3s',
    called: 'timeout',
  },
  { fault: 'build: 401', lay: answer(answers.UNAUTHORIZED), called: 'unauthorized' },
  { fault: 'build: 403', lay: answer(answers.DENIED), called: 'denied' },
  { fault: 'build: 429', lay: answer(answers.TOO_MANY), called: 'rate-limited' },
  { fault: 'build: 500', lay: answer(answers.BROKEN), called: 'server-fault' },
  { fault: 'build: 503', lay: answer(answers.ASLEEP), called: 'server-fault' },
];
test.for(chosen(ANSWERS))('$fault', async (row, { world, images, project }) => {
  const { lay, limits = '', called } = row;
  const registry = `retries: 0, ${limits}`;
  const app = await project(appFiles(world, { registry, image: 'on_registry_error: build' }));
  await survives(
    row.fault,
    world,
    async () => {
      const fault = lay === null ? null : world.proxy.inject(lay);
      if (lay === null) await world.proxy.close();
      const run = succeeded(await app.up());
      if (fault !== null) expect(fault.struck()).toBeGreaterThan(1);
      expect(retriesSaid(run)).toBe(0);
      expect(fates(run)).toEqual({ app: 'build' });
      const [image] = run.result.images;
      expect(image?.reason).toBe(
        `not here, and the registry could not say whether it has it (${called}); it is not pushed yet`,
      );
      expect(run.stderr).toContain('not-pushed');
      expect(run.stderr).toContain(`${image?.registry_ref} is here, but could not be pushed: `);
      expect(run.stderr).toContain('the next `docker-ensure up` pushes it');
      const id = await images.id(`${image?.ref}`);
      expect(id).not.toBeNull();
      expect((await held(world)).remote.size).toBe(0);

      const second = await recovers(world, app);
      // A push that docker was stopped at may still be finished by the engine: then it is adopted.
      const made = fates(second).app;
      if (lay?.does === 'stall') expect(['none+push', 'none']).toContain(made);
      else expect(made).toBe('none+push');
      expect(await images.id(`${image?.ref}`)).toBe(id);
    },
    { stopped: lay?.does === 'stall' },
  );
});

// A registry that says "denied" of what it does not have.
const DENIAL = chosen([{ fault: 'denied, to one who is logged in', quick: false }]);
test.for(DENIAL)('$fault', async ({ fault }, { world, project }) => {
  const { proxy } = world;
  const app = await project(appFiles(world));
  const env = { DOCKER_CONFIG: await loggedIn(world) };
  await survives(fault, world, async () => {
    const on = { method: /^(?:HEAD|GET)$/, path: /\/manifests\// };
    const denied = proxy.inject({ on, does: 'answer', ...answers.hidden(proxy.host) });
    proxy.inject({ on: { path: /^\/token/ }, does: 'answer', ...answers.TOKEN });
    // The first upload makes the repository, as some registries do.
    const made = proxy.inject({
      on: { method: 'POST', path: /\/blobs\/uploads\// },
      does: 'call',
      times: 1,
      before: async () => denied.lift(),
    });
    const run = succeeded(await app.up([], { env }));
    expect(denied.struck()).toBeGreaterThan(0);
    expect(made.struck()).toBe(1);
    expect(fates(run)).toEqual({ app: 'build+push' });
    expect(run.result.images[0]?.reason).toBe('neither here nor in the registry');
    expect(run.result.summary.retries).toBe(0);
    expect(fates(await recovers(world, app, [], { env }))).toEqual({ app: 'none' });
  });
});

// A 403 says nothing of what is there: the login may have expired.
const FORBIDDEN = chosen<{
  readonly fault: string;
  readonly refusal: answers.Refusal;
  readonly quick: boolean;
  readonly registry?: string;
}>([
  { fault: '403, to one who is logged in', refusal: answers.DENIED, quick: false },
  { fault: 'an expired login, 403', refusal: answers.EXPIRED, quick: false },
  {
    ...{ fault: 'an expired password, 403', refusal: answers.EXPIRED, quick: false },
    registry: 'retries: 0, username: AWS, password: expired-token',
  },
]);
test.for(FORBIDDEN)('$fault', async ({ fault, refusal, registry = '' }, { world, project }) => {
  const app = await project(appFiles(world, { registry }));
  const env = { DOCKER_CONFIG: await loggedIn(world) };
  await survives(fault, world, async () => {
    const on = { path: registry === '' ? /\/manifests\// : /^/ };
    world.proxy.inject({ on, does: 'answer', ...refusal });
    const run = endedWith(1, await app.up([], { env }));
    expect(fates(run)).toEqual({ app: 'failed' });
    expect(run.result.images[0]?.error?.code).toMatch(/^registry-(?:denied|unauthorized)$/);
    expect(run.stderr).toMatch(/log in again|a password that is a token may have expired/);
    expect(run.stderr).not.toMatch(/neither here|expired-token/);
    expect(run.result.images[0]?.action).toBe('none');
  });
});

/** A docker configuration with a login to the proxy's server. */
async function loggedIn({ engine, proxy }: World): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'docker-ensure-user-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const folder = join(root, 'config');
  await mkdir(folder);
  await symlink(join(engine.env.DOCKER_CONFIG ?? '', 'cli-plugins'), join(folder, 'cli-plugins'));
  const auth = Buffer.from('somebody:some-password').toString('base64');
  const config = { auths: { [proxy.host]: { auth } } };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}
