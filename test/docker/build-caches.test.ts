import { describe, expect, it } from 'vitest';
import type { BuildGroup, BuildOutcome, OwnCaches } from '../../src/docker/port.ts';
import {
  type Answer,
  BUILT,
  buildWith,
  dockerThatSays,
  fails,
  stage,
  succeeds,
} from './scripted.ts';

const REF = 'x.test/app:buildcache-app';
const FROM = `type=registry,ref=${REF}`;
const TO = `${FROM},mode=max,ignore-error=true`;

/** Builds an image twice with the same docker, and gives what was told, and the caches of each call of bake. */
async function builds(
  answers: (succeeding: Answer) => Answer[],
  {
    caches = { from: [FROM], to: [TO] },
    times = 1,
    builder = null as string | null,
    offline = false,
  }: {
    caches?: OwnCaches;
    times?: number;
    builder?: string | null;
    offline?: boolean;
  } = {},
) {
  const staged = await stage();
  const { docker, calls, argvs } = dockerThatSays(...answers(succeeds(staged)));
  const notes: string[] = [];
  const group: BuildGroup = {
    builds: [{ key: 'app', build: buildWith({ builder }), names: ['app:1'], staged, caches }],
    offline,
    onBuilt: () => {},
    onLog: () => {},
    onNote: (text) => notes.push(text),
  };
  let outcome: BuildOutcome | null = null;
  for (let time = 0; time < times; time += 1) outcome = await docker.build(group);
  const given = calls.flatMap(({ input }) =>
    (input?.match(/cache-(?:from|to) = .*/g) ?? []).join(' '),
  );
  return { outcome, notes, given: given.filter((each) => each !== ''), argvs: argvs() };
}

const BOTH = `cache-from = ["${FROM}"] cache-to = ["${TO}"]`;
const READ = `cache-from = ["${FROM}"]`;

it('caches are given to docker beside those of the manifest', async () => {
  const { outcome, notes, given } = await builds((built) => [built]);
  expect(outcome).toEqual(BUILT);
  expect(given).toEqual([BOTH]);
  expect(notes).toEqual([]);
});

it('offline only an inline one is left', async () => {
  const caches = { from: [FROM], to: [TO, 'type=inline'] };
  const { given } = await builds((built) => [built], { caches, offline: true });
  expect(given).toEqual(['cache-to = ["type=inline"]']);
});

describe('a builder that writes no caches', () => {
  it.each([
    'ERROR: Cache export is not supported for the docker driver.\nSwitch to a different driver, or turn on the containerd image store, and try again.',
    'ERROR: cache export feature is currently not supported for docker driver. Please switch to a different driver (eg. "docker buildx create --use")',
  ])('%s', async (said) => {
    // After a failure the engine is asked whether it is there.
    const { outcome, notes, given } = await builds(
      (built) => [fails(`#1 x\n${said}`), {}, built, built],
      {
        times: 2,
      },
    );
    expect(outcome).toEqual(BUILT);
    expect(given).toEqual([BOTH, READ, READ]);
    expect(notes).toEqual([
      "docker's own builder (the driver `docker`, with the classic image store) writes no cache to a registry: images are built without; the containerd image store and builders of the driver `docker-container` write one, and `cache: inline` needs neither",
    ]);
  });

  it('is called by its name', async () => {
    const said = 'ERROR: Cache export is not supported for the docker driver.';
    const { notes } = await builds((built) => [fails(`#1 x\n${said}`), {}, built], {
      builder: 'own',
    });
    expect(notes).toEqual([expect.stringMatching(/^the builder `own` \(the driver `docker`/)]);
  });

  it('fails a build that asks for one by `cache_to`, as ever', async () => {
    const said = 'ERROR: Cache export is not supported for the docker driver.';
    const { outcome, notes, given } = await builds(() => [fails(`#1 x\n${said}`), {}], {
      caches: { from: [], to: ['type=inline'] },
    });
    expect(outcome).toMatchObject({ ok: false, message: said.replace('ERROR: ', '') });
    expect(notes).toEqual([]);
    expect(given).toEqual(['cache-to = ["type=inline"]']);
  });
});

const WRITES =
  '#3 exporting cache to registry\n#3 ERROR: error writing layer blob: dial tcp: connection refused';

it('a cache that was not written is a note', async () => {
  const { outcome, notes } = await builds(() => [{ stderr: WRITES }]);
  expect(outcome).toMatchObject({ ok: true });
  expect(notes).toEqual([
    `app: the cache ${REF} was not written: error writing layer blob: dial tcp: connection refused`,
  ]);
});

it('a BuildKit that fails for it builds once more without', async () => {
  const error = 'ERROR: failed to solve: error writing layer blob: dial tcp: connection refused';
  const { outcome, notes, given } = await builds((built) => [
    fails(`${WRITES}\n${error}`),
    {},
    built,
  ]);
  expect(outcome).toEqual(BUILT);
  expect(given).toEqual([BOTH, READ]);
  expect(notes).toEqual([
    `app: the cache ${REF} was not written: error writing layer blob: dial tcp: connection refused`,
  ]);
});

it('a cache that was not read is a note, and one that is not there yet is none', async () => {
  const reads = (ref: string, error: string) =>
    `importing cache manifest from ${ref}\n#N ERROR: failed to configure registry cache importer: ${error}`;
  const stderr = [
    reads(REF, `${REF}: not found`),
    reads('y.test/a:1', 'failed to do request: dial tcp: connection refused'),
    reads('z.test/a:1', 'unexpected status: 401 Unauthorized'),
  ].map((text, at) => `#${at} ${text.replaceAll('#N', `#${at}`)}`);
  const { notes } = await builds(() => [{ stderr: stderr.join('\n') }]);
  expect(notes).toEqual([
    'app: the cache y.test/a:1 was not read: failed to do request: dial tcp: connection refused',
    'app: the cache z.test/a:1 was not read: unexpected status: 401 Unauthorized',
  ]);
});

it('what fails a build is not what a cache said before', async () => {
  const { outcome } = await builds(() => [
    fails(
      '#2 importing cache manifest from y.test/a:1\n#2 ERROR: failed to configure registry cache importer: dial tcp: connection refused\n#4 [1/1] RUN false\n#4 ERROR: process "false" did not complete successfully: exit code: 1\nERROR: failed to build: nobody knows',
    ),
    {},
  ]);
  expect(outcome).toMatchObject({
    ok: false,
    key: 'app',
    message: '[1/1] RUN false failed: nobody knows',
  });
});
