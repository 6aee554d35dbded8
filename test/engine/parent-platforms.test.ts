import { expect } from 'vitest';
import { endedWith, fates, pushAs, succeeded, test } from '../rig/engine-test.ts';

const ARCHITECTURES = ['amd64', 'arm64'];

test('a parent that is not built here is had for the platform of each child', async ({
  engine,
  project,
  registry,
  images,
  scope,
}) => {
  const docker = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await engine.docker(args);
    expect(exitCode, stderr).toBe(0);
    return stdout;
  };
  const remote = `${registry.host}/${scope}/base`;
  const child = (name: string, platform: string, lines: string) => `
        ${name}:
          name: ${scope}/${name}
          build: { parents: [base], platforms: [${platform}], dockerfile_inline: "${lines}" }`;
  const plain = `FROM ${scope}/base:1\\nCOPY --from=${remote}:1 /word /copy`;
  const { up, folder } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${registry.host}" } }
      defaults: { build: { files: nothing } }
      images:
        base: { name: ${scope}/base, version: 1, registry: team }${child('one', 'linux/amd64', plain)}${child('two', 'linux/arm64', plain)}${child(
          'cross',
          'linux/arm64',
          `FROM --platform=$$BUILDPLATFORM ${scope}/base:1 AS tool\\nFROM scratch\\nCOPY --from=tool /word /copy`,
        )}${child('none', 'linux/s390x', plain)}
    `,
    ...Object.fromEntries(
      ARCHITECTURES.flatMap((name) => [
        [`${name}/word`, `for ${name}`],
        [`${name}/Dockerfile`, `FROM scratch\nENV WHO=${name}\nCOPY word /word\n`],
      ]),
    ),
  });
  for (const name of ARCHITECTURES) {
    const ref = `${scope}/made:${name}`;
    const how = ['--platform', `linux/${name}`, '--provenance=false', '--load', '--tag', ref];
    await docker('buildx', 'build', ...how, `${folder}/${name}`);
    await pushAs(engine, ref, `${remote}:${name}`);
  }
  const parts = ARCHITECTURES.map((name) => `${remote}:${name}`);
  await docker('buildx', 'imagetools', 'create', '--tag', `${remote}:1`, ...parts);
  await images.remove(...ARCHITECTURES.map((name) => `${scope}/made:${name}`));

  const made = async (name: string, architecture: string) => {
    const ref = `${scope}/${name}`;
    const id = await docker('create', '--platform', `linux/${architecture}`, ref, 'x');
    const copy = await docker('cp', `${id}:/copy`, '-');
    await docker('rm', id);
    const { WHO = '' } = await images.env(ref);
    return [WHO, /for \w+/.exec(copy)?.[0]];
  };

  // Nothing is here: the only child says for which platform.
  expect(fates(succeeded(await up(['two'])))).toEqual({ base: 'pull', two: 'build' });
  expect(await made('two', 'arm64')).toEqual(['arm64', 'for arm64']);

  // An image of another platform is here under the tag.
  await images.remove();
  await docker('pull', '--quiet', '--platform', 'linux/amd64', `${remote}:1`);
  expect(fates(succeeded(await up(['one', 'two', 'cross'])))).toEqual({
    base: 'none',
    one: 'build',
    two: 'build',
    cross: 'build',
  });
  expect(await made('one', 'amd64')).toEqual(['amd64', 'for amd64']);
  expect(await made('two', 'arm64')).toEqual(['arm64', 'for arm64']);
  expect(await made('cross', 'arm64')).toEqual(['', expect.stringMatching(/^for /)]);

  // What the registry does not have is not made of something else, and nor is it without one.
  const { stderr } = endedWith(1, await up(['none']));
  expect(stderr).toMatch(/no match for platform in manifest|does not have it for linux\/s390x/);
  const kept = endedWith(1, await up(['none', '--no-pull']));
  expect(kept.stderr).toContain(
    `${scope}/base:1 is here for linux/amd64, but ${scope}/none takes it for linux/s390x, and it may not be pulled`,
  );
  expect(await images.id(`${scope}/none`)).toBeNull();
});
