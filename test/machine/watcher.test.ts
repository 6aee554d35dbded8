import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, onTestFinished } from 'vitest';
import { watchFiles } from '../../src/machine/watcher.ts';

it('sees the first file in a folder that was empty', async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'docker-ensure-watch-')));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await mkdir(join(root, 'empty/deep'), { recursive: true });
  await writeFile(join(root, 'known'), '');
  const watcher = await watchFiles([root], [join(root, 'known')]);
  onTestFinished(() => watcher.close());
  await writeFile(join(root, 'empty/deep/first'), '');
  await watcher.changed;
});
