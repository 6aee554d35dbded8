import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { spyOnDocker } from '../rig/docker-spy.ts';
import { type Files, makeProject, type Project, type Running } from '../rig/project.ts';
import {
  killAll,
  leftBehind,
  ownTemporary,
  processesOf,
  remaining,
  otherEngine as test,
} from './looking.ts';
import { appFiles, chosen, recovers, succeeded, survives, type World } from './rig.ts';

const SIGNALS = [
  { signal: 'SIGINT', exitCode: 130 },
  { signal: 'SIGTERM', exitCode: 143 },
  { signal: 'SIGHUP', exitCode: 129 },
] as const;

/** Starts a run and gives it once it is where it is to be stopped. */
type Busy = (mine: Project, world: World, env: Record<string, string>) => Promise<Running>;

const struck = async (world: World, method: string | RegExp, path: RegExp) => {
  const fault = world.proxy.inject({ on: { method, path }, does: 'stall' });
  return () => expect.poll(() => fault.struck(), { timeout: 60_000 }).toBeGreaterThan(0);
};

const WHERE: readonly {
  readonly where: string;
  readonly quick?: boolean;
  readonly password?: string;
  /** The registry has the image already. */
  readonly pushed?: boolean;
  readonly busy: Busy;
}[] = [
  {
    where: 'while a pull is stalled',
    quick: true,
    pushed: true,
    async busy(mine, world, env) {
      const come = await struck(world, 'GET', /\/blobs\//);
      const run = mine.start(['up'], { env });
      await come();
      return run;
    },
  },
  {
    where: 'while it waits for another run',
    async busy(mine, world, env) {
      const come = await struck(world, /GET|HEAD/, /\/manifests\//);
      mine.start(['up'], { env });
      await come();
      const run = mine.start(['up'], { env });
      await run.saw('another run (process ');
      return run;
    },
  },
  {
    where: 'while it waits for another try',
    async busy(mine, { proxy }, env) {
      proxy.inject({ on: { path: /\/manifests\// }, does: 'answer', status: 503 });
      const run = mine.start(['up', '--retries', '9'], { env });
      await run.saw('try 4 of 10');
      return run;
    },
  },
  {
    where: 'while a push is stalled',
    quick: true,
    async busy(mine, world, env) {
      const come = await struck(world, /PATCH|PUT/, /\/blobs\/uploads/);
      const run = mine.start(['up'], { env });
      await come();
      return run;
    },
  },
  {
    where: 'in a password_command',
    password: 'password_command: [sh, -c, "echo >../begun; exec sleep 300"]',
    busy: inCommand,
  },
  {
    where: 'in a password_command that has started another program',
    quick: true,
    password: 'password_command: [sh, -c, "echo >../begun; sleep 300; echo secret-word"]',
    busy: inCommand,
  },
];

async function inCommand(mine: Project, _: World, env: Record<string, string>): Promise<Running> {
  const run = mine.start(['up'], { env });
  const begun = () =>
    access(join(mine.folder, '..', 'begun')).then(
      () => true,
      () => false,
    );
  await expect.poll(begun, { timeout: 60_000 }).toBe(true);
  return run;
}

const filesOf = (world: World, password = 'password: secret-word'): Files =>
  appFiles(world, { registry: `username: robot, ${password}` });

/** How a run ends that has five seconds to do so. */
async function endOf(run: Running): Promise<number | 'not within five seconds'> {
  const late = sleep(5000, 'not within five seconds' as const);
  return Promise.race([run.ended.then(({ exitCode }) => exitCode), late]);
}

/** Each of the signals in the first place, and one in each of the others. */
const CASES = chosen(
  WHERE.flatMap((row, at) =>
    SIGNALS.filter((_, index) => at === 0 || at % SIGNALS.length === index).map(
      (signal, index) => ({
        ...row,
        ...signal,
        quick: row.quick === true && index === 0,
      }),
    ),
  ),
);

test.for(CASES)(
  '$signal $where ends the run, and all that it has started',
  async ({ signal, exitCode, where, busy, password, pushed = false }, {
    world,
    other,
    project,
  }) => {
    const mine = await project(filesOf(world, password));
    const temporary = await ownTemporary(mine);
    const env = { TMPDIR: temporary };
    if (pushed) {
      const others = await makeProject(filesOf(world), { env: other.env });
      succeeded(await others.up());
    }
    await survives(`${signal} ${where}`, world, async () => {
      try {
        const run = await busy(mine, world, env);
        run.kill(signal);
        expect(await endOf(run)).toBe(exitCode);
        expect((await run.ended).stderr).toMatch(new RegExp(`(?:^|\n)stopped by ${signal}\n$`));
        if (where.includes('another run')) return;
        expect(await remaining(mine)).toEqual([]);
        expect(await leftBehind(mine, temporary)).toEqual([]);
      } finally {
        await killAll(mine);
      }
      if (password === undefined) await recovers(world, mine, [], { env });
    });
  },
);

test.for(chosen([{ docker: 'a docker that does not end', quick: false }]))(
  'a second signal does not wait for $docker',
  async (_, { world, engine, project }) => {
    const mine = await project(filesOf(world));
    const temporary = await ownTemporary(mine);
    await survives('a second signal', world, async () => {
      const stubborn = `case "$*" in pull*) trap '' INT TERM HUP; echo >"$notes/stubborn"; while :; do sleep 0.1; done;; esac`;
      const spy = await spyOnDocker(engine, { before: stubborn });
      const run = mine.start(['up'], { env: { ...spy.env, TMPDIR: temporary } });
      const begun = () =>
        access(join(spy.notes, 'stubborn')).then(
          () => true,
          () => false,
        );
      await expect.poll(begun, { timeout: 60_000 }).toBe(true);
      expect((await processesOf(mine)).length).toBeGreaterThan(1);
      run.kill('SIGINT');
      await sleep(200);
      run.kill('SIGTERM');
      // Its exit code says which of the two has ended it.
      expect(await endOf(run)).toBe(143);
      expect(await leftBehind(mine, temporary)).not.toContainEqual(expect.stringMatching(/config/));
      await killAll(mine);
      await recovers(world, mine, [], { env: { TMPDIR: temporary } });
      expect(await leftBehind(mine, temporary)).toEqual([]);
    });
  },
);
