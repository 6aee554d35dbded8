import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadManifest } from '../../src/manifest/load.ts';
import { temporaryTree } from '../rig/temporary-tree.ts';
import { complaint } from './reading.ts';

const REGISTRIES = 'registries: { team: { server: registry.test } }\n';
const FILES = {
  'ensure.yaml': `${REGISTRIES}defaults: { version: "9" }
include: [services/*/ensure.yaml, "!services/old/*"]
images: { base: { build: {} } }
groups: { all: [base, web] }
`,
  'services/web/ensure.yaml': `${REGISTRIES}defaults: { registry: team }
images:
  web: { version: "\${WHO}-\${file:VERSION}", build: { parents: [base], dockerfile: ../Dockerfile } }
groups: { site: [web, api] }
`,
  'services/web/VERSION': '3',
  'services/web/.env': 'WHO=me\nWHAT=inner\n',
  '.env': 'WHAT=outer\n',
  'services/api/ensure.yaml': 'images: { api: { version: "${WHAT}" } }\n',
  'services/old/ensure.yaml': 'images: { web: }\n',
};

async function load(files: Record<string, string>, cwd = '.', file: string | null = null) {
  const folder = await temporaryTree(files);
  const options = { cwd: join(folder, cwd), file, envFiles: [], env: {} };
  return { folder, ...(await loadManifest(options)) };
}

async function wrong(files: Record<string, string>, cwd = '.') {
  return (await load(files, cwd)).diagnostics.map(complaint);
}

describe('manifests that are included', () => {
  test.each(['.', 'services/web', 'services'])('are one graph, seen from %s', async (cwd) => {
    const { manifest, diagnostics, folder } = await load(FILES, cwd);
    expect(diagnostics.map(complaint)).toEqual([]);
    expect(manifest?.folder).toBe(folder);
    expect([...(manifest?.images.keys() ?? [])]).toEqual(['base', 'api', 'web']);
    expect(Object.fromEntries(manifest?.groups ?? [])).toEqual({
      all: ['base', 'web'],
      site: ['web', 'api'],
    });
    const web = manifest?.images.get('web');
    expect(web).toMatchObject({ version: 'me-3', homes: [{ registry: { key: 'team' } }] });
    expect(web?.build?.parents.map(({ key }) => key)).toEqual(['base']);
    expect(web?.build?.directory).toBe(join(folder, 'services/web'));
    expect(web?.build?.dockerfile).toMatchObject({ path: join(folder, 'services/Dockerfile') });
    // Defaults are a file's own, and what the root's .env says counts more.
    expect(manifest?.images.get('api')).toMatchObject({ version: 'outer', homes: [] });
    expect(manifest?.files).toEqual(
      ['ensure.yaml', 'services/api/ensure.yaml', 'services/web/ensure.yaml'].map((path) =>
        join(folder, path),
      ),
    );
  });

  test('are found from one that is named, and from below the one that includes', async () => {
    const { manifest } = await load(FILES, 'services', 'web/ensure.yaml');
    expect([...(manifest?.images.keys() ?? [])]).toEqual(['base', 'api', 'web']);
  });

  test('may include others, and each other', async () => {
    const files = {
      'ensure.yaml': 'include: [a/ensure.yaml]\n',
      'a/ensure.yaml': 'include: ["**/more.yaml", ../ensure.yaml]\nimages: { a: }\n',
      'a/b/c/more.yaml': 'images: { c: }\n',
      'a/node_modules/x/more.yaml': 'images: { x: }\n',
    };
    const { manifest } = await load(files, 'a');
    expect([...(manifest?.images.keys() ?? [])]).toEqual(['a', 'c']);
  });

  test('are alone where nobody includes them', async () => {
    const { manifest } = await load(FILES, 'services/old');
    expect([...(manifest?.images.keys() ?? [])]).toEqual(['web']);
  });

  test.each([
    [
      { 'ensure.yaml': 'include: [b.yaml]\nimages: { a: }\n', 'b.yaml': 'images: { b: , a: }\n' },
      'b.yaml:1:16 `a` is an image of another manifest too (ensure.yaml:2:11) (rename one of the two)',
    ],
    [
      {
        'ensure.yaml': 'include: [b.yaml, c.yaml]\n',
        'b.yaml': `${REGISTRIES}images: { a: { registry: tem } }\n`,
        'c.yaml':
          'registries: { team: { server: other.test } }\nimages: { c: { version: , verson: 1 } }\n',
      },
      'b.yaml:2:26 no registry is called `tem` (did you mean `team`?)',
      'c.yaml:1:15 the registry `team` is another one in b.yaml:1:15 (rename one of the two, or say the same of both)',
      'c.yaml:2:27 the image `c` has no key `verson` (did you mean `version`?)',
    ],
    [
      { 'ensure.yaml': 'include: [no.yaml, "x/*.yaml"]\nimages: { a: }\n' },
      '1:11 there is no file no.yaml (check the path)',
      '1:20 warning: `x/*.yaml` matches no file (check the path: it starts at the folder of this file)',
    ],
    [
      { 'ensure.yaml': 'include: b.yaml\n' },
      '1:10 `include` must be a list of paths, not `b.yaml` (write `include: [b.yaml]`)',
    ],
    [{ 'ensure.yaml': 'groups: {}\n' }, '1:1 the manifest needs the key `images`'],
    [
      {
        'ensure.yaml': 'include: [b.yaml]\nimages: { a: }\ngroups: { g: [a] }\n',
        'b.yaml': 'images: { b: }\ngroups: { g: [b], a: [b] }\n',
      },
      'b.yaml:2:11 another group is called `g` too (ensure.yaml:3:11) (give the group another name)',
      'b.yaml:2:19 an image is called `a` too (ensure.yaml:2:11) (give the group another name)',
    ],
  ] as [Record<string, string>, ...string[]][])('%j', async (files, ...said) => {
    expect(await wrong(files)).toEqual(said);
  });

  test('have their mistakes told of in the right file, as it is called from here', async () => {
    const files = { ...FILES, 'services/web/ensure.yaml': 'images: { web: { verson: 1 } }\n' };
    expect(await wrong(files, 'services/api')).toContain(
      '../web/ensure.yaml:1:18 the image `web` has no key `verson` (did you mean `version`?)',
    );
  });
});
