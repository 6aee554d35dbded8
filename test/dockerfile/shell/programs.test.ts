import { describe, expect, test } from 'vitest';
import { readDockerfile } from '../../../src/dockerfile/read.ts';
import { programsOf } from '../../../src/dockerfile/shell/programs.ts';

/** The calls in a RUN. */
function calls(run: string): string[] {
  const source = { path: 'D', text: `FROM scratch\n${run}\n` };
  const [stage] = readDockerfile(source, new Map()).stages;
  const [instruction] = stage?.instructions ?? [];
  if (instruction === undefined) throw new Error('no instruction');
  return programsOf(instruction).map(({ name, args }) => [name, ...args].join(' '));
}

describe('the programs that a RUN calls', () => {
  test.each([
    ['RUN a', ['a']],
    ['RUN a b && c || d; e | f & g', ['a b', 'c', 'd', 'e', 'f', 'g']],
    ['RUN --mount=type=cache,target=/a --network=none a b', ['a b']],
    ['RUN A=1 B="x y" c d', ['c d']],
    ['RUN A=1', []],
    ['RUN sudo -E -u root /usr/bin/a b', ['a b']],
    ['RUN env -i A=b c', ['c']],
    ['RUN timeout -k 5 30 a b', ['a b']],
    ['RUN exec nice -n 5 nohup time a b', ['a b']],
    ['RUN command a b; command -v c', ['a b']],
    ['RUN if ! a b; then c; elif d; then e; else f; fi', ['a b', 'c', 'd', 'e', 'f', 'fi']],
    ['RUN while a; do b; done', ['a', 'b', 'done']],
    ['RUN { a; } && (b; c)', ['a', '}', 'b', 'c']],
    ['RUN a "b && c" \'d; e\' f\\;g', ['a b && c d; e f;g']],
    ['RUN a "b \\"c\\" $(d \\"e\\") f" g', ['d "e"', 'a b "c" $() f g']],
    ['RUN a "$(b "$(c d)" e)" f', ['c d', 'b $() e', 'a $() f']],
    ['RUN a `b c` d', ['b c', 'a $() d']],
    ['RUN a $((1 + 2)) ${B:-c; d} e', ['a $((1 + 2)) ${B:-c; d} e']],
    ['RUN a 2>/dev/null >b <c 2>&1 &>d d >>e', ['a d']],
    ['RUN a <<<b c', ['a c']],
    ['RUN a b#c # d && e', ['a b#c']],
    ['RUN a \\\n  b && \\\n  # c\n\n  d', ['a b', 'd']],
    ['RUN a=(b c) && d', ['d']],
    ['RUN case "$A" in b) c d;; *) e;; esac', ['case $A in b', 'c d', '*', 'e', 'esac']],
    ['RUN ["a", "b c"]', ['a b c']],
    ['RUN ["/bin/sh", "-ec", "a && b"]', ['a', 'b']],
    ['RUN sh -c "a b; c" && d', ['a b', 'c', 'd']],
    ["RUN bash -o pipefail -c 'a | b'", ['a', 'b']],
    ['RUN sh ./script.sh', ['sh ./script.sh']],
    ["RUN a 'b", ['a b']],
    ['RUN a "b', ['a b']],
    ['RUN a $(b', ['b', 'a $()']],
  ])('%j', (run, expected) => {
    expect(calls(run)).toEqual(expected);
  });

  test.each([
    ['RUN <<EOF\na b\n# c\nd && \\\n  e\nEOF', ['a b', 'd', 'e']],
    ['RUN <<-"EOF"\n\ta\n\tEOF', ['a']],
    ['RUN <<EOF\n#!/bin/bash -e\na\nEOF', ['a']],
    ['RUN <<EOF\n#!/usr/bin/env python3\na\nEOF', []],
    ['RUN <<EOF bash\na\nEOF', ['bash', 'a']],
    ['RUN bash -s <<EOF\na\nEOF', ['bash -s', 'a']],
    ['RUN cat <<EOF >/x && b\na\nEOF', ['cat', 'b']],
    ['RUN cat <<A | sh && b <<B\na\nA\nc\nB', ['cat', 'sh', 'b']],
    ['RUN <<EOF\ncat <<X\na\nX\nb\nEOF', ['cat', 'b']],
    ['RUN <<EOF\na\n', ['a']],
  ])('heredocs: %j', (run, expected) => {
    expect(calls(run)).toEqual(expected);
  });

  test('nothing where the shell is not one of these', () => {
    const text = '# escape=`\nFROM scratch\nRUN a b\n';
    const [stage] = readDockerfile({ path: 'D', text }, new Map()).stages;
    expect(stage?.instructions.flatMap(programsOf)).toEqual([]);
  });
});
