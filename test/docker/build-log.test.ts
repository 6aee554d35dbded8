import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  type BuildFailure,
  explainBuildFailure,
  type StagedDockerfile,
} from '../../src/docker/build-log.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/docker/builds/', import.meta.url));

const DOCKERFILE: StagedDockerfile = { name: 'Dockerfile', shown: 'app/Dockerfile' };

/** What is said of each recorded build; test/rig/record-docker.ts runs and records them. */
const CASES: Readonly<Record<string, BuildFailure>> = {
  'bad-flag': {
    message: 'dockerfile parse error on line 2: unknown flag: chmode (did you mean chmod?)',
    log: [
      'app/Dockerfile:2',
      '   1 |     FROM docker-ensure-seed:1',
      '   2 | >>> COPY --chmode=644 present.txt /',
    ],
  },
  'bad-reference': {
    message:
      'failed to parse stage name "Team/App:1": invalid reference format: repository name (App) must be lowercase',
    log: ['app/Dockerfile:1', '   1 | >>> FROM Team/App:1'],
  },
  'blank-base': {
    message: 'base name (${BASE}) should not be blank',
    log: ['app/Dockerfile:2', '   1 |     ARG BASE', '   2 | >>> FROM ${BASE}'],
  },
  'command-not-found': {
    message: '[2/2] RUN compile --all failed with exit code 127',
    log: [
      '/bin/sh: compile: not found',
      'app/Dockerfile:2',
      '   1 |     FROM docker-ensure-seed:1',
      '   2 | >>> RUN compile --all',
    ],
  },
  'control-characters': {
    message: String.raw`[2/2] RUN printf 'one\r 10%%\r100%%\n\033[31mred\033[0m\n\033[2Jcleared\a\ttab\n\xff\xfe not UTF-8\n'; exit 1 failed with exit code 1`,
    log: [
      'one\r 10%\r100%',
      '\u001b[31mred\u001b[0m',
      '\u001b[2Jcleared\u0007\ttab',
      '\ufffd\ufffd not UTF-8',
      'app/Dockerfile:2',
      '   1 |     FROM docker-ensure-seed:1',
      String.raw`   2 | >>> RUN printf 'one\r 10%%\r100%%\n\033[31mred\033[0m\n\033[2Jcleared\a\ttab\n\xff\xfe not UTF-8\n'; exit 1`,
    ],
  },
  'failing-heredoc': {
    message: '[2/2] RUN <<SCRIPT (set -e...) failed with exit code 1',
    log: [
      'first',
      'app/Dockerfile:2',
      '   1 |     FROM docker-ensure-seed:1',
      '   2 | >>> RUN <<SCRIPT',
      '   3 | >>> set -e',
      '   4 | >>> echo first',
      '   5 | >>> false',
      '   6 | >>> SCRIPT',
    ],
  },
  'failing-run': {
    message:
      '[4/4] RUN echo "about to fail" &&     cat missing.txt &&     echo never failed with exit code 1',
    log: [
      'about to fail',
      "cat: can't open 'missing.txt': No such file or directory",
      'app/Dockerfile:4',
      '   3 |     COPY present.txt .',
      '   4 | >>> RUN echo "about to fail" && \\',
      '   5 | >>>     cat missing.txt && \\',
      '   6 | >>>     echo never',
      '   7 |     CMD ["cat", "present.txt"]',
    ],
  },
  'failing-run-quotes': {
    message: `[2/2] RUN ["sh", "-c", "echo 'did not complete successfully: exit code: 9'; exit 42"] failed with exit code 42`,
    log: [
      'did not complete successfully: exit code: 9',
      'app/Dockerfile:2',
      '   1 |     FROM docker-ensure-seed:1',
      `   2 | >>> RUN ["sh", "-c", "echo 'did not complete successfully: exit code: 9'; exit 42"]`,
    ],
  },
  killed: {
    message: "[2/2] RUN sh -c 'kill -9 $$'; exit $? failed with exit code 137",
    log: [
      'Killed',
      'app/Dockerfile:2',
      '   1 |     FROM docker-ensure-seed:1',
      "   2 | >>> RUN sh -c 'kill -9 $$'; exit $?",
    ],
  },
  'long-lines': {
    message:
      "[2/2] RUN head -c 20000 /dev/zero | tr '\\0' x; echo; echo short; exit 1 failed with exit code 1",
    log: [
      `${'x'.repeat(500)}…`,
      'short',
      'app/Dockerfile:2',
      '   1 |     FROM docker-ensure-seed:1',
      "   2 | >>> RUN head -c 20000 /dev/zero | tr '\\0' x; echo; echo short; exit 1",
    ],
  },
  'many-lines': {
    message: '[2/2] RUN seq 1 60; exit 1 failed with exit code 1',
    log: [
      ...Array.from({ length: 20 }, (_, index) => String(41 + index)),
      'app/Dockerfile:2',
      '   1 |     FROM docker-ensure-seed:1',
      '   2 | >>> RUN seq 1 60; exit 1',
    ],
  },
  // The step's title is cut, and what it prints is not taken for what docker says.
  'misleading-output': {
    message: String.raw`[2/2] RUN printf '#1 ERROR: not ours\n#5 [1/1] RUN nothing\nERROR: not ours either\nDockerfile:1\n   1 | FROM elsewhere\n# a comment\n\n  indented\nCannot connect to the Docker daemon at unix:///x. Is… failed with exit code 1`,
    log: [
      '#1 ERROR: not ours',
      '#5 [1/1] RUN nothing',
      'ERROR: not ours either',
      'Dockerfile:1',
      '   1 | FROM elsewhere',
      '# a comment',
      '',
      '  indented',
      'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?',
      'app/Dockerfile:2',
      '   1 |     FROM docker-ensure-seed:1',
      String.raw`   2 | >>> RUN printf '#1 ERROR: not ours\n#5 [1/1] RUN nothing\nERROR: not ours either\nDockerfile:1\n   1 | FROM elsewhere\n# a comment\n\n  indented\nCannot connect to the Docker daemon at unix:///x. Is the docker daemon running?\n'; exit 1`,
    ],
  },
  'missing-copy': {
    message: '[2/2] COPY present.txt absent.txt /app/ failed: "/absent.txt": not found',
    log: [
      'app/Dockerfile:2',
      '   1 |     FROM docker-ensure-seed:1',
      '   2 | >>> COPY present.txt absent.txt /app/',
    ],
  },
  'missing-from-stage': {
    message:
      '[stage-1 2/2] COPY --from=tools /no/such/file /app/ failed: lstat /no/such/file: no such file or directory',
    log: [
      'app/Dockerfile:3',
      '   1 |     FROM docker-ensure-seed:1 AS tools',
      '   2 |     FROM docker-ensure-seed:1',
      '   3 | >>> COPY --from=tools /no/such/file /app/',
    ],
  },
  'missing-secret': {
    message:
      '[stage-0 2/2] RUN --mount=type=secret,id=token,required=true cat /run/secrets/token failed: secret token: not found',
    log: [
      'app/Dockerfile:2',
      '   1 |     FROM docker-ensure-seed:1',
      '   2 | >>> RUN --mount=type=secret,id=token,required=true cat /run/secrets/token',
    ],
  },
  'multi-stage': {
    message: '[compile 3/3] RUN echo "error: no such function" >&2; exit 2 failed with exit code 2',
    log: [
      'error: no such function',
      'app/Dockerfile:3',
      '   1 |     FROM docker-ensure-seed:1 AS compile',
      '   2 |     RUN echo compiling',
      '   3 | >>> RUN echo "error: no such function" >&2; exit 2',
      '   4 |     ',
      '   5 |     FROM docker-ensure-seed:1 AS docs',
    ],
  },
  'no-from': {
    message: 'no build stage in current context',
    log: ['app/Dockerfile:1', '   1 | >>> RUN echo hello'],
  },
  'no-instructions': {
    message: 'file with no instructions',
    log: ['app/Dockerfile:1', '   1 | >>> # only a comment'],
  },
  'no-newline-at-end': {
    message: '[2/2] RUN false failed with exit code 1',
    log: ['app/Dockerfile:2', '   1 |     FROM docker-ensure-seed:1', '   2 | >>> RUN false'],
  },
  'no-shell': {
    message: '[1/1] RUN echo hello failed with exit code 1',
    log: [
      'runc run failed: unable to start container process: exec: "/bin/sh": stat /bin/sh: no such file or directory',
      'app/Dockerfile:2',
      '   1 |     FROM scratch',
      '   2 | >>> RUN echo hello',
    ],
  },
  'target-in-the-middle': {
    message: '[one 3/3] RUN exit 5 failed with exit code 5',
    log: [
      'app/Dockerfile:4',
      '   2 |     FROM docker-ensure-seed:1 AS one',
      '   3 |     RUN echo one',
      '   4 | >>> RUN exit 5',
      '   5 |     FROM docker-ensure-seed:1 AS two',
      '   6 |     RUN echo two',
    ],
  },
  'two-failures': {
    message:
      '[quick 2/2] RUN echo quick begins; sleep 1; echo quick fails; exit 3 failed with exit code 3',
    log: [
      'quick begins',
      'quick fails',
      'app/Dockerfile:4',
      '   2 |     RUN echo slow begins; sleep 5; exit 4',
      '   3 |     FROM docker-ensure-seed:1 AS quick',
      '   4 | >>> RUN echo quick begins; sleep 1; echo quick fails; exit 3',
      '   5 |     FROM docker-ensure-seed:1',
      '   6 |     COPY --from=slow /bin/sh /slow',
    ],
  },
  'unknown-base': {
    message:
      '127.0.0.1:1/team/nowhere:1 cannot be had: failed to do request: Head "https://127.0.0.1:1/v2/team/nowhere/manifests/1": dial tcp 127.0.0.1:1: connect: connection refused',
    log: [
      'app/Dockerfile:1',
      '   1 | >>> FROM 127.0.0.1:1/team/nowhere:1',
      '   2 |     RUN echo hello',
    ],
  },
  'unknown-instruction': {
    message: 'dockerfile parse error on line 2: unknown instruction: RUM (did you mean RUN?)',
    log: [
      'app/Dockerfile:2',
      '   1 |     FROM docker-ensure-seed:1',
      '   2 | >>> RUM echo hello',
      '   3 |     CMD ["sh"]',
    ],
  },
  'unknown-target': { message: 'target stage "release" could not be found', log: [] },
  'unterminated-heredoc': {
    message: 'unterminated heredoc',
    log: [
      'app/Dockerfile:2',
      '   1 |     FROM docker-ensure-seed:1',
      '   2 | >>> RUN <<END',
      '   3 | >>> echo hello',
    ],
  },
};

describe('a failed build', () => {
  it('is recorded for each case', () => {
    const recorded = readdirSync(FIXTURES).filter((name) => name !== 'context');
    expect(recorded.sort()).toEqual(Object.keys(CASES).sort());
  });

  const stores = ['classic', 'containerd'] as const;
  it.each(Object.keys(CASES).flatMap((name) => stores.map((store) => ({ name, store }))))(
    'is explained: $name, $store store',
    ({ name, store }) => {
      const output = readFileSync(`${FIXTURES}${name}/${store}.txt`, 'utf8').replace(/\n$/, '');
      expect(explainBuildFailure(output.split('\n'), [DOCKERFILE])).toEqual(CASES[name]);
    },
  );
});

describe('the explanation', () => {
  it.each<[string, readonly string[], string]>([
    ['nothing', [], 'the build failed'],
    ['blank lines', ['', ' '], 'the build failed'],
    ['a word without a prefix', ['#0 building', 'it went wrong', ''], 'it went wrong'],
    [
      'an error before the build',
      ['ERROR: no builder "remote" found'],
      'no builder "remote" found',
    ],
    [
      'a base image that cannot be had',
      [
        'ERROR: failed to solve: alpine: failed to resolve source metadata for docker.io/library/alpine:latest: pull access denied',
      ],
      'docker.io/library/alpine:latest cannot be had: pull access denied',
    ],
  ])('of %s', (_, lines, message) => {
    expect(explainBuildFailure(lines, [DOCKERFILE])).toEqual({ message, log: [] });
  });

  it('is of the step that the error repeats, where several failed', () => {
    const lines = [
      '#5 [a 2/2] RUN a',
      '#5 0.1 from a',
      '#6 [b 2/2] RUN b',
      '#6 0.1 from b',
      '#5 ERROR: process "/bin/sh -c a" did not complete successfully: exit code: 1',
      '#6 ERROR: process "/bin/sh -c b" did not complete successfully: exit code: 2',
      'ERROR: failed to solve: process "/bin/sh -c b" did not complete successfully: exit code: 2',
    ];
    expect(explainBuildFailure(lines, [DOCKERFILE])).toEqual({
      message: '[b 2/2] RUN b failed with exit code 2',
      log: ['from b'],
    });
  });

  it('does not take #50 for #5', () => {
    const lines = [
      '#5 [1/2] RUN a',
      '#50 [2/2] RUN b',
      '#50 0.1 from b',
      '#5 0.1 from a',
      '#5 ERROR: gone',
      'ERROR: failed to solve: gone',
    ];
    expect(explainBuildFailure(lines, [DOCKERFILE])).toEqual({
      message: '[1/2] RUN a failed: gone',
      log: ['from a'],
    });
  });

  it('cuts no character in two', () => {
    const line = `${'x'.repeat(499)}\u{1f600}${'y'.repeat(9)}`;
    const lines = ['#5 [1/1] RUN a', `#5 0.1 ${line}`, '#5 ERROR: gone', 'ERROR: gone'];
    expect(explainBuildFailure(lines, [DOCKERFILE]).log).toEqual([`${'x'.repeat(499)}…`]);
  });
});
