import { expect, onTestFinished } from 'vitest';
import { registryFor } from '../rig/engine/index.ts';
import { contentsOf, fates, randomName, succeeded } from '../rig/engine-test.ts';
import { layoutFiles } from '../rig/layouts.ts';
import { inTurn } from '../rig/one-store.ts';
import type { Project, Result } from '../rig/project.ts';

const it = inTurn();

/** How many images have each fate. */
function counted(run: { readonly result: Result }): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const fate of Object.values(fates(run))) counts[fate] = (counts[fate] ?? 0) + 1;
  return counts;
}

/** Ensures the images, and gives their fates. */
const ensured = async ({ up }: Project, ...args: string[]) => counted(succeeded(await up(args)));

/** How many images would be built. */
async function planned({ run }: Project): Promise<number> {
  const { stdout } = succeeded(await run(['plan', '--json']));
  return (JSON.parse(stdout) as Result).images.filter(({ action }) => action === 'build').length;
}

it('sixty images of one root context: those are built anew that copy what was edited', async ({
  project,
  scope,
}) => {
  const here = await project(await layoutFiles('root-context', scope));
  expect(await ensured(here)).toEqual({ build: 60 });

  // What some copy, and what no Dockerfile copies.
  await here.write({ 'src/core/table.cc': 'edited', 'python/table.py': 'edited', 'src/new': '' });
  await here.write({ 'go/go.mod': 'edited' });
  expect(await ensured(here)).toEqual({ build: 6, none: 54 });
  await here.write({ 'ci/scripts/install_minio.sh': 'edited' });
  expect(await planned(here)).toBe(30);
  await here.write({ 'ci/scripts/install_sccache.sh': 'edited' });
  expect(await planned(here)).toBe(36);
  await here.write({ 'ci/scripts/setup_base.sh': 'edited' });
  expect(await planned(here)).toBe(60);
});

it('forty images of versions and variants, with their bases', async ({ project, scope }) => {
  const here = await project(await layoutFiles('version-matrix', scope));
  expect(await ensured(here)).toEqual({ build: 40 });

  await here.write({ 'install/alpine.sh': 'edited' });
  expect(await ensured(here)).toEqual({ build: 5 + 4, none: 31 });
  await here.write({ 'versions/3.12.lock': 'edited', 'versions/3.10.lock': 'edited' });
  expect(await planned(here)).toBe(8 + 4);
  await here.write({ 'base/slim/packages.txt': 'edited' });
  // Of the bases, the one that something is built on.
  expect(await ensured(here, 'newest')).toEqual({ build: 3, none: 6 });
});

it('a monorepo of twelve services on three bases, with a mirror of its registry', async ({
  project,
  engine,
  registry,
  images,
  scope,
}) => {
  const files = await layoutFiles('monorepo', scope);
  const mirror = await registryFor(engine, { name: `mirror-${randomName()}` });
  onTestFinished(() => mirror.stop());
  const hosts = `REGISTRY=${registry.host}\nMIRROR=${mirror.host}\n`;
  const here = await project({ ...files, '.env': hosts });
  expect(await ensured(here)).toEqual({ 'build+push': 15 });

  await here.write({ 'services/mailer/src/main': 'edited', 'services/mailer/README.md': 'edited' });
  await here.write({ 'services/admin/README.md': 'edited', 'libs/wire/NOTES.md': 'edited' });
  const inService = { cwd: `${here.folder}/services/mailer` };
  expect(counted(succeeded(await here.up([], inService)))).toEqual({ 'build+push': 1, none: 14 });
  await here.write({ 'libs/wire/order.proto': 'edited' });
  expect(await planned(here)).toBe(4);
  await here.write({ 'bases/python/toolchain.lock': 'edited' });
  expect(await planned(here)).toBe(4 + 1 + 3);

  const published = await contentsOf(registry, scope);
  expect(published).toHaveLength(15 + 1);
  expect(await contentsOf(mirror, scope)).toEqual(published);

  // Another machine, without those two edits, and a mirror that has lost what it had.
  for (const path of ['libs/wire/order.proto', 'bases/python/toolchain.lock'])
    await here.write({ [path]: files[path]! });
  await images.remove();
  expect(await ensured(here, 'billing')).toMatchObject({ pull: 1 });
  await mirror.reset();
  await images.remove();
  expect(await ensured(here, 'search')).toMatchObject({ pull: 1 });
  expect(await contentsOf(mirror, scope)).toEqual([]);
  expect(await ensured(here, 'search', '--require', 'both')).toMatchObject({ 'none+push': 1 });
  expect(await contentsOf(mirror, scope)).toEqual([expect.stringMatching(/\/search:/)]);
});
