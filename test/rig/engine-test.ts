import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test as base, expect, inject } from 'vitest';
import { engineApi } from './engine/api.ts';
import { dockerRunner } from './engine/client.ts';
import {
  type Credentials,
  type Engine,
  inspectImage,
  type Registry,
  readInImage,
  references,
  registryFor,
  removeImages,
  runInImage,
  tagImage,
} from './engine/index.ts';
import { type Files, makeProject, type Project, type Result, type Run } from './project.ts';

/** Who may use `authRegistry`. */
export const ACCOUNT: Credentials = { username: 'robot', password: 'hunter2-in-the-registry' };

/**
 * The `test` of the engine tests: with a real engine and, where a test asks for them, real registries,
 * both shared by the tests of a worker. What a test makes has names that begin with its `scope`, so
 * that tests can run side by side on one engine.
 */
export const test = base
  .extend('engine', { scope: 'worker' }, () => joinedEngine())
  /** Anybody may push to it, pull from it and delete what it holds. */
  .extend('registry', { scope: 'worker' }, async ({ engine }, { onCleanup }) => {
    const options = { name: `open-${randomName()}`, deleteEnabled: true };
    const registry = await registryFor(engine, options);
    onCleanup(() => registry.stop());
    return registry;
  })
  /** Asks for the name and password of `ACCOUNT`, and lets nobody delete. */
  .extend('authRegistry', { scope: 'worker' }, async ({ engine }, { onCleanup }) => {
    const options = { name: `auth-${randomName()}`, auth: ACCOUNT };
    const registry = await registryFor(engine, options);
    onCleanup(() => registry.stop());
    return registry;
  })
  /** `PREFIX/RANDOM`: repositories of the test's own are `${scope}/NAME`. */
  .extend('scope', ({ engine }) => `${engine.prefix}/${randomName()}`)
  .extend('images', ({ engine, scope }) => imagesOf(engine, scope))
  /** Makes a project whose docker is the engine's. */
  .extend(
    'project',
    ({ engine }) =>
      (files: Files): Promise<Project> =>
        makeProject(files, { env: engine.env, runsHere: true }),
  );

/** The images on an engine. */
export interface Images {
  /** The ID of an image, or null where it is not here. */
  id(ref: string): Promise<string | null>;
  labels(ref: string): Promise<Readonly<Record<string, string>>>;
  /** The environment that its containers get: cheaper to look at than `run`. */
  env(ref: string): Promise<Readonly<Record<string, string>>>;
  /** The contents of files, one after the other, without the last newline. */
  read(ref: string, ...paths: string[]): Promise<string>;
  /** What a shell command prints in a container of the image: for what neither `env` nor `read` can tell. */
  run(ref: string, command: string): Promise<string>;
  /** Gives an image one more name. */
  tag(source: string, target: string): Promise<void>;
  /** The references beneath the scope, those with a server's name included. */
  list(): Promise<string[]>;
  /** Removes references; without any, all of the scope. */
  remove(...refs: string[]): Promise<void>;
}

/** The images of an engine that belong to a scope. */
export function imagesOf(engine: Engine, scope: string): Images {
  const inspect = async (ref: string) => {
    const image = await inspectImage(engine, ref);
    if (image === null) throw new Error(`there is no image ${ref}`);
    return image;
  };
  const images: Images = {
    id: async (ref) => (await inspectImage(engine, ref))?.Id ?? null,
    labels: async (ref) => (await inspect(ref)).Config?.Labels ?? {},
    async env(ref) {
      const pairs = ((await inspect(ref)).Config?.Env ?? []).map((pair) => pair.split(/=(.*)/s));
      return Object.fromEntries(pairs);
    },
    run: (ref, command) => runInImage(engine, ref, command),
    read: (ref, ...paths) => readInImage(engine, { image: ref }, paths),
    tag: (source, target) => tagImage(engine, source, target),
    list: async () => (await references(engine, [`${scope}/*`, `*/${scope}/*`])).sort(),
    async remove(...refs) {
      await removeImages(engine, refs.length === 0 ? await images.list() : refs);
    },
  };
  return images;
}

/** Expects a run to have ended well; where it has not, the failure shows what it said. */
export function succeeded<T extends Run>(run: T): T {
  expect(run.exitCode, run.stderr).toBe(0);
  return run;
}

/** Expects a run to have ended with that exit code. */
export function endedWith<T extends Run>(exitCode: number, run: T): T {
  expect(run.exitCode, run.stderr).toBe(exitCode);
  return run;
}

/** What became of each image: `none`, `pull`, `build`, each `+push` or not; or `failed`, `skipped`. */
export function fates({ result }: { readonly result: Result }): Record<string, string> {
  return Object.fromEntries(
    result.images.map(({ image, action, push, outcome = 'done' }) => [
      image,
      outcome === 'done' ? `${action}${push ? '+push' : ''}` : outcome,
    ]),
  );
}

/** Copies an image that is here to a registry, as somebody else would have pushed it. */
export async function pushAs(engine: Engine, source: string, target: string): Promise<void> {
  const push = () => engine.docker(['push', '--quiet', target]);
  await tagImage(engine, source, target);
  let { exitCode, stderr } = await push();
  // Docker does not try again what a registry under load could not answer.
  if (/ 500 /.test(stderr)) ({ exitCode, stderr } = await push());
  if (exitCode !== 0) throw new Error(`docker push ${target} failed: ${stderr}`);
  await removeImages(engine, [target]);
}

/** The images that were pushed to a registry, as `repository:tag`. */
export async function contentsOf(registry: Registry, scope: string): Promise<string[]> {
  const repositories = (await registry.repositories()).filter((name) => name.startsWith(scope));
  const tags = await Promise.all(
    repositories.map(async (name) => (await registry.tags(name)).map((tag) => `${name}:${tag}`)),
  );
  return tags.flat().sort();
}

/** What is in a folder for temporary files, but for the folder of locks, which are all released. */
export async function leftIn(temporary: string): Promise<string[]> {
  const names = await readdir(temporary);
  const locks = `docker-ensure-${process.getuid?.() ?? -1}`;
  if (names.includes(locks)) {
    const held = await readdir(join(temporary, locks, 'locks')).catch(() => []);
    expect(held).toEqual([]);
  }
  return names.filter((name) => name !== locks);
}

/** A short name that nobody else has. */
export function randomName(): string {
  return randomBytes(5).toString('hex');
}

/**
 * The engine that the tier's set-up has started. It is joined by its address, not asked for anew: to
 * borrow an engine a second time would clear away what other test files have in it.
 */
function joinedEngine(): Engine {
  const facts = inject('engine');
  const refuse = () => Promise.reject(new Error('the engine belongs to the whole tier'));
  return {
    ...facts,
    docker: dockerRunner(facts.env),
    api: engineApi(facts.env),
    kill: refuse,
    restart: refuse,
    stop: refuse,
  };
}
