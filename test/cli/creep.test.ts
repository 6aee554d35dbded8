import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { fakeDocker, having } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';
import { temporaryFolder } from '../rig/temporary-tree.ts';

/** Tells which of Node's modules the program has loaded by its end; the scripted docker does not. */
const HOOK = `if (/docker-ensure\\.js$/.test(process.argv[1] ?? '')) {
  process.on('exit', () => {
    require('node:fs').writeFileSync(process.env.LOADED, JSON.stringify(process.moduleLoadList));
  });
}
`;

/** Tells how much room V8 has for new objects at the program's end, in bytes. */
const ROOM = `if (/docker-ensure\\.js$/.test(process.argv[1] ?? '')) {
  process.on('exit', () => {
    const spaces = require('node:v8').getHeapSpaceStatistics();
    const { space_size } = spaces.find(({ space_name }) => space_name === 'new_space');
    require('node:fs').writeFileSync(process.env.TOLD, String(space_size));
  });
}
`;

const MANIFEST = `images:
  app: { build: { directory: app } }
  web: { build: { directory: app, build_args: { A: "1" } } }
`;

it('up with nothing to do loads nothing that only registries, builds and workers need', async () => {
  const docker = await fakeDocker(having('app:latest', 'web:latest'));
  const project = await makeProject(
    { 'ensure.yaml': MANIFEST, 'app/Dockerfile': 'FROM scratch\nARG A\nCOPY . /\n' },
    { env: docker.env },
  );
  const folder = await temporaryFolder();
  const [hook, loaded] = [join(folder, 'hook.cjs'), join(folder, 'loaded.json')];
  writeFileSync(hook, HOOK);
  const env = { NODE_OPTIONS: `--require ${hook}`, LOADED: loaded };
  for (const args of [['up'], ['ref', 'app']]) {
    expect(await project.run(args, { env })).toMatchObject({ exitCode: 0 });
    const modules: string[] = JSON.parse(readFileSync(loaded, 'utf8'));
    const costly = ['http', 'https', 'http2', 'tls', 'worker_threads', 'inspector', 'sqlite'];
    expect(costly.filter((name) => modules.includes(`NativeModule ${name}`))).toEqual([]);
  }
});

it('a command that needs no docker loads none of what starts processes, asks terminals or waits for streams', async () => {
  const project = await makeProject({
    'ensure.yaml': MANIFEST,
    'app/Dockerfile': 'FROM scratch\n',
  });
  const folder = await temporaryFolder();
  const [hook, loaded] = [join(folder, 'hook.cjs'), join(folder, 'loaded.json')];
  writeFileSync(hook, HOOK);
  const env = { NODE_OPTIONS: `--require ${hook}`, LOADED: loaded };
  const later = ['child_process', 'net', 'readline', 'tty', 'perf_hooks'];
  const never = [...later, 'crypto', 'fs/promises', 'stream', 'vm'];
  for (const [args, others] of [
    [['ref', 'app'], later],
    [['--version'], never],
    [['--help'], never],
    [['schema'], never],
  ] as const) {
    expect(await project.run(args, { env })).toMatchObject({ exitCode: 0 });
    const modules: string[] = JSON.parse(readFileSync(loaded, 'utf8'));
    expect(others.filter((name) => modules.includes(`NativeModule ${name}`))).toEqual([]);
  }
});

it('thousands of files make V8 take no more room for new objects than a few do', async () => {
  const names = Array.from({ length: 6000 }, (_, at) => `app/d${at % 50}/file-${at}`);
  const project = await makeProject({
    'ensure.yaml': 'images:\n  app: { build: { directory: app } }\n',
    'app/Dockerfile': 'FROM scratch\nCOPY . /\n',
    ...Object.fromEntries(names.map((name) => [name, name])),
  });
  const folder = await temporaryFolder();
  const [hook, told] = [join(folder, 'hook.cjs'), join(folder, 'room')];
  writeFileSync(hook, ROOM);
  const env = { NODE_OPTIONS: `--require ${hook}`, TOLD: told };
  expect(await project.run(['ref', 'app'], { env })).toMatchObject({ exitCode: 0 });
  expect(Number(readFileSync(told, 'utf8'))).toBeLessThan(6 * 1024 * 1024);
}, 120_000);

it('the bundle stays below 1.5 MB: it is read at each start', () => {
  const bundle = fileURLToPath(new URL('../../dist/docker-ensure.cjs', import.meta.url));
  expect(statSync(bundle).size).toBeLessThan(1_500_000);
});
