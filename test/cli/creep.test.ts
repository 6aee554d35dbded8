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

it('the bundle stays below 1.5 MB: it is read at each start', () => {
  const bundle = fileURLToPath(new URL('../../dist/docker-ensure.cjs', import.meta.url));
  expect(statSync(bundle).size).toBeLessThan(1_500_000);
});
