import { expect } from 'vitest';
import type { Fault, RequestPattern } from '../rig/fault-proxy.ts';
import * as answers from './answers.ts';
import { both, CUT, done, type Ends, endedSo, fails } from './ends.ts';
import { appFiles, chosen, fates, held, recovers, succeeded, survives, test } from './rig.ts';

/** An image is built and pushed, while the registry does this. */

const MANIFEST = { method: 'PUT', path: /\/manifests\// };
/** The beginning of an upload; not one that would mount a layer of another repository, without which docker goes on. */
const UPLOAD = { method: 'POST', path: /\/blobs\/uploads\/$/ };

interface Case extends Ends {
  readonly fault: string;
  readonly quick?: boolean;
  readonly lay: Fault;
  /** Where docker itself is patient, one try of docker-ensure's is enough. */
  readonly retries?: number;
}

const answer = (on: RequestPattern, refusal: answers.Refusal, times?: number): Fault => ({
  on,
  does: 'answer',
  ...refusal,
  ...(times === undefined ? {} : { times }),
});

const TOO_MANY = /toomanyrequests|429 Too Many Requests/;
const SERVER = /unknown error|service unavailable|50[03]/i;
const NOT_FOUND = /404 Not Found|not known|unknown/;

const REFUSALS = [
  ['401', answers.UNAUTHORIZED, 'unauthorized'],
  ['403', answers.DENIED, 'denied'],
  ['404', answers.NO_NAME, 'unknown'],
] as const;

const CASES: readonly Case[] = [
  {
    fault: 'push: 401 to the manifest, for ever',
    lay: answer(MANIFEST, answers.UNAUTHORIZED),
    ...both(fails('registry-unauthorized', 0, /unauthorized|authentication required/i)),
  },
  {
    fault: 'push: 403 to the manifest, for ever',
    lay: answer(MANIFEST, answers.DENIED),
    ...both(fails('registry-denied', 0, /denied|403 Forbidden/)),
  },
  {
    fault: 'push: 404 to the manifest, for ever',
    lay: answer(MANIFEST, answers.NO_NAME),
    ...both(fails('registry-unknown', 0, NOT_FOUND)),
  },
  {
    fault: 'push: 429 to the manifest, once',
    lay: answer(MANIFEST, answers.TOO_MANY, 1),
    classic: done(1),
    containerd: done(0),
  },
  {
    fault: 'push: 429 to the manifest, for ever',
    lay: answer(MANIFEST, answers.TOO_MANY),
    ...both(fails('registry-rate-limited', 1, TOO_MANY)),
  },
  {
    fault: 'push: 500 to the manifest, once',
    lay: answer(MANIFEST, answers.BROKEN, 1),
    ...both(done(1)),
  },
  {
    fault: 'push: 500 to the manifest, for ever',
    lay: answer(MANIFEST, answers.BROKEN),
    ...both(fails('registry-server-fault', 1, SERVER)),
  },
  {
    fault: 'push: 503 to the manifest, once',
    lay: answer(MANIFEST, answers.ASLEEP, 1),
    ...both(done(1)),
  },
  {
    fault: 'push: 503 to the manifest, for ever',
    lay: answer(MANIFEST, answers.ASLEEP),
    ...both(fails('registry-server-fault', 1, SERVER)),
  },
  {
    fault: 'push: reset of the manifest, once',
    lay: { on: MANIFEST, does: 'reset', times: 1 },
    ...both(done(1)),
  },
  {
    fault: 'push: reset of the manifest, for ever',
    lay: { on: MANIFEST, does: 'reset' },
    ...both(fails('registry-unreachable', 1, CUT)),
  },
  {
    fault: 'push: 401 to an upload, for ever',
    lay: answer(UPLOAD, answers.UNAUTHORIZED),
    ...both(fails('registry-unauthorized', 0, /unauthorized|authentication required/i)),
  },
  {
    fault: 'push: 403 to an upload, for ever',
    lay: answer(UPLOAD, answers.DENIED),
    ...both(fails('registry-denied', 0, /denied|403 Forbidden/)),
  },
  {
    fault: 'push: 404 to an upload, for ever',
    lay: answer(UPLOAD, answers.NO_NAME),
    retries: 0,
    ...both(fails('registry-unknown', 0, NOT_FOUND)),
  },
  {
    fault: 'push: 429 to an upload, once',
    lay: answer(UPLOAD, answers.TOO_MANY, 1),
    ...both(done(0)),
  },
  {
    fault: 'push: 429 to an upload, for ever',
    lay: answer(UPLOAD, answers.TOO_MANY),
    retries: 0,
    ...both(fails('registry-rate-limited', 0, TOO_MANY)),
  },
  {
    fault: 'push: 500 to an upload, once',
    lay: answer(UPLOAD, answers.BROKEN, 1),
    classic: done(0),
    containerd: done(1),
  },
  {
    fault: 'push: 500 to an upload, for ever',
    lay: answer(UPLOAD, answers.BROKEN),
    retries: 0,
    ...both(fails('registry-server-fault', 0, SERVER)),
  },
  {
    fault: 'push: 503 to an upload, once',
    lay: answer(UPLOAD, answers.ASLEEP, 1),
    classic: done(0),
    containerd: done(1),
  },
  {
    fault: 'push: 503 to an upload, for ever',
    lay: answer(UPLOAD, answers.ASLEEP),
    retries: 0,
    ...both(fails('registry-server-fault', 0, SERVER)),
  },
  // Whoever refuses once refuses for good, as far as docker-ensure can know.
  ...REFUSALS.flatMap(([status, refusal, code]): Case[] => [
    {
      fault: `push: ${status} to the manifest, once`,
      lay: answer(MANIFEST, refusal, 1),
      ...both(fails(`registry-${code}`, 0, /./)),
    },
  ]),
  // But docker of the classic store tries an upload again, unless it was denied.
  {
    fault: 'push: 401 to an upload, once',
    lay: answer(UPLOAD, answers.UNAUTHORIZED, 1),
    classic: done(0),
    containerd: fails('registry-unauthorized', 0, /401 Unauthorized/),
  },
  {
    fault: 'push: 403 to an upload, once',
    lay: answer(UPLOAD, answers.DENIED, 1),
    ...both(fails('registry-denied', 0, /denied|403 Forbidden/)),
  },
  {
    fault: 'push: 404 to an upload, once',
    lay: answer(UPLOAD, answers.NO_NAME, 1),
    classic: done(0),
    containerd: fails('registry-unknown', 0, NOT_FOUND),
  },
];

test.for(chosen(CASES))('$fault', async (row, { world, images, project, store }) => {
  const app = await project(appFiles(world, { registry: `retries: ${row.retries ?? 1}` }));
  await survives(row.fault, world, async () => {
    const fault = world.proxy.inject(row.lay);
    const { code } = row[store];
    const run = await app.up();
    const { ref, registry_ref: registryRef } = run.result.images[0]!;
    endedSo(run, row[store], `${registryRef} is here, but could not be pushed: `);
    expect(fault.struck()).toBeGreaterThan(0);
    // What was built is here under its final name, whatever became of the push.
    const id = await images.id(ref);
    expect(id).not.toBeNull();
    expect([...(await held(world)).remote.keys()]).toEqual(code === null ? [ref] : []);
    if (code === null) {
      expect(fates(run)).toEqual({ app: 'build+push' });
      expect(fates(await recovers(world, app))).toEqual({ app: 'none' });
      return;
    }
    const second = await recovers(world, app);
    expect(fates(second)).toEqual({ app: 'none+push' });
    expect(second.result.images[0]?.reason).toBe('already here, but not yet in the registry');
    expect(await images.id(ref)).toBe(id);
  });
});

const LOST = chosen([
  { fault: 'push: the registry takes the manifest, and its answer is lost', quick: true },
]);
test.for(LOST)('$fault', async ({ fault }, { world, project, engine }) => {
  const { proxy, registry } = world;
  const app = await project(appFiles(world));
  await survives(fault, world, async () => {
    const { ref, registry_ref: registryRef } = (await app.up(['--dry-run'])).result.images[0]!;
    const laid = proxy.inject({
      on: MANIFEST,
      does: 'call',
      times: 1,
      // What it would have written is there, when the connection is cut.
      async before() {
        const direct = `${registry.host}/${ref}`;
        await engine.docker(['tag', registryRef ?? '', direct]);
        expect((await engine.docker(['push', '--quiet', direct])).stderr).toBe('');
        await engine.docker(['image', 'rm', direct]);
        await proxy.close();
        await proxy.open();
      },
    });
    const run = succeeded(await app.up());
    expect(laid.struck()).toBe(1);
    expect(fates(run)).toEqual({ app: 'build' });
    expect(run.result.images[0]?.reason).toContain('; it was pushed meanwhile');
    expect(run.stderr).toContain('another run had pushed it');
    expect(run.result.summary.retries).toBe(1);
    expect(proxy.uploads()).toEqual([]);
    expect(fates(await recovers(world, app))).toEqual({ app: 'none' });
  });
});
