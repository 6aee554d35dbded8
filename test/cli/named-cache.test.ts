import { existsSync } from 'node:fs';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fakeDocker, having } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';

it('a project that is the cache folder keeps its files, whatever they are called, as inputs', async () => {
  const own = ['code', 'staging', 'labels', 'hashes', 'manifests', 'owed', 'locks', 'buildx'];
  const files = own.flatMap((folder) =>
    [...Array(30).keys()].map((at) => [`${folder}/f${at}.test.ts`, `${at}`] as const),
  );
  const docker = await fakeDocker();
  const manifest = 'images: { app: { with_hash: true, build: { files: all } } }\n';
  const project = await makeProject(
    { ...Object.fromEntries(files), 'ensure.yaml': manifest, Dockerfile: 'FROM scratch\n' },
    { env: docker.env },
  );
  const options = { env: { DOCKER_ENSURE_CACHE: project.folder } };
  for (const args of [['up'], ['up', '--force'], ['ref', 'app']])
    expect(await project.run(args, options)).toMatchObject({ exitCode: 0 });
  expect(files.filter(([path]) => !existsSync(join(project.folder, path)))).toEqual([]);
  const listed = JSON.parse((await project.run(['inputs', '--files', 'app'], options)).stdout);
  expect(Object.keys(listed).sort()).toEqual([...files.map(([path]) => path), 'Dockerfile'].sort());
});

it('staging folders that are too old go with a run that stages, and stay with one that does not', async () => {
  let isHere = true;
  const docker = await fakeDocker((call) => (isHere ? having('app:latest')(call) : undefined));
  const manifest =
    'images: { app: { build: { files: nothing, dockerfile_inline: FROM scratch } } }\n';
  const project = await makeProject({ 'ensure.yaml': manifest }, { env: docker.env });
  const staging = join(project.cache, 'staging');
  const old = join(staging, '0123456789abcdef');
  await mkdir(old, { recursive: true });
  await writeFile(join(old, 'size'), '1');
  const longAgo = new Date(Date.now() - 30 * 24 * 60 * 60 * 1000);
  await utimes(join(old, 'size'), longAgo, longAgo);

  expect(await project.run(['up'])).toMatchObject({ exitCode: 0 });
  expect(existsSync(old)).toBe(true);
  isHere = false;
  expect(await project.run(['up'])).toMatchObject({ exitCode: 0 });
  expect(existsSync(old)).toBe(false);
  expect(await readdir(staging)).toHaveLength(1);
});
