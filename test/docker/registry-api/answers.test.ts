import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  hashInConfig,
  parseManifest,
  parseToken,
  saysAbsent,
} from '../../../src/docker/registry-api/answers.ts';
import { HASH_LABEL } from '../../../src/model/image-labels.ts';

const OCI = 'application/vnd.oci.image';
const DOCKER = 'application/vnd.docker';
const digest = (character: string) => `sha256:${character.repeat(64)}`;
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});
const errors = (...codes: unknown[]) => ({ errors: codes.map((code) => ({ code })) });

describe('absent is', () => {
  it.each([
    [404, errors('MANIFEST_UNKNOWN'), true],
    [404, errors('NAME_UNKNOWN'), true],
    [404, errors('NOT_FOUND'), true],
    [404, errors('NAME_UNKNOWN', 'MANIFEST_UNKNOWN'), true],
    [404, errors('MANIFEST_UNKNOWN', 'DENIED'), false],
    [404, errors('BLOB_UNKNOWN'), false],
    [404, errors('UNSUPPORTED'), false],
    [404, errors(), false],
    [404, { errors: 'MANIFEST_UNKNOWN' }, false],
    [404, { errors: [null] }, false],
    [404, { code: 'MANIFEST_UNKNOWN' }, false],
    [404, '404 page not found', false],
    [404, '', false],
    [404, 'null', false],
    [401, errors('MANIFEST_UNKNOWN'), false],
    [403, errors('NAME_UNKNOWN'), false],
    [200, errors('MANIFEST_UNKNOWN'), false],
    [500, errors('MANIFEST_UNKNOWN'), false],
  ])('%i %j: %s', (status, body, absent) => {
    expect(saysAbsent(answer(status, body))).toBe(absent);
  });
});

const CONFIG = { mediaType: `${OCI}.config.v1+json`, digest: digest('c') };
const IMAGE = { schemaVersion: 2, config: CONFIG, layers: [] };
const part = (character: string, platform: object, more: object = {}) => ({
  mediaType: `${OCI}.manifest.v1+json`,
  digest: digest(character),
  platform,
  ...more,
});

describe('a manifest', () => {
  const read = (body: unknown, type: string, expected: string | null = null, more = {}) =>
    parseManifest(answer(200, body, { 'content-type': type, ...more }), expected);
  const own = digestOf(JSON.stringify(IMAGE));

  it.each([`${OCI}.manifest.v1+json`, `${DOCKER}.distribution.manifest.v2+json; charset=utf-8`])(
    'of an image, as %s',
    (type) =>
      expect(read(IMAGE, type)).toEqual({ is: 'image', digest: own, config: CONFIG.digest }),
  );

  it('of something that is no container image', () => {
    const chart = { ...IMAGE, config: { ...CONFIG, mediaType: 'application/vnd.cncf.helm' } };
    expect(read(chart, `${OCI}.manifest.v1+json`)).toMatchObject({ is: 'image', config: null });
  });

  it('of an index: the images, by platform, without what is said about them', () => {
    const manifests = [
      part('1', { os: 'linux', architecture: 'arm64' }),
      part('2', { os: 'linux', architecture: 'amd64' }),
      part('3', { os: 'unknown', architecture: 'unknown' }),
      part('4', {}, { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } }),
    ];
    const images = [digest('2'), digest('1')];
    for (const type of [`${OCI}.index.v1+json`, `${DOCKER}.distribution.manifest.list.v2+json`])
      expect(read({ manifests }, type)).toMatchObject({ is: 'index', images });
  });

  it.each([
    ['of an unknown type', IMAGE, `${DOCKER}.distribution.manifest.v1+prettyjws`],
    ['of a page', '<html>', 'text/html'],
    ['of an image, as a page', IMAGE, 'text/html'],
    ['that is cut off', '{"config":', `${OCI}.manifest.v1+json`],
    ['without a configuration', {}, `${OCI}.manifest.v1+json`],
    ['whose index is empty', {}, `${OCI}.index.v1+json`],
    [
      'with an index within',
      { manifests: [part('1', {}, { mediaType: `${OCI}.index.v1+json` })] },
      `${OCI}.index.v1+json`,
    ],
    [
      'with a digest that is a path',
      { config: { ...CONFIG, digest: '../../x' } },
      `${OCI}.manifest.v1+json`,
    ],
  ])('%s is none', (_, body, type) => {
    expect(read(body, type)).toBeNull();
  });

  it('must be what its digest says', () => {
    const type = `${OCI}.manifest.v1+json`;
    expect(read(IMAGE, type, own)).not.toBeNull();
    expect(read(IMAGE, type, digest('0'))).toBeNull();
    expect(read(IMAGE, type, null, { 'docker-content-digest': own })).not.toBeNull();
    expect(read(IMAGE, type, null, { 'docker-content-digest': digest('0') })).toBeNull();
  });

  it('comes with a 200', () => {
    const headers = { 'content-type': `${OCI}.manifest.v1+json` };
    for (const status of [206, 302, 404, 500])
      expect(parseManifest(answer(status, IMAGE, headers), null)).toBeNull();
  });
});

describe("a configuration's hash", () => {
  it.each([
    [{ config: { Labels: { [HASH_LABEL]: 'abc' } } }, 'abc'],
    [{ config: { Labels: { other: 'abc' } } }, null],
    [{ config: { Labels: null } }, null],
    [{ config: {} }, null],
    [{}, null],
    ['not JSON', undefined],
  ])('%j: %s', (body, hash) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    expect(hashInConfig(answer(200, text), digestOf(text))).toBe(hash);
    expect(hashInConfig(answer(200, text), digest('0'))).toBeUndefined();
    expect(hashInConfig(answer(404, text), digestOf(text))).toBeUndefined();
  });
});

describe('a token', () => {
  it.each([
    [200, { token: 'abc' }, 'abc'],
    [200, { access_token: 'abc' }, 'abc'],
    [200, { token: '', access_token: 'abc' }, 'abc'],
    [200, { token: 'a\r\nb' }, null],
    [200, { token: 7 }, null],
    [200, {}, null],
    [200, 'null', null],
    [200, 'abc', null],
    [401, { token: 'abc' }, null],
    [302, { token: 'abc' }, null],
  ])('%i %j: %s', (status, body, token) => {
    expect(parseToken(answer(status, body))).toBe(token);
  });
});
