import { spawnSync } from 'node:child_process';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { outputOf } from '../rig/command.ts';
import { temporaryFolder } from '../rig/temporary-tree.ts';
import { produce, VECTORS, vectorRuns } from '../rig/vectors.ts';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const runs = await vectorRuns();

/** What is expected of a run, by file name. */
async function goldens(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return new Map(names.map((name, index) => [name, texts[index] ?? '']));
}

/** The images that something is expected of. */
const imagesOf = (expected: ReadonlyMap<string, string>) =>
  [...expected.keys()].flatMap((name) => (name.endsWith('.ref') ? name.slice(0, -4) : []));

it.each(runs)(
  '$vector, $name: the inputs, the file lists, the hashes and the references',
  async (run) => {
    const expected = await goldens(run.expected);
    expect(Object.fromEntries(await produce(run, imagesOf(expected)))).toEqual(
      Object.fromEntries(expected),
    );
  },
);

it('the program itself prints the very same bytes', async () => {
  const environment = { PATH: process.env.PATH ?? '', HOME: '/nonexistent' };
  const prints = async (args: readonly string[], cwd: string) => {
    const options = { cwd, env: environment, extendEnv: false, stripFinalNewline: false };
    return (await execa(process.execPath, [at('bin/docker-ensure.js'), ...args], options)).stdout;
  };
  for (const run of runs.filter(({ vector }) => ['every-key', 'names'].includes(vector))) {
    const expected = await goldens(run.expected);
    const produced = await produce(run, ['app'], prints);
    for (const [name, text] of produced)
      expect(text, `${run.vector} ${name}`).toBe(expected.get(name));
  }
}, 60_000);

/** https://www.rfc-editor.org/rfc/rfc8785: a second look at what the package makes. */
it('every document is canonical JSON', async () => {
  let documents = 0;
  for (const { expected } of runs) {
    for (const [name, text] of await goldens(expected)) {
      if (!name.endsWith('.json')) continue;
      documents += 1;
      expect(text, `${expected}/${name}`).toBe(canonical(JSON.parse(text)));
    }
  }
  expect(documents).toBe(114);
});

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  const members = keys.map(
    (key) => `${JSON.stringify(key)}:${canonical(Reflect.get(value, key) as unknown)}`,
  );
  return `{${members.join(',')}}`;
}

describe('by hand', () => {
  it('a shell, sha256sum and the descriptions written by hand come to the same', async () => {
    const { stdout, stderr } = spawnSync('sh', [at('test/vectors/recompute.sh')], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toEqual([
      '55 images in 17 runs recomputed from their trees: 0 differences',
      '57 inputs documents, 57 file lists and 8 parents hold together: 0 exceptions',
    ]);
    console.log(stdout.trim());
  }, 60_000);

  it('and they notice what is wrong', async () => {
    const folder = await temporaryFolder();
    for (const vector of ['minimal', 'kinds', 'family']) {
      const to = join(folder, 'fixtures/vectors', vector);
      await cp(join(VECTORS, vector), to, { recursive: true, verbatimSymlinks: true });
    }
    await cp(at('test/vectors'), join(folder, 'test/vectors'), { recursive: true });
    const spoil = `
      cd "$0/fixtures/vectors"
      printf x >>minimal/app/Dockerfile
      chmod +x kinds/tree/file
      echo 0 >family/expected/default/base.hash
    `;
    spawnSync('sh', ['-c', spoil, folder]);
    const { stdout, status } = spawnSync('sh', [join(folder, 'test/vectors/recompute.sh')], {
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stdout.trim().split('\n')).toEqual([
      '5 images in 3 runs recomputed from their trees: 9 differences',
      '5 inputs documents, 5 file lists and 5 parents hold together: 3 exceptions',
    ]);
  }, 60_000);

  /** The commands of docs/hash.md, as they stand there. */
  it('the recipe of docs/hash.md gives the hash', async () => {
    const page = await readFile(at('docs/hash.md'), 'utf8');
    const [, recipe = ''] = /## By hand\n.*?```sh\n(.*?)```/s.exec(page) ?? [];
    const folder = await temporaryFolder();
    const files = {
      'a/run.sh': ['#!/bin/sh\n', 0o755],
      'a.txt': ['a\n', 0o644],
      'a-b': ['', 0o600],
    } as const;
    const write = Object.entries(files).map(
      ([name, [text, mode]]) =>
        `mkdir -p "$0/app/a" && printf '${text.replace('\n', '\\n')}' >"$0/app/${name}" && chmod ${mode.toString(8)} "$0/app/${name}"`,
    );
    spawnSync('sh', ['-c', [...write, 'ln -s ../a.txt "$0/app/a/link"'].join('\n'), folder]);
    for (const policy of ['all', 'nothing']) {
      const text = `images: { app: { build: { directory: ${policy}, files: all } } }`;
      const make = `mkdir -p "$0/nothing" && cp -a "$0/app" "$0/all"; printf 'FROM scratch\\n' >"$0/all/Dockerfile"; cp "$0/all/Dockerfile" "$0/nothing"; printf '%s' "$1" >"$0/ensure.yaml"`;
      spawnSync('sh', ['-c', make, folder, text]);
      const sh = (env: Record<string, string>) =>
        spawnSync('sh', ['-euc', recipe], {
          encoding: 'utf8',
          env: { PATH: process.env.PATH, BUILD_DIRECTORY: join(folder, policy), ...env },
        }).stdout.match(/[0-9a-f]{64}/g) ?? [];
      const [fileList = '', dockerfile = ''] = sh({ FILES: '', DOCKERFILE: '' });
      const [, , hash] = sh({ FILES: fileList, DOCKERFILE: dockerfile });
      const inputs = await outputOf(['--platform', 'linux/amd64', 'inputs', 'app'], {
        cwd: folder,
      });
      expect(JSON.parse(inputs), policy).toMatchObject({ files: fileList, dockerfile });
      expect(spawnSync('sha256sum', { input: inputs, encoding: 'utf8' }).stdout).toBe(
        `${hash}  -\n`,
      );
    }
  });
});
