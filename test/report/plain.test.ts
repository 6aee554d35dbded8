import { describe, expect, it } from 'vitest';
import type { RunEvent, Step, StepResult } from '../../src/model/event.ts';
import type { ImageResult } from '../../src/model/plan.ts';
import { createPlainReport, type PlainOptions } from '../../src/report/plain.ts';
import { formatPlan } from '../../src/report/summary.ts';
import { createStyle } from '../../src/report/text.ts';

function report(events: readonly RunEvent[], options: Partial<PlainOptions> = {}): string {
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  const sink = createPlainReport({
    style: createStyle(false),
    write,
    debug: false,
    quiet: false,
    ...options,
  });
  for (const event of events) sink(event);
  return text;
}

const result = (image: string, more: Partial<ImageResult> = {}): ImageResult => ({
  image,
  ref: `${image}:1`,
  registryRef: null,
  registries: [],
  hash: null,
  action: 'none',
  test: false,
  push: false,
  tag: [],
  reason: 'already here',
  outcome: 'done',
  durationMs: 0,
  failure: null,
  ...more,
});

const failure = {
  code: 'build-failed',
  message: 'it broke',
  advice: 'mend it',
  log: ['gcc: no', 'Dockerfile:3'],
} as const;

const RUN: readonly RunEvent[] = [
  { type: 'run-started', images: ['app', 'toolchain'] },
  { type: 'docker', argv: ['docker', 'pull', 'r/app:1', "it's"] },
  { type: 'request', method: 'GET', address: 'https://r/v2/app/manifests/1', status: 404 },
  { type: 'request', method: 'GET', address: 'https://r/v2/', status: null },
  { type: 'step-started', image: 'app', step: 'pull', ref: 'r/app:1', reason: 'not here' },
  {
    type: 'step-done',
    image: 'app',
    step: 'pull',
    ref: 'r/app:1',
    durationMs: 60,
    result: 'not-found',
  },
  { type: 'step-started', image: 'app', step: 'build', ref: 'app:1', reason: 'nowhere' },
  { type: 'step-log', image: 'app', step: 'build', line: '#1 RUN make' },
  {
    type: 'step-done',
    image: 'app',
    step: 'build',
    ref: 'app:1',
    durationMs: 2100,
    result: 'done',
  },
  { type: 'step-started', image: 'app', step: 'push', ref: 'r/app:1', reason: 'nowhere' },
  {
    type: 'step-done',
    image: 'app',
    step: 'push',
    ref: 'r/app:1',
    durationMs: 5,
    result: 'failed',
  },
  { type: 'image-failed', image: 'app', failure },
  { type: 'image-skipped', image: 'toolchain', reason: 'its parent app failed' },
  {
    type: 'run-done',
    retries: 0,
    durationMs: 2300,
    results: [
      result('app', { action: 'build', push: true, outcome: 'failed', failure }),
      result('toolchain', { action: 'build', outcome: 'skipped' }),
      result('seed'),
    ],
  },
];

describe('plain progress', () => {
  it('is a line when something starts, one when it ends, and one that sums up', () => {
    expect(report(RUN)).toBe(`app        pulling   r/app:1 (not here)
app        absent    not in the registry (60 ms)
app        building  app:1 (nowhere)
app        built     in 2.1 s
app        pushing   r/app:1
app        failed    after 5 ms
error: app: it broke (build-failed)
  | gcc: no
  | Dockerfile:3
  help: mend it
toolchain  skipped   its parent app failed
3 images: 1 failed, 1 skipped, 1 ready (2.3 s)
`);
  });

  it('is failures only where it is to be quiet', () => {
    expect(report(RUN, { quiet: true })).toBe(`error: app: it broke (build-failed)
  | gcc: no
  | Dockerfile:3
  help: mend it
`);
  });

  it('shows docker commands, ready to be pasted, requests and the output of builds under --debug', () => {
    const lines = report(RUN, { debug: true }).split('\n');
    expect(lines).toContain(`$ docker pull r/app:1 'it'\\''s'`);
    expect(lines).toContain('app | #1 RUN make');
    expect(lines).toContain('GET https://r/v2/app/manifests/1: 404');
    expect(lines).toContain('GET https://r/v2/: no answer');
  });
});

describe('a registry that is asked', () => {
  const ref = 'r/app:1';
  const step = (step: Step): RunEvent => ({
    type: 'step-started',
    image: 'app',
    step,
    ref,
    reason: 'why',
  });
  const end = (step: Step, result: StepResult): RunEvent => ({
    type: 'step-done',
    image: 'app',
    step,
    ref,
    durationMs: 60,
    result,
  });
  const retry = (message: string): RunEvent => ({
    type: 'step-retry',
    image: 'app',
    step: 'pull',
    ref,
    registryError: { fault: 'server-fault', message, retryable: 'yes' },
    attempt: 2,
    attempts: 4,
    delayMs: 1500,
  });

  const of = (registry: string, event: RunEvent): RunEvent => ({ ...event, registry }) as RunEvent;

  it.each<[string, RunEvent, string]>([
    ['a probe begins', step('probe'), 'probing   r/app:1 (why)'],
    ['it is there', end('probe', 'done'), 'present   in 60 ms'],
    ['it is not', end('probe', 'not-found'), 'absent    not in the registry (60 ms)'],
    ['nobody knows', end('probe', 'unclear'), 'unclear   the registry did not say (60 ms)'],
    ['the probe fails', end('probe', 'failed'), 'failed    after 60 ms'],
    [
      'of several it is said which',
      of('mirror', end('probe', 'done')),
      'present   mirror, in 60 ms',
    ],
    [
      'one has it not',
      of('mirror', end('pull', 'not-found')),
      'absent    not in the registry mirror (60 ms)',
    ],
    [
      'one does not take it',
      of('mirror', end('copy', 'unclear')),
      'unclear   the registry mirror did not take it (60 ms)',
    ],
    [
      'another run has pushed it to one',
      of('mirror', end('push', 'already-there')),
      'adopted   another run had pushed it to mirror (60 ms)',
    ],
    [
      'one is asked again',
      of('mirror', retry('503')),
      'retrying  try 2 of 4 in 1.5 s (mirror, server-fault: 503)',
    ],
    ['it is copied from one to another', step('copy'), 'copying   r/app:1 (why)'],
    ['it was copied', of('team', end('copy', 'done')), 'copied    team, in 60 ms'],
    ['a further tag is given', step('tag'), 'tagging   r/app:1'],
    ['it is set', end('tag', 'done'), 'tagged    in 60 ms'],
    ['it is not set', end('tag', 'failed'), 'failed    after 60 ms'],
    [
      'another run has pushed it',
      end('push', 'already-there'),
      'adopted   another run had pushed it (60 ms)',
    ],
    [
      'it is asked again',
      retry('503 Service Unavailable'),
      'retrying  try 2 of 4 in 1.5 s (server-fault: 503 Service Unavailable)',
    ],
    [
      'it says what would move the cursor',
      retry('\u001b[2J503\u0007'),
      'retrying  try 2 of 4 in 1.5 s (server-fault: 503\ufffd)',
    ],
    [
      'another run works on the image',
      { type: 'image-waiting', image: 'app', ref, pid: 4711 },
      'waiting   another run (process 4711) works on r/app:1',
    ],
  ])('has a line: %s', (_, event, line) => {
    expect(report([event])).toBe(`app  ${line}\n`);
    expect(report([event], { quiet: true })).toBe('');
  });
});

it('lets no output of a build move the cursor', () => {
  const events: RunEvent[] = [
    { type: 'step-log', image: 'app', step: 'build', line: '#5 0.1 \u001b[2Jgone' },
    {
      type: 'image-failed',
      image: 'app',
      failure: {
        code: 'build-failed',
        message: 'RUN \u001b[31m failed',
        log: ['1%\r100%', 'bell\u0007'],
      },
    },
  ];
  expect(report(events, { debug: true })).toBe(
    [
      'app | #5 0.1 gone',
      'error: app: RUN  failed (build-failed)',
      '  | 100%',
      '  | bell\ufffd',
      '',
    ].join('\n'),
  );
});

describe('the last line', () => {
  const last = (results: readonly ImageResult[], retries = 0) =>
    report([{ type: 'run-done', retries, durationMs: 70, results }]);

  it('says that nothing was to do', () => {
    expect(last([result('a'), result('b')])).toBe('2 images ready: nothing to do (70 ms)\n');
  });

  it('counts what was done', () => {
    const results = [
      result('a', { action: 'build', push: true }),
      result('b', { action: 'build' }),
      result('c', { action: 'pull' }),
      result('d'),
    ];
    expect(last(results)).toBe(
      '4 images ready: 2 built, 1 pulled, 1 pushed, 1 already here (70 ms)\n',
    );
  });

  it('tells copies from pushes', () => {
    const part = (registry: string, action: 'none' | 'push' | 'copy') => ({
      ...{ registry, action },
      ref: `${registry}.test/a:1`,
    });
    const copied = { push: true, registries: [part('one', 'copy'), part('other', 'none')] };
    const both = { push: true, registries: [part('one', 'copy'), part('other', 'push')] };
    expect(last([result('a', copied), result('b', both)])).toBe(
      '2 images ready: 1 pushed, 1 copied, 2 already here (70 ms)\n',
    );
  });

  it('counts a push that was made good', () => {
    expect(last([result('a', { push: true })])).toBe(
      '1 image ready: 1 pushed, 1 already here (70 ms)\n',
    );
  });

  it('counts what was tried again', () => {
    const pulled = [result('a', { action: 'pull' })];
    expect(last(pulled, 1)).toBe('1 image ready: 1 pulled, 1 retry (70 ms)\n');
    expect(last(pulled, 2)).toBe('1 image ready: 1 pulled, 2 retries (70 ms)\n');
  });

  it('counts the tags that were moved', () => {
    const one = result('a', { action: 'build', push: true, tag: ['r/a:latest'] });
    expect(last([one])).toBe('1 image ready: 1 built, 1 pushed, 1 tag moved (70 ms)\n');
    const two = result('b', { action: 'pull', tag: ['r/b:latest', 'r/b:main'] });
    expect(last([one, two], 1)).toBe(
      '2 images ready: 1 built, 1 pulled, 1 pushed, 3 tags moved, 1 retry (70 ms)\n',
    );
    expect(last([result('a', { tag: ['r/a:latest'] })])).toBe(
      '1 image ready: 1 tag moved (70 ms)\n',
    );
  });

  it('counts what was tried again in a run that failed', () => {
    const results = [result('a', { outcome: 'failed' }), result('b', { action: 'pull' })];
    expect(last(results, 3)).toBe('2 images: 1 failed, 1 ready (1 pulled, 3 retries) (70 ms)\n');
  });
});

it('shows a plan as a line an image', () => {
  const planned = (image: string, more: Partial<ImageResult>) =>
    result(image, { outcome: null, ...more });
  const results = [
    planned('base', { action: 'build', push: true, reason: 'nowhere' }),
    planned('app', { action: 'pull', reason: 'not here' }),
    planned('seed', {}),
    planned('web', { tag: ['r/web:latest'] }),
    planned('all', { action: 'build', tag: ['r/all:1', 'r/all:2'] }),
    result('gone', { outcome: 'failed', reason: 'it cannot be had' }),
  ];
  expect(formatPlan(results, createStyle(false))).toBe(
    `base  build, push  base:1 (nowhere)
app   pull         app:1 (not here)
seed  keep         seed:1 (already here)
web   keep, tag    web:1 (already here)
all   build, tag   all:1 (already here)
gone  fail         gone:1 (it cannot be had)
6 images: 2 to build, 1 to pull, 1 to push, 3 tags to move, 1 cannot be had, 2 already here
`,
  );
});
