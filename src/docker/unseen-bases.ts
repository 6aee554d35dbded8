import type { UnseenBase } from '../model/resolved.ts';
import { shown, writtenTarget } from './bake.ts';
import { buildArguments, contextsOf, type Located } from './build-argv.ts';
import { buildFailed, explainFailure } from './build-failure.ts';
import type { Exec } from './exec.ts';
import { attributesOf, callArgv, type Value } from './option-table.ts';
import { ownWords } from './own-words.ts';
import type { BuildFailed, BuildGroup, BuildRequest } from './port.ts';
import { readProgress } from './progress.ts';

/** Looks at images before builds begin with them. */
export interface BaseLook {
  /**
   * Why builds must not begin with one of their bases: its ONBUILDs copy files that the build may not be
   * given, or docker cannot say. Null where all is well. An image is looked at once.
   */
  look(group: BuildGroup, located: Located): Promise<BuildFailed | null>;
}

/**
 * Has BuildKit begin with the images and do nothing else. In the place of the contexts of which only
 * what is copied is given stands one that it cannot fetch: so this fails where an ONBUILD takes of it.
 * Asking BuildKit, and not the engine for its images, finds the very image that the build will take.
 */
export function createBaseLook(run: Exec, env: Readonly<Record<string, string>>): BaseLook {
  const fine = new Set<string>();

  const attempt = async (
    group: BuildGroup,
    looks: readonly Look[],
    located: Located,
    isFull: boolean,
  ): Promise<BuildFailed | null> => {
    if (looks.length === 0) return null;
    const names = looks.map((_, at) => `base-${at + 1}`);
    const definition = looks
      .map((look, at) =>
        writtenTarget(names[at] ?? '', attributesOfLook(look, { group, located, isFull })),
      )
      .join('');
    const lines: string[] = [];
    const progress = readProgress(names, {
      onBuilt: () => undefined,
      onLine: (_, line) => lines.push(line),
    });
    const { exitCode, stderr } = await run({
      argv: lookArgv(group, names),
      env,
      input: definition,
      shownInput: shown(definition),
      onLine: progress.take,
    });
    if (exitCode === 0) return null;
    const said = lines.length > 0 ? lines : stderr.split('\n');
    const failed = looks[names.indexOf(progress.failedTarget() ?? '')] ?? looks[0];
    if (failed === undefined) return null;
    const context = barredContext(failed, said);
    if (context !== undefined) return copiesUnseen(failed, context);
    const { request } = failed;
    const own = ownWords(said);
    return explainFailure({ ...group, builds: [request] }, { said, own, failedTarget: null });
  };

  return {
    async look(group, located) {
      const looks = new Map<string, Look>();
      for (const request of group.builds) {
        for (const base of request.build.unseenBases) {
          const look = { request, base };
          const about = { group, located, isFull: false };
          const id = `${request.build.builder}\n${writtenTarget('', attributesOfLook(look, about))}`;
          if (!fine.has(id) && !looks.has(id)) looks.set(id, look);
        }
      }
      const all = [...looks.values()];
      const first = await attempt(group, all, located, false);
      // What a build is given beside, such as arguments, is for its ONBUILDs too.
      const failure = first && (await attempt(group, all, located, true));
      if (failure === null) for (const id of looks.keys()) fine.add(id);
      return failure;
    },
  };
}

/** A build with an image that it begins with. */
interface Look {
  readonly request: BuildRequest;
  readonly base: UnseenBase;
}

/** Nobody can listen on port 0. */
const BARRED = 'https://127.0.0.1:0/docker-ensure-barred';

/** The address that stands for a context, by its place among those of the build. */
function barredAddress(place: number): string {
  return `${BARRED}/${place}.git`;
}

/** The context that an ONBUILD has asked for; null: the build's own; undefined: none of them. */
function barredContext({ request }: Look, said: readonly string[]): string | null | undefined {
  const place = new RegExp(`${BARRED}/(\\d+)\\.git`).exec(said.join('\n'))?.[1];
  return place === undefined ? undefined : (request.build.copiedContexts[Number(place)] ?? null);
}

function copiesUnseen({ request, base }: Look, context: string | null): BuildFailed {
  const what = context === null ? 'the build context' : `the additional context \`${context}\``;
  return {
    ...buildFailed(request.key),
    message: `it begins with ${base.name}, whose ONBUILDs copy files of ${what}; with \`files: copied\` the build has only those that its Dockerfile copies`,
    advice:
      context === null
        ? 'give the build all of them: `files: context`'
        : `give the build all of them: \`${context}: { directory: …, files: context }\``,
  };
}

interface About {
  readonly group: BuildGroup;
  readonly located: Located;
  /** With all that a build is given beside its files. */
  readonly isFull: boolean;
}

/** What is for the making of steps. */
const FOR_STEPS: readonly string[] = ['network', 'extra-hosts', 'shm-size', 'ulimits', 'ssh'];

function attributesOfLook(
  { request: { build, staged }, base }: Look,
  { group: { offline }, located, isFull }: About,
): (readonly [string, Value])[] {
  const { copiedContexts } = build;
  const own = copiedContexts.indexOf(null);
  const platform = base.platform === null ? '' : `--platform=${base.platform} `;
  const contexts = [...contextsOf(build, staged.additionalContexts, located)].map(
    ([name, source]): [string, string] => {
      const place = copiedContexts.indexOf(name);
      return [name, place < 0 ? source : barredAddress(place)];
    },
  );
  const options = attributesOf(build, { offline, secretsBefore: 0 });
  return [
    ['context', own < 0 ? staged.context : barredAddress(own)],
    ['dockerfile-inline', `FROM ${platform}${base.name}\n`],
    ['output', ['type=cacheonly']],
    ['platforms', build.platforms],
    ['args', isFull ? buildArguments(build, located) : null],
    ['contexts', new Map(contexts)],
    ...options.filter(([name]) => name === 'pull' || (isFull && FOR_STEPS.includes(name))),
  ];
}

function lookArgv({ builds }: BuildGroup, names: readonly string[]): string[] {
  const [first] = builds;
  return [
    ...['buildx', 'bake'],
    ...(first === undefined ? [] : callArgv(first.build)),
    ...(builds.some(({ build }) => build.network === 'host') ? ['--allow', 'network.host'] : []),
    ...['--progress', 'rawjson', '--file', '-'],
    ...names,
  ];
}
