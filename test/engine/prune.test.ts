import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { expect } from 'vitest';
import { succeeded, test } from '../rig/engine-test.ts';

const SCHEMA = new URL('../../schema/prune.schema.json', import.meta.url);

test('prune: removes what is no longer current, and nothing else', async ({
  project,
  engine,
  images,
  registry,
  scope,
}) => {
  const manifest = (step: number) => `
    registries: { team: { server: "${registry.host}" } }
    defaults: { with_hash: true, build: { files: nothing } }
    images:
      app:
        name: ${scope}/app
        version: "1"
        registry: team
        tags: [latest]
        build: { dockerfile_inline: "FROM docker-ensure-seed:1\\nCOPY <<E /step\\n${step}\\nE\\n" }
  `;
  const { up, run, write } = await project({ 'ensure.yaml': manifest(0) });
  const refs: string[] = [];
  for (const step of [0, 1, 2, 3]) {
    await write({ 'ensure.yaml': manifest(step) });
    succeeded(await up());
    refs.push((await run(['ref', 'app'])).stdout.trim());
  }
  const [first = '', second = '', third = '', current = ''] = refs;
  // What somebody else has put beside them.
  const foreign = `${scope}/app:1-0123456789abcdef`;
  await engine.docker(['tag', 'docker-ensure-seed:1', foreign]);
  const container = await engine.docker(['create', third, 'true']);
  const before = await images.list();

  // Nobody can be asked here.
  const refused = await run(['prune']);
  expect(refused).toEqual({
    exitCode: 2,
    stdout: '',
    stderr:
      'error: nothing is removed without a yes, and there is no terminal to ask on\n  help: add --yes, or --dry-run to see what would be removed\n',
  });
  const dry = succeeded(await run(['prune', '--dry-run', '--json']));
  const document = JSON.parse(dry.stdout);
  const validate = new Ajv().compile(JSON.parse(await readFile(SCHEMA, 'utf8')));
  expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  const outcomes = document.images
    .filter(({ ref }: { ref: string }) => ref.startsWith(scope))
    .map(({ ref, outcome, reason }: Record<string, string>) => [ref, outcome, reason]);
  expect(outcomes).toEqual([
    [current, 'kept', 'current'],
    [third, 'kept', 'in-use'],
    [second, 'stale', null],
    [first, 'stale', null],
  ]);
  expect(await images.list()).toEqual(before);

  const kept = succeeded(await run(['prune', '--keep', '1', '--yes']));
  expect(kept.stdout).toBe('');
  expect(kept.stderr).toContain(`${second}  kept (it is one of the newest)`);
  expect(kept.stderr).toContain(`${first}  removed`);
  const young = succeeded(await run(['prune', '--older-than', '1h', '--yes']));
  expect(young.stderr).toMatch(/kept \(it is too young\)[\s\S]*\nnothing to remove\n$/);
  expect(await images.id(second)).not.toBeNull();

  await engine.docker(['container', 'rm', container.stdout]);
  const all = succeeded(await run(['prune', '--yes']));
  expect(all.stderr).toMatch(/\n4 tags removed: up to [\d.]+ [kM]?B\n$/);
  const left = [current, foreign, `${scope}/app:latest`];
  expect((await images.list()).filter((ref) => ref.startsWith(scope))).toEqual(left.sort());
  expect(succeeded(await run(['prune', '--yes'])).stderr).toMatch(/\nnothing to remove\n$/);
  // The registry still has all of them.
  expect(await engine.docker(['pull', '-q', `${registry.host}/${first}`])).toMatchObject({
    exitCode: 0,
  });
});

test('prune: an image of metadata alone is as old as its name; a mistake removes nothing', async ({
  project,
  images,
  scope,
}) => {
  const { up, run, write } = await project({
    'ensure.yaml': `images: { app: { name: ${scope}/app, with_hash: true, build: { files: nothing } } }`,
    Dockerfile: 'FROM scratch\nENV A=0\n',
  });
  succeeded(await up());
  await write({ Dockerfile: 'FROM scratch\nENV A=1\n' });
  succeeded(await up());
  // Of itself it says that it is of 1970, or nothing.
  const young = succeeded(await run(['prune', '--older-than', '1h', '--yes']));
  expect(young.stderr).toMatch(
    / {2}kept \(it is too young\) {2}\d+ B, .* old\nnothing to remove\n$/,
  );
  await write({ Dockerfile: 'FRM scratch\n' });
  const before = await images.list();
  const ran = await run(['prune', '--yes']);
  expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ran.stderr).toContain('error: ');
  expect(await images.list()).toEqual(before);
});
