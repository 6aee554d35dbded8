import { chmod, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { endedWith, fates, succeeded, test } from '../rig/engine-test.ts';
import { commitAll, eventsOf, git, seenOf } from '../rig/seen-tree.ts';

test('the tree of the user is not touched, whatever becomes of the builds', async ({
  project,
  images,
  scope,
}) => {
  const { up, run, folder } = await project({
    'ensure.yaml': `
      defaults: { version: 1, build: { directory: app } }
      images:
        usual: { name: ${scope}/usual, build: {} }
        only: { name: ${scope}/only, build: { files: { only: [src] } } }
        nothing: { name: ${scope}/nothing, build: { files: nothing } }
        writing: { name: ${scope}/writing, build: { dockerfile: Writing, files: all } }
        more: { name: ${scope}/more, build: { additional_contexts: { config: ./config } } }
        failing: { name: ${scope}/failing, build: { dockerfile: Failing } }
    `,
    'app/Dockerfile': 'FROM docker-ensure-seed:1\nCOPY . /c\n',
    'app/Writing': [
      'FROM docker-ensure-seed:1',
      'RUN --mount=type=bind,target=/mnt,rw echo spoilt >/mnt/src/a; rm /mnt/.dockerignore; touch /mnt/new',
      'COPY . /c',
      'RUN chmod -R 700 /c && rm -r /c/src',
    ].join('\n'),
    'app/Failing': 'FROM docker-ensure-seed:1\nCOPY . /c\nRUN exit 1\n',
    'app/.dockerignore': 'ignored\n',
    'app/ignored': 'i',
    'app/src/a': 'a',
    'app/src/run': { text: 'r', mode: 0o755 },
    'app/src/odd': { text: 'o', mode: 0o640 },
    'app/src/own': { text: 'o', mode: 0o600 },
    'app/src/root': { text: 'r', mode: 0o4750 },
    'app/README': { text: 'read only', mode: 0o444 },
    'config/.dockerignore': '*.tmp',
    'config/setting': 'on',
  });
  await symlink('src/a', join(folder, 'app', 'link'));
  await utimes(join(folder, 'app/src'), 1_000_000_000, 1_000_000_000);
  await utimes(join(folder, 'app/src/a'), 1_000_000_000, 1_000_000_000);
  await chmod(join(folder, 'app/src'), 0o750);
  await commitAll(folder);
  const before = await seenOf(folder);
  const events = eventsOf(folder);

  const first = endedWith(1, await up(['--keep-going']));
  expect(fates(first)).toMatchObject({ usual: 'build', writing: 'build', failing: 'failed' });
  expect(await seenOf(folder)).toEqual(before);

  // The same files that the first run staged are still what the next one sees.
  const modes = 'stat -c %a . src src/odd src/own src/root';
  expect(await images.run(`${scope}/usual:1`, `cd /c; ${modes}; cat src/a`)).toBe(
    '755\n755\n644\n644\n755\na',
  );
  succeeded(await run(['up', '--force', 'usual', 'writing', 'more']));
  expect(await seenOf(folder)).toEqual(before);

  for (const command of [['validate'], ['inputs', '--files', 'usual'], ['ref', 'only']]) {
    succeeded(await run(command));
  }
  expect(await seenOf(folder)).toEqual(before);
  expect(events).toEqual([]);
  // Without a refresh of git's index: a moved ctime would be a changed file.
  await git(folder, 'diff-index', '--quiet', 'HEAD');
});
