import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadManifest } from '../../src/manifest/load.ts';
import { LAYOUTS } from '../rig/layouts.ts';
import { fileOf, temporaryTree } from '../rig/temporary-tree.ts';

/** Has no image, can pull none, and writes down what it builds. */
const DOCKER = `#!/bin/sh
case $1 in
  build) echo "$*" >>"$BUILT" ;;
  push | tag) ;;
  *) exit 1 ;;
esac
`;

/** Without blanks and comments. */
const linesOf = (text: string) => text.split('\n').filter((line) => !/^\s*(#.*)?$/.test(line));

test.each([
  ['root-context', 60],
  ['version-matrix', 40],
  ['monorepo', 15],
] as const)(
  '%s: the manifest makes %i images, as the longer shell beside it',
  async (name, count) => {
    const cwd = join(LAYOUTS, name);
    const options = { cwd, file: null, envFiles: [], env: {} };
    const { manifest, diagnostics } = await loadManifest(options);
    expect(diagnostics).toEqual([]);
    expect(manifest?.images.size).toBe(count);

    const tools = await temporaryTree({ docker: fileOf(DOCKER, 0o755) });
    const built = join(tools, 'built');
    const env = { PATH: `${tools}:${process.env.PATH}`, BUILT: built };
    const { stderr, status } = spawnSync('sh', [join(cwd, 'build.sh')], { env, encoding: 'utf8' });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(new Set(linesOf(await readFile(built, 'utf8'))).size).toBe(count);

    const shell = linesOf(await readFile(join(cwd, 'build.sh'), 'utf8'));
    const texts = await Promise.all((manifest?.files ?? []).map((file) => readFile(file, 'utf8')));
    expect(texts.flatMap(linesOf).length).toBeLessThan(shell.length);
  },
);
