import pLimit from 'p-limit';
import type {
  BuildFailed,
  BuildRequest,
  Docker,
  LocalImage,
  TestOutcome,
  Transfer,
} from '../../src/docker/port.ts';
import type { RunEvent } from '../../src/model/event.ts';
import type { RegistryError, RegistryFault } from '../../src/model/failure.ts';
import { HASH_LABEL, type Labels } from '../../src/model/image-labels.ts';
import type { FoundInRegistry, RegistryAnswer, RunPolicy } from '../../src/model/plan.ts';
import type { ResolvedBuild, ResolvedImage } from '../../src/model/resolved.ts';
import { ensureImages } from '../../src/run/ensure-images.ts';
import { findLeftBehind } from '../../src/run/left-behind.ts';
import { readLocalStates } from '../../src/run/local-state.ts';
import { createLogins } from '../../src/run/logins.ts';
import type { LabelMemory, PassedTests, PendingPushes, Stager } from '../../src/run/ports.ts';
import { createRegistries } from '../../src/run/registries.ts';
import type { RunRequest } from '../../src/run/run-state.ts';
import type { RunServices } from '../../src/run/step-runner.ts';
import { moveTags } from '../../src/run/tags.ts';
import { FREE, gather, TEAM } from './imagined.ts';

/** What an imagined engine and registry do; what is not said goes well. */
export interface Script {
  /** References that are on the machine. */
  readonly here?: readonly string[];
  /**
   * Hashes that images which are here, or in the registry, say they were built from, by reference;
   * null: nothing. What is built says that of its own, and by default a tag that is a hash is true.
   */
  readonly builtFrom?: Readonly<Record<string, string | null>>;
  /** What the registry answers, each answer once and the last for ever; absent is the default. */
  readonly registry?: Readonly<Record<string, Answer | readonly Answer[]>>;
  readonly login?: Transfer | readonly Transfer[];
  /** Servers that docker has a login for. */
  readonly logins?: readonly string[];
  /** Called for each build, by the image's reference: may wait, fail or throw. */
  readonly build?: (ref: string) => Promise<Built> | Built;
  /** Called for each test, by the reference of the image. */
  readonly test?: (ref: string) => Promise<TestOutcome> | TestOutcome;
  readonly push?: (ref: string) => Transfer;
  /** Called where a lock is asked for; true: another run had it. */
  readonly lock?: (ref: string, stage: Stage) => boolean;
  /** What moved while an image was built, by its reference. */
  readonly moved?: Readonly<Record<string, string>>;
  readonly owed?: readonly string[];
  /** What images on the machine are, by reference. */
  readonly inspected?: Readonly<Record<string, LocalImage>>;
  readonly keepsPlatforms?: boolean;
  readonly retries?: number;
}

export type Built = { readonly ok: true } | Omit<BuildFailed, 'key'>;
type Answer = RegistryAnswer | FoundInRegistry;

/** What was done, one word and one reference a line, and how it ended. */
export interface Stage {
  readonly calls: string[];
  /** What was built, as docker was given it. */
  readonly builds: ResolvedBuild[];
  /** The references of each docker call that builds. */
  readonly groups: string[][];
  /** The platform of each pull. */
  readonly pulledFor: (string | null)[];
  /** The IDs whose labels were asked for. */
  readonly looks: string[];
  readonly events: RunEvent[];
  readonly services: RunServices;
  /** Staged builds that were not released. */
  readonly held: Set<string>;
  /** References that a run works on. */
  readonly locked: Set<string>;
  readonly owes: Map<string, string>;
  /** IDs by the references that are on the machine. */
  readonly local: Map<string, string>;
  /** Milliseconds that were waited before each further try. */
  readonly waits: number[];
}

/** An answer that says nothing, and whether it may pass. */
export function registryError(
  fault: RegistryFault,
  retryable: RegistryError['retryable'] = 'no',
): RegistryError {
  return { fault, message: fault, retryable };
}

/** The same as a registry's answer. */
export function unknown(
  fault: RegistryFault,
  retryable: RegistryError['retryable'] = 'no',
): RegistryAnswer {
  return { is: 'unknown', ...registryError(fault, retryable) };
}

/** "Denied", in the words for what does not exist. */
export function hidden(): RegistryAnswer {
  return { is: 'unknown', ...registryError('denied'), mayBeAbsent: true };
}

/** A push that fails. */
export function refused(
  fault: RegistryFault,
  retryable: RegistryError['retryable'] = 'no',
): Transfer {
  return { ok: false, kept: false, ...registryError(fault, retryable) };
}

/** An engine, a registry and a run's services in memory. */
export function setStage(script: Script = {}, slots = 4): Stage {
  const calls: string[] = [];
  const builds: ResolvedBuild[] = [];
  const groups: string[][] = [];
  const pulledFor: (string | null)[] = [];
  const looks: string[] = [];
  const events: RunEvent[] = [];
  const held = new Set<string>();
  const locked = new Set<string>();
  const waits: number[] = [];
  const owes = new Map((script.owed ?? []).map((ref) => [ref, 'whatever it is']));
  const local = new Map((script.here ?? []).map((ref) => [ref, `id of ${ref}`]));
  const labels = new Map<string, Labels>();
  const answers = new Map(
    Object.entries(script.registry ?? {}).map(([ref, answer]) => [ref, [answer].flat()]),
  );
  const logins = [script.login ?? { ok: true as const }].flat();
  const hashOf = (ref: string): string | null => {
    const told = script.builtFrom?.[ref];
    return told === undefined ? (/:([0-9a-f]{64})$/.exec(ref)?.[1] ?? null) : told;
  };

  const answerOf = (ref: string): Answer => {
    const own = answers.get(ref) ?? [];
    return (own.length > 1 ? own.shift() : own[0]) ?? { is: 'absent' };
  };

  const docker: Docker = {
    async findLocal(refs) {
      return new Map(refs.flatMap((ref) => (local.has(ref) ? [[ref, local.get(ref) ?? '']] : [])));
    },
    async labels(ids) {
      return new Map(
        ids.map((id): [string, Labels] => {
          looks.push(id);
          const own = labels.get(id);
          if (own !== undefined) return [id, own];
          const names = [...local].flatMap(([name, known]) => (known === id ? [name] : []));
          const hash = names.map(hashOf).find((each) => each !== null);
          return [id, hash === undefined ? {} : { [HASH_LABEL]: hash }];
        }),
      );
    },
    async stored() {
      return [];
    },
    async used() {
      return new Set();
    },
    async remove() {
      return { ok: true };
    },
    async remoteLabels() {
      return { is: 'absent' };
    },
    async inspect(ref, platform) {
      const image = script.inspected?.[ref] ?? null;
      return platform === null || image?.platform === platform ? image : null;
    },
    async keepsPlatforms() {
      return script.keepsPlatforms ?? false;
    },
    async probe(ref) {
      calls.push(`probe ${ref}`);
      const answer = answerOf(ref);
      if (answer.is !== 'present') return answer;
      return { hash: hashOf(ref), digest: `digest of ${ref}`, ...answer };
    },
    async pull(ref, platform) {
      calls.push(`pull ${ref}`);
      pulledFor.push(platform);
      const answer = answerOf(ref);
      if (answer.is === 'present') local.set(ref, `id of ${ref}`);
      return answer;
    },
    async push(ref) {
      calls.push(`push ${ref}`);
      const pushed = script.push?.(ref) ?? { ok: true };
      const hash = labels.get(local.get(ref) ?? '')?.[HASH_LABEL] ?? hashOf(ref);
      if (pushed.ok) answers.set(ref, [{ is: 'present', hash, digest: `digest of ${ref}` }]);
      return pushed;
    },
    async tagRemotely(source, target) {
      calls.push(`tag-remotely ${source} ${target}`);
      const copied = script.push?.(target) ?? { ok: true };
      const answer = answers.get(source)?.[0];
      if (copied.ok && answer?.is === 'present')
        answers.set(target, [{ hash: hashOf(source), digest: `digest of ${source}`, ...answer }]);
      return copied;
    },
    async tag(source, target) {
      calls.push(`tag ${source} ${target}`);
      local.set(target, local.get(source) ?? source);
      return { ok: true };
    },
    async untag(ref) {
      calls.push(`untag ${ref}`);
      local.delete(ref);
      return { ok: true };
    },
    async runTest({ image, test }) {
      const names = [...local].flatMap(([name, id]) => (id === image ? [name] : []));
      calls.push(`test ${names[0]} ${test.command.join(' ')}`);
      return (await script.test?.(names[0] ?? '')) ?? { ok: true };
    },
    async canGroup() {
      return true;
    },
    async build({ builds: group, onBuilt }) {
      groups.push(group.map(({ staged }) => staged.context));
      const ended = new Map<string, Promise<void>>();
      let failure: BuildFailed | null = null;
      const buildOne = async ({ key, build, names, staged: { context: ref } }: BuildRequest) => {
        await Promise.all(build.parents.map((parent) => ended.get(parent.key)));
        if (failure !== null) return;
        const outcome = (await script.build?.(ref)) ?? { ok: true };
        // As in a bake, the first failure calls everything off.
        if (failure !== null) return;
        calls.push(`build ${ref}`);
        builds.push(build);
        if (!outcome.ok) {
          // What is to be built apart is nobody's fault.
          failure = { ...outcome, key: outcome.again === 'apart' ? null : key };
          return;
        }
        for (const name of names) local.set(name, `built ${ref}`);
        labels.set(`built ${ref}`, { [HASH_LABEL]: build.hash });
        onBuilt(key);
      };
      for (const request of group) ended.set(request.key, buildOne(request));
      await Promise.allSettled(ended.values());
      await Promise.all(ended.values());
      return failure ?? { ok: true, ids: new Map() };
    },
    async login({ key }) {
      calls.push(`login ${key}`);
      return (logins.length > 1 ? logins.shift() : logins[0]) ?? { ok: true };
    },
    async logout({ key }) {
      calls.push(`logout ${key}`);
      return true;
    },
  };
  const stager: Stager = {
    async stage({ ref }) {
      held.add(ref);
      return {
        // The imagined docker knows a build by where its files are staged.
        staged: {
          context: ref,
          dockerfile: '',
          additionalContexts: new Map(),
          metadataFile: '',
        },
        release: async () => {
          held.delete(ref);
        },
      };
    },
    moved: async ({ ref }) => script.moved?.[ref] ?? null,
  };
  const pendingPushes: PendingPushes = {
    owes: async (ref, hash) => owes.get(ref) === hash || owes.get(ref) === 'whatever it is',
    owe: async (ref, hash) => {
      owes.set(ref, hash);
    },
    settle: async (ref) => {
      owes.delete(ref);
    },
  };
  const remembered = new Map<string, string | null>();
  const passed = new Set<string>();
  const passedTests: PassedTests = {
    has: async (id, { command }) => passed.has(`${id} ${command.join(' ')}`),
    remember: async (id, { command }) => {
      passed.add(`${id} ${command.join(' ')}`);
    },
  };
  const memory: LabelMemory = {
    recall: async (id) => remembered.get(id),
    remember: async (id, hash) => {
      remembered.set(id, hash);
    },
  };
  const lockOf = (ref: string) => {
    const isChanged = script.lock?.(ref, stage) ?? false;
    locked.add(ref);
    return {
      isChanged,
      release: async () => {
        locked.delete(ref);
      },
    };
  };
  let clock = 0;
  const slot = pLimit(slots);
  const services: RunServices = {
    docker,
    // It never knows: docker is asked.
    registryApi: {
      ask: async () => null,
      mayPush: async () => null,
      inventory: async () => ({ ok: true, tags: [] }),
      remove: async () => ({ ok: true }),
    },
    stager,
    pendingPushes,
    labels: memory,
    passedTests,
    archive: {
      keep: async () => undefined,
      lastOf: async () => null,
      textOf: async () => null,
    },
    changes: { sinceLastBuild: async () => null },
    logins: createLogins({
      docker,
      passwords: {
        of: async ({ credentials }) => credentials && { value: 'a password' },
      },
      registries: [TEAM],
      servers: new Set(script.logins),
    }),
    registries: createRegistries({
      slot,
      retries: script.retries ?? 0,
      random: () => 0,
    }),
    locks: {
      async take(ref) {
        if (locked.has(ref)) throw new Error(`${ref} is locked already`);
        return lockOf(ref);
      },
      async tryTake(ref) {
        return locked.has(ref) ? { heldBy: 1 } : lockOf(ref);
      },
    },
    slot,
    buildsAtOnce: slots,
    now: () => (clock += 1),
    wait: async (ms) => {
      waits.push(ms);
    },
    emit: (event) => events.push(event),
  };
  const stage: Stage = {
    calls,
    builds,
    groups,
    pulledFor,
    looks,
    events,
    services,
    held,
    locked,
    owes,
    local,
    waits,
  };
  return stage;
}

export interface RunOptions {
  readonly wanted?: readonly string[];
  readonly policy?: Partial<RunPolicy>;
  readonly keepGoing?: boolean;
}

/** Runs `up` over imagined images on a stage, its further tags included. */
export async function runOn(
  stage: Stage,
  images: readonly ResolvedImage[],
  options: RunOptions = {},
) {
  const request = await requestOf(stage, images, options);
  const { results } = await ensureImages(request, stage.services);
  const ended = await findLeftBehind(results, request, stage.services);
  return moveTags(ended, request, stage.services);
}

/** The request of such a run. */
export async function requestOf(
  stage: Stage,
  all: readonly ResolvedImage[],
  { wanted, policy = {}, keepGoing = false }: RunOptions,
): Promise<RunRequest> {
  const { graph, images } = gather(all);
  return {
    graph,
    images,
    wanted: new Set(wanted ?? images.keys()),
    policy: { ...FREE, ...policy },
    keepGoing,
    local: await readLocalStates(all, stage.services),
  };
}
