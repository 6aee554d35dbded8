import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { endedWith, leftIn, test } from '../rig/engine-test.ts';
import { onThisStore } from '../rig/one-store.ts';

const SIGNALS = [
  { signal: 'SIGINT', exitCode: 130 },
  { signal: 'SIGTERM', exitCode: 143 },
] as const;

test.for(onThisStore(SIGNALS))(
  '$signal stops the run with exit code $exitCode, and nothing half-done is left',
  async ({ signal, exitCode }, { project, images, scope }) => {
    const { start, cache, temporary } = await project({
      'ensure.yaml': `
      registries: { team: { server: "127.0.0.1:1", username: robot, password: secret-word } }
      images:
        slow: { name: ${scope}/slow, build: { files: nothing } }
        next: { name: ${scope}/next, build: { parents: [slow], files: nothing } }
        quick: { name: ${scope}/quick, build: { files: nothing, dockerfile_inline: "FROM docker-ensure-seed:1" } }
    `,
      Dockerfile: `FROM docker-ensure-seed:1\nRUN echo "${scope} has" begun; sleep 300\n`,
    });

    const run = start(['--debug', 'up', '--json']);
    // All three are in one group, of which one is done.
    await run.saw(`${scope} has begun`);
    await run.saw('quick  built');
    const configs = async () =>
      (await readdir(temporary)).filter((name) => name.startsWith('docker-ensure-config-'));
    expect(await configs()).toHaveLength(1);
    run.kill(signal);

    const { stdout, stderr } = endedWith(exitCode, await run.ended);
    expect(stdout).toBe('');
    expect(stderr).toMatch(new RegExp(`\nstopped by ${signal}\n$`));
    expect(await images.list()).toEqual([`${scope}/quick:latest`]);
    expect(await leftIn(temporary)).toEqual([]);
    // The folders of the images are kept for the next run, and claimed no more.
    const folder = expect.stringMatching(/^[0-9a-f]{16}$/);
    expect(await readdir(join(cache, 'staging'))).toEqual([folder, folder, folder]);
  },
);
