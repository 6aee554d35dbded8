import { readdir } from 'node:fs/promises';
import { expect } from 'vitest';
import { spyOnDocker } from '../rig/docker-spy.ts';
import { contentsOf, endedWith, fates, pushAs, succeeded, test } from '../rig/engine-test.ts';

test('plan says what would be done, does nothing, and is right', async ({
  project,
  engine,
  registry,
  images,
  scope,
}) => {
  const { up, run, cache } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${registry.host}" } }
      defaults: { version: 1, build: { files: nothing } }
      images:
        kept: { name: docker-ensure-seed }
        pulled: { name: ${scope}/pulled, registry: team, build: { parents: [kept] } }
        built:
          name: ${scope}/built
          registry: team
          build: { parents: [unpushed], dockerfile: built.Dockerfile }
        unpushed: { name: ${scope}/unpushed, build: { parents: [kept] } }
        gone: { name: ${scope}/gone, registry: team }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\n',
    'built.Dockerfile': `FROM ${scope}/unpushed:1\n`,
  });
  await pushAs(engine, 'docker-ensure-seed:1', `${registry.host}/${scope}/pulled:1`);
  const before = { here: await images.list(), there: await contentsOf(registry, scope) };
  const answered = (await registry.accessLog()).length;
  const wanted: readonly string[] = ['kept', 'pulled', 'built'];
  const plan = { kept: 'none', pulled: 'pull', unpushed: 'build', built: 'build+push' };

  const docker = await spyOnDocker(engine);
  const planned = succeeded(await up(['--dry-run', ...wanted], { env: docker.env }));
  const shown = succeeded(await run(['plan', ...wanted], { env: docker.env }));
  expect(fates(planned)).toEqual(plan);
  expect(planned.result.images.map(({ outcome }) => outcome)).toEqual(Array(4).fill(undefined));
  expect(shown.stderr).toBe('');
  expect(shown.stdout.split('\n')).toEqual([
    `kept      keep         docker-ensure-seed:1 (already here)`,
    `pulled    pull         ${scope}/pulled:1 (not here, but in the registry)`,
    `unpushed  build        ${scope}/unpushed:1 (not here)`,
    `built     build, push  ${scope}/built:1 (neither here nor in the registry)`,
    '4 images: 2 to build, 1 to pull, 1 to push, 1 already here',
    '',
  ]);

  expect(await images.list()).toEqual(before.here);
  expect(await contentsOf(registry, scope)).toEqual(before.there);
  const asked = (await registry.accessLog()).slice(answered);
  expect(asked.filter((line) => !/"(GET|HEAD) /.test(line))).toEqual([]);
  const commands = (await docker.calls()).map((argv) => argv.slice(0, 3).join(' '));
  // The registry is asked over HTTP, and answers all.
  expect([...new Set(commands)]).toEqual(['image ls --no-trunc']);
  // Compiled code and what was parsed of the manifest is all that a plan keeps.
  expect((await readdir(cache)).sort()).toEqual(['code', 'manifests']);

  // What cannot be had is told, and is the run's failure.
  const all = endedWith(1, await run(['plan']));
  expect(all.stdout).toContain(`gone      fail         ${scope}/gone:1 (`);
  expect(all.stdout).toMatch(/, 1 cannot be had, 1 already here\n$/);
  expect(all.stderr).toMatch(/^error: gone: .*\(not-found\)\n {2}help: /);
  endedWith(4, await run(['plan', '--check', ...wanted]));

  expect(fates(succeeded(await up(wanted)))).toEqual(plan);
  expect(fates(succeeded(await up(['--dry-run', ...wanted])))).toEqual({
    kept: 'none',
    pulled: 'none',
    built: 'none',
  });
  succeeded(await run(['plan', '--check', ...wanted]));
});
