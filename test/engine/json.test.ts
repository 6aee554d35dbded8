import { Ajv } from 'ajv';
import { expect } from 'vitest';
import planSchema from '../../schema/plan.schema.json' with { type: 'json' };
import schema from '../../schema/up.schema.json' with { type: 'json' };
import { REGISTRY_FAULTS } from '../../src/model/failure.ts';
import { endedWith, pushAs, succeeded } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn();

const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
const validate = ajv.compile(schema);
const validatePlan = ajv.compile(planSchema);

/** Expects a document to be one that the schema describes. */
function expectValid(document: unknown): void {
  validate(document);
  expect(validate.errors ?? []).toEqual([]);
}

it('--json prints one document that the shipped schema describes, whatever happened', async ({
  project,
  engine,
  registry,
  scope,
}) => {
  const { run, up } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${registry.host}" } }
      defaults: { build: { files: nothing } }
      images:
        kept: { name: docker-ensure-seed, version: 1 }
        pulled: { name: ${scope}/pulled, version: 1, registry: team }
        built: { name: ${scope}/built, registry: team, with_hash: true, build: { parents: [kept] } }
        broken: { name: ${scope}/broken, build: { dockerfile: Broken, parents: [kept] } }
        above: { name: ${scope}/above, build: { parents: [broken], dockerfile: Above } }
        nowhere: { name: ${scope}/nowhere, remote_policy: none }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\n',
    Above: `FROM ${scope}/broken\n`,
    Broken: 'FROM docker-ensure-seed:1\nRUN exit 1\n',
  });
  await pushAs(engine, 'docker-ensure-seed:1', `${registry.host}/${scope}/pulled:1`);

  const planned = endedWith(1, await run(['up', '--json', '--dry-run']));
  validatePlan(JSON.parse(planned.stdout));
  expect(validatePlan.errors).toBeNull();

  const { stdout, result } = endedWith(1, await up(['--keep-going']));
  expectValid(result);
  expect(stdout).toBe(`${JSON.stringify(result, null, 2)}\n`);
  const [hash] = result.images.flatMap((image) => (image.image === 'built' ? image.hash : []));
  const done = {
    tag: [],
    test: false,
    outcome: 'done',
    duration_ms: expect.any(Number),
    error: null,
  };
  expect(result).toEqual({
    format: 'docker-ensure/up/v1',
    images: [
      {
        ...done,
        image: 'kept',
        ref: 'docker-ensure-seed:1',
        registry_ref: null,
        hash: null,
        action: 'none',
        push: false,
        reason: 'already here',
      },
      {
        ...done,
        image: 'pulled',
        ref: `${scope}/pulled:1`,
        registry_ref: `${registry.host}/${scope}/pulled:1`,
        hash: null,
        action: 'pull',
        push: false,
        reason: 'not here',
      },
      {
        ...done,
        image: 'built',
        ref: `${scope}/built:${hash?.slice(0, 16)}`,
        registry_ref: `${registry.host}/${scope}/built:${hash?.slice(0, 16)}`,
        hash,
        action: 'build',
        push: true,
        reason: 'neither here nor in the registry',
      },
      expect.objectContaining({ image: 'broken', action: 'build', outcome: 'failed' }),
      expect.objectContaining({ image: 'above', outcome: 'skipped' }),
      expect.objectContaining({ image: 'nowhere', action: 'none', outcome: 'failed' }),
    ],
    summary: {
      none: 1,
      pull: 1,
      build: 1,
      push: 1,
      failed: 2,
      skipped: 1,
      retries: 0,
      duration_ms: expect.any(Number),
    },
  });

  const quiet = succeeded(await run(['--quiet', 'up', '--json', 'kept', 'pulled', 'built']));
  expect(quiet.stderr).toBe('');
  expectValid(JSON.parse(quiet.stdout));
});

it('the schema describes every key, and knows every kind of registry failure', () => {
  const { image, error, summary } = schema.definitions;
  for (const { properties } of [schema, image, error, summary]) {
    for (const [key, { description, $ref }] of Object.entries<{
      description?: string;
      $ref?: string;
    }>(properties)) {
      expect(description ?? $ref, key).toBeTruthy();
    }
  }
  for (const fault of REGISTRY_FAULTS) {
    expect(error.properties.code.enum).toContain(`registry-${fault}`);
  }
  const unknown = { format: 'docker-ensure/up/v1', images: [], summary: {}, more: 1 };
  expect(validate(unknown)).toBe(false);
});
