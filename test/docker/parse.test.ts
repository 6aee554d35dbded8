import { describe, expect, it } from 'vitest';
import {
  parseExportedDigests,
  parseImageList,
  parseLabels,
  parseRemoteLabels,
  parseStoredImages,
} from '../../src/docker/parse.ts';

const CLASSIC = `{"Containers":"N/A","CreatedAt":"1970-01-01 00:00:00 +0000 UTC","CreatedSince":"56 years ago","Digest":"\\u003cnone\\u003e","ID":"sha256:fd831583bf42528053321559f86e8291ffb55429f3d818e680e6f032438bf6c0","Repository":"team/app","SharedSize":"N/A","Size":"1.98MB","Tag":"1.4-0123456789abcdef","UniqueSize":"N/A","VirtualSize":"1.984MB"}
{"Containers":"N/A","CreatedAt":"1970-01-01 00:00:00 +0000 UTC","CreatedSince":"56 years ago","Digest":"\\u003cnone\\u003e","ID":"sha256:fd831583bf42528053321559f86e8291ffb55429f3d818e680e6f032438bf6c0","Repository":"127.0.0.1:5999/team/app","SharedSize":"N/A","Size":"1.98MB","Tag":"1","UniqueSize":"N/A","VirtualSize":"1.984MB"}
{"Containers":"N/A","CreatedAt":"1970-01-01 00:00:00 +0000 UTC","CreatedSince":"56 years ago","Digest":"\\u003cnone\\u003e","ID":"sha256:696d3dc05be14448d74572571e7732ccf8b24fc9246810b5285ccb011f66554d","Repository":"docker-ensure-seed","SharedSize":"N/A","Size":"1.98MB","Tag":"1","UniqueSize":"N/A","VirtualSize":"1.984MB"}`;

const line = (repository: string, tag: string, id = 'sha256:1') =>
  JSON.stringify({ ID: id, Repository: repository, Tag: tag });

describe('the list of images', () => {
  it('is read as docker 26 prints it', () => {
    expect([...parseImageList(CLASSIC)]).toEqual([
      [
        'team/app:1.4-0123456789abcdef',
        'sha256:fd831583bf42528053321559f86e8291ffb55429f3d818e680e6f032438bf6c0',
      ],
      [
        '127.0.0.1:5999/team/app:1',
        'sha256:fd831583bf42528053321559f86e8291ffb55429f3d818e680e6f032438bf6c0',
      ],
      [
        'docker-ensure-seed:1',
        'sha256:696d3dc05be14448d74572571e7732ccf8b24fc9246810b5285ccb011f66554d',
      ],
    ]);
  });

  it.each([
    ['nothing', ''],
    ['blank lines', '\n  \n'],
    ['an image without a name', line('<none>', '<none>')],
    ['an image without a tag', line('team/app', '<none>')],
    ['a name that is none', line('Team/App', '1')],
  ])('leaves out %s', (_, stdout) => {
    expect([...parseImageList(stdout)]).toEqual([]);
  });

  it('has full names in their familiar form', () => {
    const stdout = [line('docker.io/library/x', 'latest', 'a'), line('docker.io/t/x', '1', 'b')];
    expect([...parseImageList(stdout.join('\r\n'))]).toEqual([
      ['x:latest', 'a'],
      ['t/x:1', 'b'],
    ]);
  });
});

describe('labels', () => {
  it.each([
    ['', []],
    ['\n \n', []],
    ['sha256:12 null', [['sha256:12', {}]]],
    ['sha256:12 {}\n', [['sha256:12', {}]]],
    [
      'sha256:12 {"a":"b c","d":""}\n\nsha256:34 null\n',
      [
        ['sha256:12', { a: 'b c', d: '' }],
        ['sha256:34', {}],
      ],
    ],
  ])('are read from %j', (stdout, labels) => {
    expect([...parseLabels(stdout)]).toEqual(labels);
  });
});

describe('the digest of what was exported', () => {
  it.each([
    ['{"image-1":{}}', []],
    ['{"containerimage.digest":"sha256:12"}', ['sha256:12']],
    ['{"image-1":{"containerimage.digest":"sha256:12"}}', ['sha256:12']],
    [
      '{"image-1":{"containerimage.config.digest":"sha256:12","containerimage.digest":"sha256:12"}}',
      ['sha256:12'],
    ],
    [
      '{\n  "buildx.build.ref": "default/default/x",\n  "containerimage.config.digest": "sha256:34",\n  "containerimage.digest": "sha256:12"\n}',
      ['sha256:12', 'sha256:34'],
    ],
  ])('is read from %s', (metadata, digests) => {
    expect(parseExportedDigests(metadata, 'image-1')).toEqual(new Map([['image-1', digests]]));
  });
});

describe('stored images', () => {
  it('are read with their tags, as old as their latest name; one that has neither has no time', () => {
    const stdout = `sha256:1 "2026-11-27T02:44:14.129Z" "2026-11-26T02:44:14.129Z" 12 {"a":"b c"}
sha256:2 null null 0 null
sha256:3 "0001-01-01T00:00:00Z" "2026-11-27T02:44:14.129Z" 3 {}
sha256:4 "0001-01-01T00:00:00Z" "0001-01-01T00:00:00Z" 4 {}
`;
    expect(parseStoredImages(stdout, new Map([['sha256:1', ['x:1', 'x:2']]]))).toEqual([
      {
        id: 'sha256:1',
        refs: ['x:1', 'x:2'],
        createdMs: 1795747454129,
        size: 12,
        labels: { a: 'b c' },
      },
      { id: 'sha256:2', refs: [], createdMs: null, size: 0, labels: {} },
      { id: 'sha256:3', refs: [], createdMs: 1795747454129, size: 3, labels: {} },
      { id: 'sha256:4', refs: [], createdMs: null, size: 4, labels: {} },
    ]);
  });
});

describe('the labels of an image in a registry', () => {
  const labels = { 'dev.docker-ensure.hash': 'x', other: 'y' };
  it.each([
    [{ image: { config: { Labels: labels } } }, labels],
    [
      { image: { 'linux/arm64': { config: {} }, 'linux/amd64': { config: { Labels: labels } } } },
      labels,
    ],
    [{ image: { config: { Labels: { other: 'y' } } } }, {}],
    [{ image: null }, {}],
    [{}, {}],
  ])('%j', (answer, found) => {
    expect(parseRemoteLabels(JSON.stringify(answer))).toEqual(found);
  });
});
