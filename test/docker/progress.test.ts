import { describe, expect, it } from 'vitest';
import { readProgress } from '../../src/docker/progress.ts';

const T0 = '2026-01-01T00:00:00.000000000Z';
const T1 = '2026-01-01T00:00:01.500000000Z';
const log = (vertex: string, text: string) => ({
  vertex,
  stream: 1,
  data: Buffer.from(text).toString('base64'),
  timestamp: T1,
});

/** What becomes of a stream of objects, each on a line of its own, or spread over lines. */
function read(targets: readonly string[], objects: readonly (object | string)[], spread = false) {
  const built: string[] = [];
  const lines: [string | null, string][] = [];
  const reader = readProgress(targets, {
    onBuilt: (target) => built.push(target),
    onLine: (target, line) => lines.push([target, line]),
  });
  for (const object of objects) {
    const text =
      typeof object === 'string' ? object : JSON.stringify(object, null, spread ? 2 : undefined);
    for (const line of text.split('\n')) reader.take(line);
  }
  return { built, lines, failed: reader.failedTarget() };
}

const step = (digest: string, name: string, more: object = {}) => ({
  vertexes: [{ digest, name, started: T0, ...more }],
});
const ended = (digest: string, name: string, more: object = {}) =>
  step(digest, name, { completed: T1, ...more });

describe('output that comes in parts', () => {
  it('is told though its last line has no end, before the end of the step', () => {
    const { lines } = read(
      ['image-1'],
      [
        step('a', '[image-1 2/3] RUN make'),
        { logs: [log('a', 'one\nno newli')] },
        { logs: [log('a', 'ne')] },
        ended('a', '[image-1 2/3] RUN make'),
      ],
    );
    expect(lines.map(([, line]) => line)).toEqual([
      '#1 [2/3] RUN make',
      '#1 1.500 one',
      '#1 1.500 no newline',
      '#1 DONE 1.5s',
    ]);
  });

  it('keeps a character together that comes in two parts', () => {
    const bytes = Buffer.from('größer\n');
    const part = (data: Buffer) => ({ ...log('a', ''), data: data.toString('base64') });
    const { lines } = read(
      ['image-1'],
      [
        step('a', '[image-1 2/3] RUN make'),
        { logs: [part(bytes.subarray(0, 3))] },
        { logs: [part(bytes.subarray(3))] },
      ],
    );
    expect(lines.at(-1)).toEqual(['image-1', '#1 1.500 größer']);
  });
});

describe.each([false, true])('the progress of a group, spread over lines: %s', (spread) => {
  it('tells each step of an image under its own name, and its output by line', () => {
    const { lines } = read(
      ['image-1'],
      [
        { vertexes: [{ digest: 'a', name: '[image-1 2/3] RUN make' }] },
        step('a', '[image-1 2/3] RUN make'),
        { logs: [log('a', 'one\ntw')] },
        {},
        { logs: [log('a', 'o\n')] },
        ended('a', '[image-1 2/3] RUN make'),
        ended('b', '[image-1 stage-1 1/2] COPY . /', { cached: true }),
        {
          statuses: [
            { vertex: 'b', id: 'exporting layers', completed: T1 },
            { vertex: 'b', id: 'exporting layers', completed: T1 },
            { vertex: 'b', id: 'not done yet' },
          ],
        },
      ],
      spread,
    );
    expect(lines).toEqual([
      ['image-1', '#1 [2/3] RUN make'],
      ['image-1', '#1 1.500 one'],
      ['image-1', '#1 1.500 two'],
      ['image-1', '#1 DONE 1.5s'],
      ['image-1', '#2 [stage-1 1/2] COPY . /'],
      ['image-1', '#2 CACHED'],
      ['image-1', '#2 exporting layers done'],
    ]);
  });

  it('gives a step that several images have to the one that comes first', () => {
    const { lines, failed } = read(
      ['image-1', 'image-2'],
      [
        step('a', '[image-2 2/2] RUN false'),
        step('a', '[image-1 2/2] RUN false'),
        ended('a', '[image-2 2/2] RUN false', { error: 'exit code: 1' }),
        ended('a', '[image-1 2/2] RUN false', { error: 'exit code: 1' }),
      ],
      spread,
    );
    expect(failed).toBe('image-1');
    expect(lines.slice(-1)).toEqual([['image-1', '#1 ERROR: exit code: 1']]);
  });

  it('tells an image built once it is exported, and once only', () => {
    const { built } = read(
      ['image-1', 'image-2', 'image-3', 'image-4'],
      [
        step('a', '[image-1] exporting to image'),
        ended('a', '[image-1] exporting to image'),
        ended('a', '[image-1] exporting to image'),
        ended('b', '[image-2] exporting to image', { error: 'context canceled' }),
        ended('c', '[image-3 1/1] RUN echo exporting to image'),
        ended('d', '[image-4] importing to docker'),
        ended('e', '[image-5] exporting to image'),
      ],
      spread,
    );
    expect(built).toEqual(['image-1', 'image-4']);
  });

  it.each([
    'process "sleep 9" did not complete: exit code: 137: context canceled',
    'rpc error: code = Unavailable desc = error reading from server: EOF',
    'rpc error: code = Unavailable desc = rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: only one connection allowed"',
  ])('tells what was called off from what failed: %s', (error) => {
    const { lines, failed } = read(
      ['image-1', 'image-2'],
      [
        ended('a', '[image-1 1/1] RUN sleep 9', { error }),
        ended('b', '[image-2 1/1] RUN x', { error: 'exit code: 3' }),
      ],
      spread,
    );
    expect(failed).toBe('image-2');
    expect(lines.map(([, line]) => line)).toContain('#1 CANCELED');
  });
});

it('passes on what is no progress', () => {
  const { lines } = read(['image-1'], ['Dockerfile:3', '{ not json }', 'ERROR: no']);
  expect(lines).toEqual([
    [null, 'Dockerfile:3'],
    [null, '{ not json }'],
    [null, 'ERROR: no'],
  ]);
});

it('knows the steps of a build of one image, which have no name before them', () => {
  const { lines, built } = read(
    ['image-1'],
    [ended('a', '[1/2] FROM x'), ended('b', 'exporting to image')],
  );
  expect(built).toEqual(['image-1']);
  expect(lines[0]).toEqual(['image-1', '#1 [1/2] FROM x']);
});
