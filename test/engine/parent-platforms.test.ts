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

test('a parent is built for the platform that its child takes it for, or the child is refused', async ({
  engine,
  project,
  images,
  scope,
}) => {
  const { up, run } = await project({
    'ensure.yaml': `
      defaults: { build: { files: nothing } }
      images:
        base:
          name: ${scope}/base
          build: { platforms: [linux/amd64], files: { only: [word] }, dockerfile_inline: "FROM scratch\\nCOPY word /word" }
        wrong:
          name: ${scope}/wrong
          build: { platforms: [linux/arm64], parents: [base], dockerfile_inline: "FROM ${scope}/base" }
        newer:
          name: ${scope}/newer
          build: { platforms: [linux/amd64/v2], parents: [base], dockerfile_inline: "FROM ${scope}/base" }
        cross:
          name: ${scope}/cross
          build:
            platforms: [linux/arm64]
            parents: [base]
            dockerfile_inline: |
              ARG NAME=${scope}
              FROM --platform=linux/amd64 $$NAME/base AS base
              FROM scratch
              COPY --from=base /word /copy
        native: { name: ${scope}/native, build: { dockerfile_inline: "FROM docker-ensure-seed:1\\nRUN echo tool >/tool" } }
        made: { name: ${scope}/made, build: { platforms: [linux/arm64], dockerfile: On-native } }
        own: { name: ${scope}/own, build: { dockerfile: On-native } }
    `,
    'On-native': [
      `FROM --platform=$BUILDPLATFORM ${scope}/native AS native`,
      'ARG TARGETARCH',
      'RUN echo "$(cat /tool) for $TARGETARCH" >/out',
      'FROM scratch',
      'COPY --from=native /out /out',
    ].join('\n'),
    word: 'for all',
  });
  const { stderr } = endedWith(2, await run(['up', 'wrong']));
  expect(stderr).toContain(
    `takes the parent \`base\` of \`wrong\` for linux/arm64, but it is built for linux/amd64`,
  );
  expect(await images.id(`${scope}/base`)).toBeNull();

  const good = ['newer', 'cross', 'made', 'own'];
  expect(fates(succeeded(await up(good)))).toEqual(
    Object.fromEntries(['base', 'native', ...good].map((key) => [key, 'build'])),
  );
  const platform = async (name: string) => {
    const format = '{{.Architecture}}/{{.Variant}}';
    return (await engine.docker(['image', 'inspect', '--format', format, `${scope}/${name}`]))
      .stdout;
  };
  expect(await platform('newer')).toBe('amd64/v2');
  expect(await platform('cross')).toBe('arm64/');

  // A parent for any platform is built for the machine's own, and used as that by what is made for another.
  const [native] = (await platform('native')).split('/');
  const output = async (name: string, architecture = '') => {
    expect(await platform(name)).toBe(`${architecture}/`);
    const how = ['--platform', `linux/${architecture}`, `${scope}/${name}`, 'x'];
    const { stdout: id } = await engine.docker(['create', ...how]);
    const { stdout } = await engine.docker(['cp', `${id}:/out`, '-']);
    await engine.docker(['rm', id]);
    return /tool for \w*/.exec(stdout)?.[0];
  };
  expect(await output('made', 'arm64')).toBe('tool for arm64');
  expect(await output('own', native)).toBe(`tool for ${native}`);
});
