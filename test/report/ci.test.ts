import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/model/event.ts';
import type { ImageResult } from '../../src/model/plan.ts';
import { annotations, type CiOptions, createCiReport, summaryTable } from '../../src/report/ci.ts';

const log = (image: string, line: string): RunEvent => ({
  type: 'step-log',
  image,
  step: 'build',
  line,
});
const end = (image: string, result: 'done' | 'failed'): RunEvent => ({
  ...{ type: 'step-done', image, step: 'build', ref: image, durationMs: 5, result },
});

/** What a CI system gets beside the plain lines, each of which is its event's type here. */
function written(events: readonly RunEvent[], options: Partial<CiOptions> = {}): string {
  let text = '';
  const report = createCiReport(
    ({ type }) => {
      text += `${type}\n`;
    },
    {
      system: 'github',
      write: (more) => {
        text += more;
      },
      now: () => 1_700_000_000_500,
      pathOf: (shown) => `repo/${shown}`,
      withoutLogs: false,
      ...options,
    },
  );
  for (const event of events) report(event);
  return text;
}

const TWO_BUILDS = [
  log('app', '#1 one'),
  log('base/x', '::error::not a command'),
  log('app', '\u001b[31mtwo ##[group]\u001b[0m'),
  end('base/x', 'done'),
  end('app', 'failed'),
];

describe('logs of builds', () => {
  it('fold for GitHub, and are no commands', () => {
    expect(written(TWO_BUILDS)).toBe(`step-log
step-log
step-log
step-done
::group::build log of base/x
| ::error::not a command
::endgroup::
step-done
::group::build log of app
| #1 one
| two ## [group]
::endgroup::
`);
  });

  it('fold for GitLab', () => {
    const mark = (kind: string, more = '') =>
      `\u001b[0Ksection_${kind}:1700000000:docker_ensure_base_x${more}\r\u001b[0K`;
    expect(written(TWO_BUILDS.slice(1, 4), { system: 'gitlab' })).toBe(
      `step-log\nstep-log\nstep-done\n${mark('start', '[collapsed=true]')}build log of base/x\n::error::not a command\n${mark('end')}\n`,
    );
  });

  it('are not shown where they were not wanted, nor where there are none', () => {
    const plain = TWO_BUILDS.map(({ type }) => `${type}\n`).join('');
    expect(written(TWO_BUILDS, { withoutLogs: true })).toBe(plain);
    expect(written([end('app', 'done')])).toBe('step-done\n');
  });
});

describe('marks', () => {
  const source = { path: 'ensure.yaml', text: 'a: 1\nb, c: 2\n' };
  const failed: RunEvent = {
    type: 'image-failed',
    image: 'app',
    failure: {
      code: 'build-failed',
      message: 'exit 7: 100%\nof it',
      advice: 'look',
      log: ['app/Dockerfile:3', '   3 | >>> RUN exit 7'],
    },
  };

  it('stand at the lines of mistakes and doubts', () => {
    const diagnostics = [
      {
        severity: 'error',
        code: 'bad-value',
        message: 'wrong',
        advice: 'right',
        place: { source, start: 8, end: 9 },
      },
      { severity: 'warning', code: 'own-base', message: '50% odd' },
    ] as const;
    expect(annotations(diagnostics, { pathOf: (shown) => `a:b,c/${shown}` })).toBe(
      '::error file=a%3Ab%2Cc/ensure.yaml,line=2,col=4,title=bad-value::wrong%0Aright\n' +
        '::warning title=own-base::50%25 odd\n',
    );
  });

  it('stand at the line of the Dockerfile where a build failed', () => {
    expect(written([failed])).toBe(
      'image-failed\n::error file=repo/app/Dockerfile,line=3,title=app%3A build-failed::exit 7: 100%25%0Aof it%0Alook\n',
    );
  });

  it('are not for GitLab', () => {
    expect(written([failed], { system: 'gitlab' })).toBe('image-failed\n');
  });
});

it('a table sums a run up', () => {
  const result: ImageResult = {
    image: 'app',
    ref: 'team/app:1',
    registryRef: null,
    registries: [],
    hash: null,
    action: 'build',
    test: false,
    push: true,
    tag: [],
    reason: 'not here',
    outcome: 'done',
    durationMs: 1234,
    failure: null,
  };
  const failure = { code: 'build-failed', message: 'a | b\nc' } as const;
  expect(
    summaryTable([result, { ...result, push: false, outcome: 'failed', failure }]),
  ).toBe(`### docker-ensure

| image | action | outcome | reference | time |
|---|---|---|---|---|
| app | build, push | done | \`team/app:1\` | 1.2 s |
| app | build | failed: a \\| b c | \`team/app:1\` | 1.2 s |

`);
});
