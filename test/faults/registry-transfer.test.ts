import { expect } from 'vitest';
import type { Fault } from '../rig/fault-proxy.ts';
import { CUT, done, type Ends, endedSo, fails } from './ends.ts';
import { publish } from './published.ts';
import { appFiles, chosen, fates, held, recovers, survives, test } from './rig.ts';

/** The transfer of a layer, or what comes before it, breaks off or halts on its way. */

interface Case extends Ends {
  readonly fault: string;
  readonly quick?: boolean;
  readonly lay: Fault;
  /** Further keys of the registry. */
  readonly registry?: string;
}

// Only the layer has so many bytes, not the configuration.
const DOWNLOAD = { on: { method: 'GET', path: /\/blobs\// }, after: 20_000 };
const UPLOAD = { on: { method: /^(?:PATCH|PUT)$/, path: /\/blobs\/uploads\// }, after: 20_000 };
const ASKED = { on: { method: /^(?:HEAD|GET)$/, path: /\/manifests\// } };
const WRITTEN = { on: { method: 'PUT', path: /\/manifests\// } };

const LATE = /^docker was not done in time, and was stopped$/;

/** Nothing but its own limit ends a docker that waits for a registry. */
const IMPATIENT = 'timeout: 5s, retries: 2';
const HURRIED = 'timeout: 3s, retries: 1';

const PULLS: readonly Case[] = [
  {
    fault: 'download: reset after 20 kB, once',
    quick: true,
    lay: { ...DOWNLOAD, does: 'reset', times: 1 },
    // It goes on where it was cut off, by itself.
    classic: done(0),
    containerd: done(1),
  },
  {
    fault: 'download: reset after 20 kB, for ever',
    lay: { ...DOWNLOAD, does: 'reset' },
    registry: 'retries: 0',
    classic: fails('registry-unreachable', 0, CUT),
    containerd: fails('registry-unreachable', 0, CUT),
  },
  {
    fault: 'download: stalled after 20 kB, once',
    lay: { ...DOWNLOAD, does: 'stall', times: 1 },
    registry: IMPATIENT,
    classic: done('some'),
    containerd: done('some'),
  },
  {
    fault: 'download: stalled after 20 kB, for ever',
    lay: { ...DOWNLOAD, does: 'stall' },
    registry: HURRIED,
    classic: fails('registry-timeout', 1, LATE),
    containerd: fails('registry-timeout', 1, LATE),
  },
  {
    fault: 'pull: the manifest stalled, once',
    lay: { ...ASKED, does: 'stall', times: 1 },
    registry: IMPATIENT,
    classic: done('some'),
    containerd: done('some'),
  },
  {
    fault: 'pull: the manifest stalled, for ever',
    lay: { ...ASKED, does: 'stall' },
    registry: HURRIED,
    classic: fails('registry-timeout', 1, LATE),
    containerd: fails('registry-timeout', 1, LATE),
  },
];

const PUSHES: readonly Case[] = [
  {
    fault: 'upload: reset after 20 kB, once',
    lay: { ...UPLOAD, does: 'reset', times: 1 },
    classic: done(0),
    containerd: done(1),
  },
  {
    fault: 'upload: reset after 20 kB, for ever',
    lay: { ...UPLOAD, does: 'reset' },
    registry: 'retries: 0',
    classic: fails('registry-unreachable', 0, CUT),
    containerd: fails('registry-unreachable', 0, CUT),
  },
  {
    fault: 'upload: stalled after 20 kB, once',
    lay: { ...UPLOAD, does: 'stall', times: 1 },
    registry: IMPATIENT,
    // The engine goes on with the upload that docker was stopped at, and each later push of the same
    // layer waits for that one.
    classic: fails('registry-timeout', 2, LATE),
    containerd: done('some'),
  },
  {
    fault: 'upload: stalled after 20 kB, for ever',
    lay: { ...UPLOAD, does: 'stall' },
    registry: HURRIED,
    classic: fails('registry-timeout', 1, LATE),
    containerd: fails('registry-timeout', 1, LATE),
  },
  {
    fault: 'push: the manifest stalled, once',
    lay: { ...WRITTEN, does: 'stall', times: 1 },
    registry: IMPATIENT,
    classic: done('some'),
    containerd: done('some'),
  },
  {
    fault: 'push: the manifest stalled, for ever',
    lay: { ...WRITTEN, does: 'stall' },
    registry: HURRIED,
    classic: fails('registry-timeout', 1, LATE),
    containerd: fails('registry-timeout', 1, LATE),
  },
];

// A pull.
test.for(chosen(PULLS))('$fault', async (row, { world, images, project, store }) => {
  const { registry = '' } = row;
  const app = await project(appFiles(world, { registry }));
  const { registryRef } = await publish(world, app);
  await survives(row.fault, world, async () => {
    const fault = world.proxy.inject(row.lay);
    const { code } = row[store];
    const what = `the registry could not say whether it has ${registryRef}: `;
    const run = endedSo(await app.up(), row[store], what);
    expect(fault.struck()).toBeGreaterThan(0);
    expect(fates(run)).toEqual({ app: code === null ? 'pull' : 'failed' });
    if (code !== null) expect(await images.list()).toEqual([]);
    await app.write(appFiles(world));
    expect(fates(await recovers(world, app))).toEqual({ app: code === null ? 'none' : 'pull' });
  });
});

// A push.
test.for(chosen(PUSHES))('$fault', async (row, { world, images, project, store }) => {
  // The image is here already: only the push is in a hurry.
  const app = await project(appFiles(world));
  const built = await app.up(['--no-push']);
  const { ref, registry_ref: registryRef } = built.result.images[0]!;
  const id = await images.id(ref);
  const { registry = '' } = row;
  await app.write(appFiles(world, { registry, image: 'require: both' }));
  await survives(
    row.fault,
    world,
    async () => {
      const fault = world.proxy.inject(row.lay);
      const { code } = row[store];
      const what = `${registryRef} is here, but could not be pushed: `;
      const run = endedSo(await app.up(), row[store], what);
      expect(fault.struck()).toBeGreaterThan(0);
      expect(fates(run)).toEqual({ app: code === null ? 'none+push' : 'failed' });
      expect([...(await held(world)).remote.keys()]).toEqual(code === null ? [ref] : []);
      await app.write(appFiles(world));
      const second = await recovers(world, app);
      // A push that docker was stopped at may still be finished by the engine: then it is adopted.
      const made = fates(second).app;
      if (code === 'registry-timeout') expect(['none+push', 'none']).toContain(made);
      else expect(made).toBe(code === null ? 'none' : 'none+push');
      expect(await images.id(ref)).toBe(id);
    },
    { stopped: row.lay.does === 'stall' },
  );
});
