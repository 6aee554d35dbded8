import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import type { ImageResult } from '../../src/model/plan.ts';
import { resultDocument } from '../../src/report/json.ts';

const schemaOf = (command: 'up' | 'plan') =>
  new URL(`../../schema/${command}.schema.json`, import.meta.url);

const done: ImageResult = {
  image: 'app',
  ref: 'app:1',
  registryRef: 'r.test/app:1',
  registries: [{ registry: 'team', ref: 'r.test/app:1', action: 'push' }],
  hash: 'a'.repeat(64),
  action: 'build',
  test: false,
  push: true,
  tag: ['r.test/app:latest', 'r.test/app:main'],
  reason: 'nowhere',
  outcome: 'done',
  durationMs: 12,
  failure: null,
};

describe('the result document', () => {
  it('has the tags that were moved, and how often something was tried again', () => {
    const document = JSON.parse(
      resultDocument('up', { results: [done], retries: 2, durationMs: 12.4 }),
    );
    expect(document).toEqual({
      format: 'docker-ensure/up/v1',
      images: [
        {
          image: 'app',
          ref: 'app:1',
          registry_ref: 'r.test/app:1',
          hash: 'a'.repeat(64),
          action: 'build',
          test: false,
          push: true,
          tag: ['r.test/app:latest', 'r.test/app:main'],
          reason: 'nowhere',
          outcome: 'done',
          duration_ms: 12,
          error: null,
        },
      ],
      summary: {
        none: 0,
        pull: 0,
        build: 1,
        push: 1,
        failed: 0,
        skipped: 0,
        retries: 2,
        duration_ms: 12,
      },
    });
  });

  it.each<[string, Partial<ImageResult>, ('up' | 'plan')?]>([
    ['a run', {}],
    ['a plan', { outcome: null, durationMs: 0 }, 'plan'],
    [
      'a plan that fails',
      { outcome: 'failed', failure: { code: 'not-found', message: 'no' } },
      'plan',
    ],
    ['an image without a registry', { registryRef: null, push: false, tag: [] }],
    ...(['not-in-registry', 'hash-mismatch', 'push-conflict', 'registry-timeout'] as const).map(
      (code): [string, Partial<ImageResult>] => [
        code,
        { outcome: 'failed', failure: { code, message: 'no' } },
      ],
    ),
  ])('is as its schema has it: %s', (_, more, command = 'up') => {
    const validate = new Ajv({ allowUnionTypes: true }).compile(
      JSON.parse(readFileSync(schemaOf(command), 'utf8')) as object,
    );
    const text = resultDocument(command, {
      results: [{ ...done, ...more }],
      retries: 0,
      durationMs: 1,
    });
    validate(JSON.parse(text));
    expect(validate.errors).toBeNull();
  });
});
