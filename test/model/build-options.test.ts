import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import schema from '../../schema/ensure.schema.json' with { type: 'json' };
import { bakeArgv, bakeDefinition } from '../../src/docker/bake.ts';
import { buildArgv } from '../../src/docker/build-argv.ts';
import { inputsDocument } from '../../src/inputs/document.ts';
import { type BuildOptions, mapOptions, OPTION_ROWS } from '../../src/model/build-options.ts';
import { resolveText } from '../../src/model/text.ts';
import { readBuild } from '../manifest/reading.ts';
import { imagine, NO_OPTIONS } from '../rig/imagined.ts';

/** The keys of `build` that are no plain options: each has a logic of its own, and tests of its own. */
const OF_THEIR_OWN = [
  'additional_contexts',
  'cache',
  'directory',
  'dockerfile',
  'dockerfile_inline',
  'files',
  'interval',
  'metadata',
  'parents',
  'platforms',
];

interface Key {
  readonly examples: readonly unknown[];
  readonly 'x-hashed': string;
}

const keys: ReadonlyMap<string, Key> = new Map(Object.entries(schema.definitions.build.properties));
const VARIABLES = { REPO_TOKEN: 'hunter2', NPM_TOKEN: 'hunter2' };

test('each key of `build` is a plain option or has a logic of its own', () => {
  const known = [...OPTION_ROWS.map(([, { key }]) => key), ...OF_THEIR_OWN];
  expect(known.sort()).toEqual([...keys.keys()].sort());
});

/** All that docker is told of a build, in either way. */
function toldTo(options: BuildOptions<string>): { baked: string; plain: string } {
  const { build } = imagine('app', { buildKeys: options });
  const staged = {
    context: '/staged/context',
    dockerfile: '/staged/Dockerfile',
    additionalContexts: new Map<string, string>(),
    metadataFile: '/staged/metadata',
  };
  const request = { key: 'app', build: build!, names: ['app:1'], staged };
  const group = { builds: [request], offline: false, onBuilt: () => {}, onLog: () => {} };
  return {
    baked: [bakeDefinition(group), ...bakeArgv(group)].join('\n'),
    plain: buildArgv(request, false).join('\n'),
  };
}

describe.each(OPTION_ROWS)('the option %s', (name, { key, hashed }) => {
  const written = stringify({ [key]: keys.get(key)?.examples[0] });
  const options = mapOptions(readBuild(written, VARIABLES), (text) => resolveText(text, () => ''));

  test('is read, and nothing else with it', () => {
    expect(options[name]).not.toEqual(NO_OPTIONS[name]);
    expect({ ...options, [name]: NO_OPTIONS[name] }).toEqual(NO_OPTIONS);
  });

  test(`is ${hashed ? '' : 'not '}hashed, as the schema says`, () => {
    const least = { dockerfile: '', files: '', platforms: ['linux/amd64'] };
    const document = JSON.parse(inputsDocument({ ...least, ...options }).document);
    expect(key in document).toBe(hashed);
    expect(keys.get(key)?.['x-hashed'] !== 'no').toBe(hashed);
  });

  test('is passed to docker', () => {
    const nothing = toldTo(NO_OPTIONS);
    const told = toldTo(options);
    expect(told.baked).not.toBe(nothing.baked);
    expect(told.plain).not.toBe(nothing.plain);
  });
});
