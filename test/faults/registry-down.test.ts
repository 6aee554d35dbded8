import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { startFaultProxy } from '../rig/fault-proxy.ts';
import type { Project, Result } from '../rig/project.ts';
import { both, CUT, done, type Ends, endedSo, fails } from './ends.ts';
import { publish } from './published.ts';
import {
  appFiles,
  chosen,
  endedWith,
  fates,
  held,
  manifestOf,
  noise,
  recovers,
  retriesSaid,
  succeeded,
  survives,
  test,
  type World,
} from './rig.ts';

/** The registry is not there, goes away, comes back, is slow, or is somebody nobody trusts. */

const REFUSED = /connection refused/;

const NOBODY = chosen([{ fault: 'nobody listens', quick: false }]);
test.for(NOBODY)('$fault', async ({ fault }, { world, images, project }) => {
  const app = await project(appFiles(world, { registry: 'retries: 3' }));
  const { registryRef } = await publish(world, app);
  await survives(fault, world, async () => {
    await world.proxy.close();
    const what = `the registry could not say whether it has ${registryRef}: `;
    // A server that has never answered may be a mistake in the manifest: nobody waits for it.
    endedSo(await app.up(), fails('registry-unreachable', 0, REFUSED), what);
    expect(await images.list()).toEqual([]);
    expect(fates(await recovers(world, app))).toEqual({ app: 'pull' });
  });
});

// A server that has answered before, and then is gone.
const LEAVING = chosen([
  { fault: 'refused, and started again while the run goes on', back: true, quick: true },
  { fault: 'refused for good, after it had answered', back: false },
]);
test.for(LEAVING)('$fault', async ({ fault, back }, { world, images, project }) => {
  const { proxy, scope } = world;
  const two = await project({
    'ensure.yaml': manifestOf(
      world,
      [
        `  base: { name: ${scope}/base, build: { files: { only: [blob] } } }`,
        `  app: { name: ${scope}/app, build: { dockerfile: App, files: nothing, parents: [base] } }`,
      ].join('\n'),
      { registry: `retries: ${back ? 4 : 2}` },
    ),
    Dockerfile: 'FROM docker-ensure-seed:1\nCOPY blob /blob\n',
    App: `FROM ${scope}/base\nENV APP=1\n`,
    blob: noise(scope, 1000),
  });
  succeeded(await two.up());
  await images.remove();
  await survives(fault, world, async () => {
    const gone = proxy.inject({
      on: { path: /\/app\/manifests\// },
      does: 'call',
      times: 1,
      async before() {
        await running.saw('base  pulled');
        await proxy.close();
      },
    });
    const running = two.start(['up', '--json', 'base', 'app', '--jobs', '2']);
    if (back) {
      await running.saw('connection refused');
      await proxy.open();
    }
    const run = endedWith(back ? 0 : 1, await running.ended);
    const result = JSON.parse(run.stdout) as Result;
    expect(gone.struck()).toBe(1);
    expect(fates({ result })).toEqual({ base: 'pull', app: back ? 'pull' : 'failed' });
    expect(result.summary.retries).toBe(retriesSaid(run));
    if (back) expect(retriesSaid(run)).toBeGreaterThanOrEqual(2);
    else expect(retriesSaid(run)).toBe(2);
    if (!back) expect(result.images[1]?.error?.code).toBe('registry-unreachable');
    const second = await recovers(world, two, ['base', 'app']);
    expect(fates(second)).toEqual({ base: 'none', app: back ? 'none' : 'pull' });
  });
});

// A registry that is killed in the middle of a push.
const CUT_OR_REFUSED = new RegExp(`${CUT.source}|refused`);
const KILLED: readonly (Ends & { fault: string; back: boolean; quick?: boolean })[] = [
  {
    fault: 'registry killed in the middle of a push, and started again',
    back: true,
    // Docker of the classic store tries again by itself.
    classic: done(0),
    containerd: done('some'),
  },
  {
    fault: 'registry killed in the middle of a push, for good',
    back: false,
    ...both(fails('registry-unreachable', 0, CUT_OR_REFUSED)),
  },
];
test.for(chosen(KILLED))('$fault', async (row, { world, images, project, store }) => {
  const { proxy, registry } = world;
  const options = { registry: `retries: ${row.back ? 4 : 0}` };
  const app = await project(appFiles(world, options));
  await survives(row.fault, world, async () => {
    let restarted: Promise<void> = Promise.resolve();
    const killed = proxy.inject({
      on: { method: /^(?:PATCH|PUT)$/, path: /\/blobs\/uploads\// },
      after: 50_000,
      does: 'call',
      times: 1,
      async before() {
        await registry.kill();
        if (row.back) restarted = sleep(500).then(() => registry.restart());
      },
    });
    const run = await app.up();
    await restarted;
    const { ref, registry_ref: registryRef } = run.result.images[0]!;
    endedSo(run, row[store], `${registryRef} is here, but could not be pushed: `);
    expect(killed.struck()).toBe(1);
    const id = await images.id(ref);
    expect(id).not.toBeNull();
    const second = await recovers(world, app);
    expect(fates(second)).toEqual({ app: row.back ? 'none' : 'none+push' });
    expect(await images.id(ref)).toBe(id);
  });
});

const SLOW = chosen([
  { fault: 'slow start: every answer 3 s late' },
  { fault: 'slow start: the first answers 3 s late', times: 2 },
]);
test.for(SLOW)('$fault', async ({ fault, times }, { world, project }) => {
  const app = await project(appFiles(world));
  await publish(world, app);
  await survives(fault, world, async () => {
    const limit = times === undefined ? {} : { times };
    const late = world.proxy.inject({ on: {}, does: 'delay', ms: 3000, ...limit });
    const run = succeeded(await app.up());
    expect(late.struck()).toBeGreaterThanOrEqual(times ?? 4);
    expect(fates(run)).toEqual({ app: 'pull' });
    expect(run.result.summary.retries).toBe(0);
    // And on a push.
    await app.write({ blob: noise(`${world.scope} anew`, 1000) });
    const anew = succeeded(await app.up());
    expect(fates(anew)).toEqual({ app: 'build+push' });
    expect(anew.result.summary.retries).toBe(0);
    expect((await held(world)).remote.size).toBe(2);
    expect(fates(await recovers(world, app))).toEqual({ app: 'none' });
  });
});

// A certificate that nobody trusts.
const STRANGER = chosen([{ fault: 'TLS: a certificate that signed itself' }]);
test.for(STRANGER)('$fault', async ({ fault }, { world, images, project }) => {
  const proxy = await startFaultProxy(world.registry.host, { tls: true, address: outer() });
  onTestFinished(() => proxy.stop());
  const app: Project = await project(appFiles(world, { server: proxy.host }));
  const named = await publish({ ...world, proxy } satisfies World, app);
  await survives(fault, world, async () => {
    const what = `the registry could not say whether it has ${named.registryRef}: `;
    endedSo(await app.up(), fails('registry-tls', 0, /x509|certificate/), what);
    expect(proxy.requests()).toEqual([]);
    expect(await images.list()).toEqual([]);
    await app.write(appFiles(world));
    expect(fates(await recovers(world, app))).toEqual({ app: 'pull' });
  });
});

/** An address that docker takes for no loopback, where it insists on a certificate it can trust. */
function outer(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found === undefined) throw new Error('this machine has no address but the loopback');
  return found.address;
}
