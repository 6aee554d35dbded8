import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeDocker } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';

const MANIFEST = `images:
  base: { with_hash: true, build: { files: { only: [file] } } }
  app: { with_hash: true, build: { files: nothing, dockerfile_inline: "FROM base", parents: [base] } }
  other: { tags: [latest, stable], with_hash: true, build: { files: nothing, dockerfile_inline: "FROM scratch" } }
`;

/**
 * A project whose file gets another content each time docker is asked what is here, so many times.
 * `fails`: no build ends well.
 */
async function moving(times: number, fails = false) {
  let folder = '';
  let looks = 0;
  const docker = await fakeDocker(async ({ argv }) => {
    if (fails && argv[1] === 'bake') return { stderr: 'ERROR: no\n', exitCode: 1 };
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
  const tagged = docker.commands().filter((line) => line.startsWith('tag '));
  return { ...ran, before, after, builds, tagged, result: JSON.parse(ran.stdout) };
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

  it('is no matter to the tags of other images', async () => {
    const { exitCode, tagged, result } = await moving(1);
    expect(exitCode).toBe(0);
    const other = result.images[2];
    expect(other).toMatchObject({ image: 'other', tag: ['other:latest', 'other:stable'] });
    expect(tagged.filter((line) => line.endsWith(':latest'))).toHaveLength(1);
    expect(tagged.filter((line) => line.endsWith(':stable'))).toHaveLength(1);
  });

  it('is not listed again after a failure: its images are skipped', async () => {
    const { exitCode, stderr, builds, result } = await moving(1, true);
    expect({ exitCode, builds: builds.length }).toEqual({ exitCode: 1, builds: 1 });
    expect(stderr).not.toContain('they are read again');
    const ended = result.images.map(
      ({ image, outcome, reason, error }: Record<string, { code: string } | null>) => [
        image,
        outcome,
        error === null ? reason : error?.code,
      ],
    );
    expect(ended).toEqual([
      ['base', 'skipped', 'not started, since other failed'],
      ['app', 'skipped', 'not started, since other failed'],
      ['other', 'failed', 'build-failed'],
    ]);
    expect(result.summary).toMatchObject({ failed: 1, skipped: 2 });
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
