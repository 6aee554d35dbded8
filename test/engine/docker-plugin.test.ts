import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { endedWith, succeeded, test } from '../rig/engine-test.ts';
import { temporaryFolder } from '../rig/temporary-tree.ts';

test('docker ensure: the plugin is linked, and docker calls it with its own options', async ({
  project,
  engine,
  images,
  scope,
}) => {
  const { run, folder } = await project({
    'ensure.yaml': `images:
  app: { name: ${scope}/app, build: { files: nothing, dockerfile_inline: "FROM docker-ensure-seed:1" } }
  slow: { name: ${scope}/slow, build: { files: nothing, dockerfile_inline: "FROM docker-ensure-seed:1\\nRUN sleep 60" } }
`,
  });
  const config = join(await temporaryFolder(), 'config');
  await cp(engine.env.DOCKER_CONFIG ?? '', config, { recursive: true, verbatimSymlinks: true });
  const cache = join(folder, '../plugin-cache');
  const own = { DOCKER_CONFIG: config, DOCKER_ENSURE_CACHE: cache, HOME: folder };
  const docker = (args: string[], env = {}) =>
    engine.docker(args, { cwd: folder, env: { ...own, ...env } });

  const install = () => run(['doctor', '--install-plugin'], { env: { DOCKER_CONFIG: config } });
  const told = `\`docker ensure\` is ${join(config, 'cli-plugins/docker-ensure')}`;
  expect(succeeded(await install()).stderr).toContain(told);
  expect(succeeded(await install()).stderr).toContain(told);

  expect(await docker(['ensure', 'ref', 'app'])).toMatchObject({
    exitCode: 0,
    stdout: `${scope}/app`,
  });
  expect((await docker(['--help'])).stdout).toMatch(
    /^ +ensure\* +Make sure that images are ready/m,
  );
  const help = await docker(['ensure', 'why', '--help']);
  expect(help.stdout).toContain('Usage: docker ensure why [options] <image>');
  expect(help.stdout).toContain('\n  docker ensure why app ');
  expect(await docker(['ensure', 'refs', '--format', 'loud'])).toMatchObject({ exitCode: 2 });

  // The engine is the one that docker was told of, whatever the environment says.
  const elsewhere = { DOCKER_HOST: 'tcp://127.0.0.1:1' };
  expect(await docker(['ensure', 'up', 'app'], elsewhere)).toMatchObject({ exitCode: 3 });
  const here = ['-H', engine.env.DOCKER_HOST ?? '', '-D', 'ensure', 'up', 'app'];
  const ran = await docker(here, elsewhere);
  expect(ran.exitCode, ran.stderr).toBe(0);
  expect(await images.id(`${scope}/app`)).not.toBeNull();

  // Docker is told to stop, and tells its plugin.
  const started = execa('docker', ['ensure', 'up', 'slow'], {
    ...{ cwd: folder, reject: false, stdin: 'ignore' },
    env: { ...engine.env, ...own },
  });
  let seen = '';
  await new Promise<void>((resolve) => {
    started.stderr.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes('slow  building')) resolve();
    });
    void started.then(() => resolve());
  });
  started.kill('SIGTERM');
  const stopped = await started;
  expect(stopped.stderr).toContain('stopped by SIGTERM');
  endedWith(143, { exitCode: stopped.exitCode ?? 0, stdout: '', stderr: stopped.stderr });
  expect(await images.id(`${scope}/slow`)).toBeNull();
});
