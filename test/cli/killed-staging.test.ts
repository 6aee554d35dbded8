import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { readdir, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type DockerCall, fakeDocker } from '../rig/fake-docker.ts';
import { makeProject, type Project } from '../rig/project.ts';
import { randomFrom } from '../rig/random.ts';

const FILES = 500;
const KILLS = 3;

const MANIFEST = `images:
  app: { build: { directory: app, dockerfile: ../Dockerfile, additional_contexts: { more: { directory: more, files: context } } } }
`;

/** The folders that a build is given, by their names in the project, and what BuildKit knows them by. */
function foldersOf({ stdin }: DockerCall): { base: string; app: string; more: string } {
  const [, app = ''] = /^ *context = "(.*)"$/m.exec(stdin) ?? [];
  const [, more = ''] = /"?more"? *= *"(.*)"/.exec(stdin) ?? [];
  return { base: basename(app), app, more };
}

function contentsOf(folder: string): Record<string, string> {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

async function ofOneTime({ folder }: Project): Promise<void> {
  for (const part of ['app', 'more']) {
    for (const name of await readdir(join(folder, part)))
      await utimes(join(folder, part, name), 1_700_000_000, 1_700_000_000);
  }
}

it('a run that is killed while it lays files out is made good by the next', async () => {
  const seed = Number(process.env.KILLED_STAGING_SEED ?? Date.now() % 1_000_000);
  const random = randomFrom(seed);
  const sent: Record<string, string>[] = [];
  /** What BuildKit compares of a file, and which content it was sent with. */
  const known = new Map<string, string>();
  const alike: string[] = [];
  const docker = await fakeDocker((call) => {
    if (call.argv[1] !== 'bake') return undefined;
    const { base, ...folders } = foldersOf(call);
    for (const [part, folder] of Object.entries(folders)) {
      const contents = contentsOf(folder);
      for (const [name, content] of Object.entries(contents)) {
        const { size, mtimeNs, mode } = lstatSync(join(folder, name), { bigint: true });
        const look = [base, part, name, size, mtimeNs, mode].join(' ');
        if ((known.get(look) ?? content) !== content) alike.push(look);
        known.set(look, content);
      }
      sent.push(contents);
    }
    return undefined;
  });
  const project = await makeProject(
    { 'ensure.yaml': MANIFEST, Dockerfile: 'FROM scratch\nCOPY . /\n' },
    { env: docker.env },
  );
  const staging = join(project.cache, 'staging');

  for (let kill = 0; kill < KILLS; kill += 1) {
    const files = Array.from({ length: FILES }, (_, at): [string, string] => [
      `${at % 10 === 0 ? 'more' : 'app'}/f${at}`,
      String(10_000 + random.below(90_000)),
    ]);
    // Some come and go.
    files.splice(0, random.below(20));
    await project.write({ ...gone, ...Object.fromEntries(files) });
    await ofOneTime(project);

    const run = project.start(['up']);
    const ended = run.ended.then(() => true);
    const isLayingOut = () =>
      existsSync(staging) && readdirSync(staging).some((name) => name.endsWith('.claim'));
    while (!isLayingOut()) if (await Promise.race([ended, sleep(2, false)])) break;
    await sleep(random.below(150));
    run.kill('SIGKILL');
    await run.ended;

    sent.length = 0;
    const next = await project.run(['up']);
    expect(next.exitCode, next.stderr).toBe(0);
    const folders = ['app', 'more'].map((part) => contentsOf(join(project.folder, part)));
    expect(sent, `KILLED_STAGING_SEED=${seed}`).toEqual(folders);
  }
  expect(alike, `KILLED_STAGING_SEED=${seed}`).toEqual([]);
  expect(readdirSync(staging).filter((name) => name.includes('.'))).toEqual([]);
});

/** All files of the rounds, to be removed before the next one's are written. */
const gone = Object.fromEntries(
  Array.from({ length: FILES }, (_, at): [string, null] => [
    `${at % 10 === 0 ? 'more' : 'app'}/f${at}`,
    null,
  ]),
);
