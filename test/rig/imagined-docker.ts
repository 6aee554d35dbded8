import pLimit from 'p-limit';
import type { BuildOutcome, Docker, Transfer } from '../../src/docker/port.ts';
import type { RunEvent } from '../../src/model/event.ts';
import type { RegistryAnswer, RunPolicy } from '../../src/model/plan.ts';
import type { ResolvedImage } from '../../src/model/resolved.ts';
import { HASH_LABEL } from '../../src/model/stamp.ts';
import { createLogins } from '../../src/run/logins.ts';
import type { LabelMemory, PushLedger, Stager } from '../../src/run/ports.ts';
import { ensureImages, type RunRequest } from '../../src/run/run.ts';
import type { Tools } from '../../src/run/steps.ts';
import { FREE, gather, TEAM } from './imagined.ts';

/** What an imagined engine and registry do; what is not said goes well. */
export interface Script {
  /** References that are on the machine. */
  readonly here?: readonly string[];
  /** Hashes that images which are here say they were built from, by reference. */
  readonly builtFrom?: Readonly<Record<string, string>>;
  /** What the registry answers to a pull; absent is the default. */
  readonly registry?: Readonly<Record<string, RegistryAnswer>>;
  readonly login?: Transfer;
  /** Called for each build, by the image's reference: may wait, fail or throw. */
  readonly build?: (ref: string) => Promise<BuildOutcome> | BuildOutcome;
  readonly push?: (ref: string) => Transfer;
  /** What moved while an image was built, by its reference. */
  readonly moved?: Readonly<Record<string, string>>;
  readonly owed?: readonly string[];
}

/** What was done, one word and one reference a line, and how it ended. */
export interface Stage {
  readonly calls: string[];
  readonly events: RunEvent[];
  readonly tools: Tools;
  readonly labels: LabelMemory;
  /** Staged builds that were not released. */
  readonly held: Set<string>;
  readonly owes: Map<string, string>;
}

/** An engine, a registry and a run's tools in memory. */
export function setStage(script: Script = {}, slots = 4): Stage {
  const calls: string[] = [];
  const events: RunEvent[] = [];
  const held = new Set<string>();
  const owes = new Map((script.owed ?? []).map((ref) => [ref, '']));
  const local = new Map((script.here ?? []).map((ref) => [ref, `id of ${ref}`]));
  let building = '';

  const docker: Docker = {
    async findLocal(refs) {
      return new Map(refs.flatMap((ref) => (local.has(ref) ? [[ref, local.get(ref) ?? '']] : [])));
    },
    async labels(id) {
      calls.push(`labels ${id}`);
      const ref = local.has(id) ? id : ([...local].find(([, known]) => known === id)?.[0] ?? '');
      const hash = script.builtFrom?.[ref];
      return hash === undefined ? {} : { [HASH_LABEL]: hash };
    },
    async probe(ref) {
      calls.push(`probe ${ref}`);
      return script.registry?.[ref] ?? { is: 'absent' };
    },
    async pull(ref) {
      calls.push(`pull ${ref}`);
      const answer = script.registry?.[ref] ?? { is: 'absent' };
      if (answer.is === 'present') local.set(ref, `id of ${ref}`);
      return answer;
    },
    async push(ref) {
      calls.push(`push ${ref}`);
      return script.push?.(ref) ?? { ok: true };
    },
    async tag(source, target) {
      calls.push(`tag ${source} ${target}`);
      local.set(target, local.get(source) ?? source);
      return { ok: true };
    },
    async build({ staged }) {
      building = staged.context;
      calls.push(`build ${building}`);
      return (await script.build?.(staged.context)) ?? { ok: true, id: `built ${staged.context}` };
    },
    async login({ key }) {
      calls.push(`login ${key}`);
      return script.login ?? { ok: true };
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
          idFile: '',
          metadataFile: '',
        },
        moved: async () => script.moved?.[ref] ?? null,
        release: async () => {
          held.delete(ref);
        },
      };
    },
  };
  const ledger: PushLedger = {
    owes: async (ref) => owes.has(ref),
    owe: async (ref, id) => {
      owes.set(ref, id);
    },
    settle: async (ref) => {
      owes.delete(ref);
    },
  };
  const remembered = new Map<string, string | null>();
  const labels: LabelMemory = {
    recall: async (id) => remembered.get(id),
    remember: async (id, hash) => {
      remembered.set(id, hash);
    },
  };
  let clock = 0;
  const tools: Tools = {
    docker,
    stager,
    ledger,
    logins: createLogins(docker, [TEAM]),
    slot: pLimit(slots),
    now: () => (clock += 1),
    emit: (event) => events.push(event),
  };
  return { calls, events, tools, labels, held, owes };
}

export interface RunOptions {
  readonly wanted?: readonly string[];
  readonly policy?: Partial<RunPolicy>;
  readonly keepGoing?: boolean;
}

/** Runs `up` over imagined images on a stage. */
export async function runOn(
  stage: Stage,
  images: readonly ResolvedImage[],
  options: RunOptions = {},
) {
  return ensureImages(await requestOf(stage, images, options), stage.tools);
}

/** The request of such a run. */
export async function requestOf(
  stage: Stage,
  all: readonly ResolvedImage[],
  { wanted, policy = {}, keepGoing = false }: RunOptions,
): Promise<RunRequest> {
  const { graph, images } = gather(all);
  const refs = all.flatMap(({ ref, registryRef }) =>
    registryRef === null ? [ref] : [ref, registryRef],
  );
  return {
    graph,
    images,
    wanted: new Set(wanted ?? images.keys()),
    policy: { ...FREE, ...policy },
    keepGoing,
    local: await stage.tools.docker.findLocal(refs),
    labels: stage.labels,
  };
}
