import { expect } from 'vitest';
import type { Fault } from '../rig/fault-proxy.ts';
import * as answers from './answers.ts';
import { both, done, type Ends, endedSo, fails } from './ends.ts';
import { publish } from './published.ts';
import { appFiles, chosen, endedWith, fates, recovers, succeeded, survives, test } from './rig.ts';

/** An image that is in the registry and not here is pulled, while the registry does this. */

const MANIFEST = { method: /^(?:HEAD|GET)$/, path: /\/manifests\// };

interface Case extends Ends {
  readonly fault: string;
  readonly quick?: boolean;
  readonly lay: Fault;
}

const answer = (refusal: answers.Refusal, times?: number): Fault => ({
  on: MANIFEST,
  does: 'answer',
  ...refusal,
  ...(times === undefined ? {} : { times }),
});
const CASES: readonly Case[] = [
  {
    fault: 'pull: 401 for ever',
    lay: answer(answers.UNAUTHORIZED),
    ...both(fails('registry-unauthorized', 0, /unauthorized|authentication required/i)),
  },
  {
    fault: 'pull: 401 once',
    lay: answer(answers.UNAUTHORIZED, 1),
    classic: done(0),
    containerd: fails('registry-unauthorized', 0, /401 Unauthorized/),
  },
  {
    fault: 'pull: 403 for ever, to one who is not logged in',
    lay: answer(answers.DENIED),
    ...both(fails('registry-denied', 0, /denied|403 Forbidden/)),
  },
  {
    fault: 'pull: 403 once, to one who is not logged in',
    lay: answer(answers.DENIED, 1),
    classic: done(0),
    containerd: fails('registry-denied', 0, /403 Forbidden/),
  },
  // Docker of the classic store asks with HEAD, then with GET; that of the containerd store asks six times.
  { fault: 'pull: 429 once', lay: answer(answers.TOO_MANY, 1), ...both(done(0)) },
  {
    fault: 'pull: 429 for ever',
    lay: answer(answers.TOO_MANY),
    ...both(fails('registry-rate-limited', 1, /toomanyrequests|429 Too Many Requests/)),
  },
  {
    fault: 'pull: 500 once',
    lay: answer(answers.BROKEN, 1),
    classic: done(0),
    containerd: done(1),
  },
  {
    fault: 'pull: 500 for ever',
    lay: answer(answers.BROKEN),
    ...both(fails('registry-server-fault', 1, /unknown error|500 Internal Server Error/)),
  },
  {
    fault: 'pull: 503 once',
    lay: answer(answers.ASLEEP, 1),
    classic: done(0),
    containerd: done(1),
  },
  {
    fault: 'pull: 503 for ever',
    quick: true,
    lay: answer(answers.ASLEEP),
    ...both(fails('registry-server-fault', 1, /service unavailable|503 Service Unavailable/i)),
  },
  {
    fault: 'pull: reset of the manifest, once',
    lay: { on: MANIFEST, does: 'reset', times: 1 },
    ...both(done(1)),
  },
  {
    fault: 'pull: reset of the manifest, for ever',
    lay: { on: MANIFEST, does: 'reset' },
    ...both(fails('registry-unreachable', 1, /connection reset by peer|EOF/)),
  },
  // That a part of the image is not found does not say that the image is not there.
  {
    fault: 'pull: 404 of a blob, for ever',
    lay: { on: { method: 'GET', path: /\/blobs\// }, does: 'answer', ...answers.NO_BLOB },
    ...both(fails('registry-unknown', 0, /not found|unknown blob|blob unknown/)),
  },
];

test.for(chosen(CASES))('$fault', async (row, { world, images, project, store }) => {
  const app = await project(appFiles(world));
  const { registryRef } = await publish(world, app);
  await survives(row.fault, world, async () => {
    const fault = world.proxy.inject(row.lay);
    const { code } = row[store];
    const what = `the registry could not say whether it has ${registryRef}: `;
    const run = endedSo(await app.up(), row[store], what);
    expect(fault.struck()).toBeGreaterThan(0);
    // It was not built in the registry's stead, and nothing half-fetched has a name.
    expect(fates(run)).toEqual({ app: code === null ? 'pull' : 'failed' });
    if (code !== null) expect(await images.list()).toEqual([]);
    expect(fates(await recovers(world, app))).toEqual({
      app: code === null ? 'none' : 'pull',
    });
  });
});

const SPOILED = chosen([{ fault: 'pull: a layer that is not what its digest says', quick: false }]);
test.for(SPOILED)('$fault', async ({ fault }, { world, images, project }) => {
  const app = await project(appFiles(world));
  const { layer } = await publish(world, app, { size: 2000 });
  await survives(fault, world, async () => {
    const on = { method: 'GET', path: new RegExp(layer.digest) };
    const body = 'x'.repeat(layer.size);
    const laid = world.proxy.inject({ on, does: 'answer', status: 200, body });
    const run = endedWith(1, await app.up());
    expect(laid.struck()).toBeGreaterThan(0);
    expect(run.result.images[0]?.error?.code, run.stderr).toBe('registry-unknown');
    expect(await images.list()).toEqual([]);
    expect(fates(await recovers(world, app))).toEqual({ app: 'pull' });
  });
});

const LIES = chosen([
  { fault: 'pull: 404 once, of an image that is there', times: 1, quick: false },
  { fault: 'pull: 404 until it is pushed, of an image that is there', quick: false },
]);
test.for(LIES)('$fault', async ({ fault, times }, { world, images, project, store }) => {
  const app = await project(appFiles(world));
  const { ref } = await publish(world, app);
  // The classic store's docker asks twice, so that once is not enough for it to believe.
  const believed = times === undefined || store === 'containerd';
  // What the registry said it did not have is pushed again, then.
  const again = { except: times === undefined ? /\/app:/ : /$^/ };
  await survives(
    fault,
    world,
    async () => {
      const lie = answer(answers.NO_MANIFEST, times);
      const laid = world.proxy.inject(lie);
      const run = succeeded(await app.up());
      expect(laid.struck()).toBeGreaterThan(0);
      expect(run.result.summary.retries).toBe(0);
      const pushed = times === undefined ? 'build+push' : 'build';
      expect(fates(run)).toEqual({ app: believed ? pushed : 'pull' });
      if (pushed === 'build' && believed)
        expect(run.result.images[0]?.reason).toContain('; it was pushed meanwhile');
      expect(await images.list()).toContain(ref);
      expect(fates(await recovers(world, app))).toEqual({ app: 'none' });
    },
    again,
  );
});
