import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeDocker } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';

const MANIFEST = `images:
  base: { with_hash: true, build: { files: { only: [file] } } }
  app: { with_hash: true, build: { files: nothing, dockerfile_inline: "FROM base", parents: [base] } }
  other: { build: { files: nothing, dockerfile_inline: "FROM scratch" } }
`;

/** A project whose file gets another content each time docker is asked what is here, so many times. */
async function moving(times: number) {
  let folder = '';
  let looks = 0;
  const docker = await fakeDocker(async ({ argv }) => {
    if (argv[1] !== 'ls') return undefined;
    looks += 1;
    if (looks <= times) await writeFile(join(folder, 'file'), `content ${looks}`);
    return undefined;
  });
  const project = await makeProject(
    { 'ensure.yaml': MANIFEST, Dockerfile: 'FROM scratch\nCOPY file /\n', file: 'as it was' },
    { env: docker.env },
  );
  folder = project.folder;
  const refOf = async () => (await project.run(['ref', 'base'])).stdout.trim();
  const before = await refOf();
  const ran = await project.run(['up', '--json']);
  const after = await refOf();
  const builds = docker.calls.filter(({ argv }) => argv[1] === 'bake').map(({ stdin }) => stdin);
  return { ...ran, before, after, builds, result: JSON.parse(ran.stdout) };
}

describe('a file that moves between being listed and being copied', () => {
  it('is listed once more, and the images have the names of what is there', async () => {
    const { exitCode, stderr, before, after, builds, result } = await moving(1);
    expect({ exitCode, isOther: before !== after }).toEqual({ exitCode: 0, isOther: true });
    expect(stderr).toContain(
      'note: files of base, app changed while they were read: they are read again\n',
    );
    expect(builds.join('')).not.toContain(before);
    expect(builds.join('')).toContain(`name=${after}`);
    const refs = result.images.map(({ image, ref, outcome }: Record<string, string>) => [
      image,
      image === 'base' ? ref : '',
      outcome,
    ]);
    expect(refs).toEqual([
      ['base', after, 'done'],
      ['app', '', 'done'],
      ['other', '', 'done'],
    ]);
  });

  it('fails its image, and what is built on it, where it moves again', async () => {
    const { exitCode, builds, result } = await moving(9);
    expect(exitCode).toBe(1);
    expect(builds.join('')).not.toContain('name=base');
    const ended = result.images.map(
      (image: { outcome: string; error: { code: string } | null }) => [
        image.outcome,
        image.error?.code,
      ],
    );
    expect(ended).toEqual([
      ['failed', 'inputs-changed'],
      ['failed', 'inputs-changed'],
      ['done', undefined],
    ]);
    expect(result.images[0].error.message).toMatch(
      /^file was changed while the files of base:[0-9a-f]{16} were listed and copied, so it was not built$/,
    );
  });
});
