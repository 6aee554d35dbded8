import { expect } from 'vitest';
import { contentsOf, endedWith, fates, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn('containerd');

const containersOf = async (
  engine: { docker: (args: string[]) => Promise<{ stdout: string }> },
  image: string,
) => (await engine.docker(['ps', '--all', '--quiet', '--filter', `ancestor=${image}`])).stdout;

test('test: nothing is published before it has passed, nor what is built on it', async ({
  project,
  registry,
  images,
  engine,
  scope,
}) => {
  const { up, write } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${registry.host}" } }
      defaults: { registry: team, with_hash: true, build: { files: nothing } }
      images:
        base:
          name: ${scope}/base
          tags: [latest]
          test:
            - { command: [test, -f, /bin/sh] }
            - command: ['echo said by the test, $$TOKEN; cat /data/said; exit \${CODE:-3}']
              entrypoint: [sh, -c]
              env: { TOKEN: }
              mounts: [./data:/data]
          build: { dockerfile_inline: "FROM docker-ensure-seed:1\\nENV N=\${N:-1}" }
        child: { name: ${scope}/child, build: { parents: [base], dockerfile_inline: "FROM ${scope}/base\\nENV M=1" } }
        shellless:
          name: ${scope}/shellless
          test: { command: [sh, -c, "true"] }
          build: { dockerfile_inline: "FROM scratch\\nLABEL a=${scope}" }
    `,
    'data/said': 'and by a mount\n',
  });
  const TOKEN = 'word-of-the-test';
  const both = ['base', 'child'];

  const failed = endedWith(1, await up(both, { env: { TOKEN } }));
  expect(fates(failed)).toEqual({ base: 'failed', child: 'skipped' });
  expect(failed.result.images.map(({ error, reason }) => [error?.code, reason])).toEqual([
    ['test-failed', 'neither here nor in the registry'],
    [undefined, 'built, but not published: its parent base failed'],
  ]);
  expect(failed.stderr).toContain('said by the test, ***\n');
  expect(failed.stderr).toContain('and by a mount\n');
  expect(failed.stderr + failed.stdout).not.toContain(TOKEN);
  expect(await contentsOf(registry, scope)).toEqual([]);
  expect(await images.id(`${scope}/base:latest`)).toBeNull();

  // They are here, and not taken for ready: the same test fails again, and nothing is built.
  const again = endedWith(1, await up(both, { env: { TOKEN } }));
  expect(fates(again)).toEqual({ base: 'failed', child: 'skipped' });
  expect(await contentsOf(registry, scope)).toEqual([]);

  const env = { TOKEN, CODE: '0' };
  const plan = succeeded(await up([...both, '--dry-run'], { env }));
  const passed = succeeded(await up(both, { env }));
  expect(fates(passed)).toEqual({ base: 'none+push', child: 'none+push' });
  for (const { result } of [plan, passed])
    expect(result.images.map((image) => [image.test, image.tag.length])).toEqual([
      [true, 1],
      [false, 0],
    ]);
  expect(await contentsOf(registry, scope)).toHaveLength(3);
  const idle = succeeded(await up(both, { env: { TOKEN } }));
  expect(idle.result.images.map((image) => image.test)).toEqual([false, false]);

  // One that is pulled is not tested.
  await images.remove();
  const pulled = succeeded(await up(['base'], { env: { TOKEN } }));
  expect([fates(pulled), pulled.result.images[0]?.test]).toEqual([{ base: 'pull' }, false]);

  // Untested is unpublished.
  const untested = succeeded(await up(['base', '--no-test'], { env: { ...env, N: '2' } }));
  expect(fates(untested)).toEqual({ base: 'build' });
  expect(untested.stderr).toContain('nothing was tested (--no-test), so nothing is pushed');
  expect(await contentsOf(registry, scope)).toHaveLength(3);
  const made = succeeded(await up(['base'], { env: { ...env, N: '2' } }));
  expect(fates(made)).toEqual({ base: 'none+push' });
  expect(made.result.images[0]?.tag).toHaveLength(1);

  const shellless = endedWith(1, await up(['shellless']));
  expect(shellless.result.images[0]?.error?.message).toBe(
    'its test `sh -c true` could not be started: sh: No such file or directory',
  );
  await write({ 'data/said': '' });
  for (const { ref } of [...passed.result.images, ...shellless.result.images])
    expect(await containersOf(engine, ref)).toBe('');
});

it('test: a signal ends its container with the run, and so does its timeout', async ({
  project,
  engine,
  scope,
}) => {
  const { start, up } = await project({
    'ensure.yaml': `
      images:
        stubborn:
          name: ${scope}/stubborn
          test: { command: [sh, -c, "trap '' TERM; echo ${scope} has begun; sleep 300"], timeout: "\${TIME:-5m}" }
          build: { files: nothing, dockerfile_inline: "FROM docker-ensure-seed:1\\nENV N=1" }
    `,
  });
  const image = `${scope}/stubborn:latest`;
  const run = start(['--debug', 'up']);
  await run.saw(`| ${scope} has begun`);
  expect(await containersOf(engine, image)).not.toBe('');
  run.kill('SIGINT');
  endedWith(130, await run.ended);
  expect(await containersOf(engine, image)).toBe('');

  const late = endedWith(1, await up([], { env: { TIME: '2s' } }));
  expect(late.result.images[0]?.error?.message).toContain('was not done within 2 s');
  expect(await containersOf(engine, image)).toBe('');
});
