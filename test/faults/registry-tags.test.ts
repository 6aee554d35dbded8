import { expect } from 'vitest';
import type { Fault } from '../rig/fault-proxy.ts';
import * as answers from './answers.ts';
import { CUT, endedSo, fails } from './ends.ts';
import { namesOf, OTHER_HASH, publish } from './published.ts';
import {
  appFiles,
  chosen,
  endedWith,
  fates,
  held,
  noise,
  recovers,
  succeeded,
  survives,
  test,
} from './rig.ts';

/** What has a tag in the registry is not what it should be, or may not be moved. */

// A tag that may not be written again, and that somebody else pushes meanwhile.
const IMMUTABLE = Object.entries(answers.IMMUTABLE).flatMap(([registry, refusal]) => [
  { fault: `immutable tag (${registry}): the same was pushed meanwhile`, refusal, same: true },
  {
    fault: `immutable tag (${registry}): another was pushed meanwhile`,
    refusal,
    same: false,
  },
]);
test.for(chosen(IMMUTABLE))(
  '$fault',
  async ({ fault, refusal, same }, { world, images, project }) => {
    const { proxy } = world;
    const app = await project(appFiles(world));
    const { ref, registryRef, hash } = await namesOf(world, app);
    const label = same ? hash : OTHER_HASH;
    // Somebody else's image lies, and is replaced in the end.
    const theirs = { except: same ? /$^/ : /\/app:/ };
    await survives(
      fault,
      world,
      async () => {
        proxy.inject({
          on: { method: 'POST', path: /\/blobs\/uploads\// },
          does: 'call',
          times: 1,
          before: async () => void (await publish(world, app, { label })),
        });
        const on = { method: 'PUT', path: /\/manifests\// };
        const refused = proxy.inject({ on, does: 'answer', ...refusal });
        const run = endedWith(same ? 0 : 1, await app.up());
        expect(refused.struck()).toBe(1);
        expect(run.result.summary.retries).toBe(0);
        const there = await held(world);
        expect(there.local.get(ref)?.hash).toBe(hash);
        expect(there.remote.get(ref)?.hash).toBe(label);
        const [image] = run.result.images;
        if (same) {
          expect(fates(run)).toEqual({ app: 'build' });
          expect(image?.reason).toBe('neither here nor in the registry; it was pushed meanwhile');
          expect(fates(await recovers(world, app))).toEqual({ app: 'none' });
          return;
        }
        const conflict = {
          code: 'push-conflict',
          message: `${registryRef} was pushed by somebody else meanwhile, and is not the same: it was built from the inputs ${OTHER_HASH}, this one from ${hash}`,
        };
        expect(image?.error).toEqual(conflict);
        proxy.heal();
        // Nothing is replaced that somebody else has pushed, as long as nobody says so.
        expect(endedWith(1, await app.up()).result.images[0]?.error).toEqual(conflict);
        expect((await held(world)).remote).toEqual(there.remote);
        expect(run.stderr).toContain('`docker-ensure up --force app` builds and pushes it anew');
        expect(fates(succeeded(await app.up(['--force', 'app'])))).toEqual({ app: 'build+push' });
        await recovers(world, app);
        expect(await images.list()).toContain(ref);
      },
      theirs,
    );
  },
);

// What is pulled.
const WRONG = chosen([{ fault: 'pull: an image whose label names other inputs', quick: true }]);
test.for(WRONG)('$fault', async ({ fault }, { world, images, project }) => {
  const app = await project(appFiles(world));
  const { registryRef, hash } = await publish(world, app, { label: OTHER_HASH });
  await survives(
    fault,
    world,
    async () => {
      const run = endedWith(1, await app.up());
      expect(run.result.images[0]).toMatchObject({
        outcome: 'failed',
        error: {
          code: 'hash-mismatch',
          message: `${registryRef} is in the registry, but its label says that it was built from the inputs ${OTHER_HASH}, and its tag stands for ${hash}`,
        },
      });
      expect(run.stderr).toContain('`docker-ensure up --force app` builds and pushes it anew');
      expect(await images.list()).toEqual([]);
      succeeded(await app.up(['--force', 'app']));
      await recovers(world, app);
    },
    { except: /\/app:/ },
  );
});

const SILENT = chosen([{ fault: 'pull: an image without a label' }]);
test.for(SILENT)('$fault', async ({ fault }, { world, images, project }) => {
  const app = await project(appFiles(world));
  const { ref, registryRef } = await publish(world, app, { label: null });
  await survives(fault, world, async () => {
    for (const fate of ['pull', 'none']) {
      const run = succeeded(await app.up());
      expect(fates(run)).toEqual({ app: fate });
      expect(run.stderr.match(/\(unlabelled-image\)|unlabelled-image/g)).toHaveLength(1);
      expect(run.stderr).toContain(
        `${fate === 'pull' ? registryRef : ref} does not say what it was built from, so its tag cannot be checked`,
      );
    }
    expect(await images.list()).toContain(ref);
  });
});

// A further tag that cannot be moved.
const TAG = { method: 'PUT', path: /\/manifests\/stable$/ };
const MOVES: readonly {
  fault: string;
  quick?: boolean;
  lay: Fault;
  code: string;
  retries: number;
  says: RegExp;
}[] = [
  {
    fault: 'tag: 503 for ever',
    quick: true,
    lay: { on: TAG, does: 'answer', ...answers.ASLEEP },
    code: 'registry-server-fault',
    retries: 1,
    says: /service unavailable|503/i,
  },
  {
    fault: 'tag: 403 for ever',
    lay: { on: TAG, does: 'answer', ...answers.DENIED },
    code: 'registry-denied',
    retries: 0,
    says: /denied|403/,
  },
  {
    fault: 'tag: reset for ever',
    lay: { on: TAG, does: 'reset' },
    code: 'registry-unreachable',
    retries: 1,
    says: CUT,
  },
];
test.for(chosen(MOVES))('$fault', async (row, { world, images, project }) => {
  const files = appFiles(world, { image: 'tags: [stable]', size: 1000 });
  const app = await project(files);
  const first = succeeded(await app.up()).result.images[0]!;
  const stable = `${world.scope}/app:stable`;
  const old = await held(world);
  expect(old.local.get(stable)?.hash).toBe(first.hash);
  await app.write({ blob: noise(`${world.scope} anew`, 1000) });
  await survives(
    row.fault,
    world,
    async () => {
      const fault = world.proxy.inject(row.lay);
      const what = `the tag ${world.proxy.host}/${stable} could not be moved: `;
      const run = endedSo(await app.up(), fails(row.code, row.retries, row.says), what);
      expect(fault.struck()).toBe(row.retries + 1);
      const [image] = run.result.images;
      // The image itself is where it belongs; the tag still names the old one, on both sides.
      const now = await held(world);
      expect(now.local.get(`${image?.ref}`)?.hash).toBe(image?.hash);
      expect(now.remote.get(`${image?.ref}`)?.hash).toBe(image?.hash);
      expect(now.local.get(stable)).toEqual(old.local.get(stable));
      expect(now.remote.get(stable)).toEqual(old.remote.get(stable));

      const second = await recovers(world, app);
      const { local, remote } = await held(world);
      expect(local.get(stable)?.hash).toBe(second.result.images[0]?.hash);
      expect(remote.get(stable)?.hash).toBe(second.result.images[0]?.hash);
      expect(await images.list()).toContain(first.ref);
    },
    { except: /\/app:stable$/ },
  );
});
