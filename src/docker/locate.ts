import { holderName, isGone } from '../machine/process-identity.ts';
import * as argv from './argv.ts';
import { imagesToPull, type Located } from './build-argv.ts';
import type { Exec } from './exec.ts';
import { parseImageList } from './parse.ts';
import type { BuildFailed, BuildGroup } from './port.ts';

/** Finds the images of this machine that builds take by name. */
export interface Locator {
  locate(group: BuildGroup): Promise<LocatedImages | BuildFailed>;
}

interface LocatedImages {
  readonly located: Located;
  /** Takes away the names that were given for the build. */
  release(): Promise<void>;
}

const NOTHING: LocatedImages = { located: new Map(), release: async () => undefined };

/**
 * Makes sure that a build takes the images that are here, and offline that it asks no registry.
 *
 * The classic store takes them by itself. The containerd store asks the registry first; where that has
 * another image under the tag of a named context, it mixes the two, one's files with the other's
 * configuration (measured with Engine 26). So there each gets a second name for the time of the build, on
 * a server that cannot exist: nothing listens on port 0, and then what is here is taken.
 */
export function createLocator(run: Exec): Locator {
  const engine = memoize(async () => {
    const { stdout } = await run({ argv: argv.storeArgv() });
    const isContainerd = stdout.includes('io.containerd.snapshotter');
    if (isContainerd) await sweep(run);
    return { isContainerd };
  });
  /** A builder of its own knows no images of this machine: it fetches all that it needs. */
  const isEngines = memoize(async (builder: string) => {
    const { stdout } = await run({ argv: argv.inspectBuilderArgv(builder || null) });
    return (/^Driver: *(\S+)/m.exec(stdout)?.[1] ?? ENGINES_DRIVER) === ENGINES_DRIVER;
  });

  return {
    async locate({ builds, offline }) {
      const group = new Set(builds.map(({ key }) => key));
      const outside = builds.flatMap(({ build }) =>
        build.parents.filter(({ key }) => !group.has(key)),
      );
      const parents = [...new Set(outside.map(({ ref }) => ref))];
      const others = offline
        ? [...new Set(builds.flatMap(({ build }) => imagesToPull(build)))]
        : [];
      if (parents.length + others.length === 0) return NOTHING;
      const { isContainerd } = await engine('');
      if (!isContainerd && !offline) return NOTHING;
      const builder = builds[0]?.build.builder ?? '';
      if (!(await isEngines(builder))) return offline ? fetchesItself() : NOTHING;
      const here = await idsOf(run, [...parents, ...others]);
      const missing = others.find((name) => !here.has(name));
      if (missing !== undefined) {
        const user = builds.find(({ build }) => imagesToPull(build).includes(missing));
        return notHere(missing, user?.key ?? null);
      }
      return isContainerd ? aliased(run, here) : NOTHING;
    },
  };
}

/** Buildx's name for the builder that is in the engine. */
const ENGINES_DRIVER = 'docker';

function memoize<T>(make: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (key) => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
}

/** The IDs of images by their names, which may have digests. */
async function idsOf(run: Exec, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const tagged = names.filter((name) => !name.includes('@'));
  const found = new Map<string, string>();
  if (tagged.length > 0) {
    const { stdout } = await run({ argv: argv.findLocalArgv(tagged) });
    const here = parseImageList(stdout);
    for (const name of tagged) {
      const id = here.get(argv.familiar(name));
      if (id !== undefined) found.set(name, id);
    }
  }
  // No filter finds a digest.
  for (const name of names.filter((each) => each.includes('@'))) {
    const { exitCode, stdout } = await run({ argv: argv.inspectIdArgv(name) });
    if (exitCode === 0) found.set(name, stdout.trim());
  }
  return found;
}

/** A server that cannot exist: nothing can listen on port 0. */
const NOWHERE = '127.0.0.1:0/docker-ensure';
let count = 0;

/** How many names are given at once: docker spends more time starting than giving one. */
const NAMED_AT_ONCE = 4;

/** A name says who gave it, so that another run can take it away should this one be killed. */
async function aliased(
  run: Exec,
  ids: ReadonlyMap<string, string>,
): Promise<LocatedImages | BuildFailed> {
  const holder = await holderName();
  const located = new Map<string, string>();
  const release = async () => {
    if (located.size > 0) await run({ argv: argv.untagArgv(...located.values()) });
  };
  const give = async ([name, id]: readonly [string, string]): Promise<BuildFailed | null> => {
    count += 1;
    const alias = `${NOWHERE}:${holder}.${count}`;
    const tagged = await run({ argv: argv.tagArgv(id, alias) });
    if (tagged.exitCode !== 0)
      return failed(`${name} could not be handed to the build: ${tagged.stderr.trim()}`);
    located.set(name, alias);
    return null;
  };
  const waiting = [...ids];
  while (waiting.length > 0) {
    const outcomes = await Promise.all(waiting.splice(0, NAMED_AT_ONCE).map(give));
    const failure = outcomes.find((outcome) => outcome !== null);
    if (failure) {
      await release();
      return failure;
    }
  }
  return { located, release };
}

/** Takes away the names that runs have left which were killed. */
async function sweep(run: Exec): Promise<void> {
  const { stdout } = await run({ argv: argv.listTagsArgv(NOWHERE) });
  const left: string[] = [];
  for (const line of stdout.split('\n').filter((each) => each !== '')) {
    const holder = line.slice(line.lastIndexOf(':') + 1).split('.')[0] ?? '';
    if (await isGone(holder)) left.push(line);
  }
  if (left.length > 0) await run({ argv: argv.untagArgv(...left) });
}

function notHere(name: string, key: string | null): BuildFailed {
  return {
    ...failed(`it is built from ${name}, which is not here, and --offline forbids to pull it`),
    key,
    advice: 'run without --offline, or pull it beforehand',
  };
}

function fetchesItself(): BuildFailed {
  return {
    ...failed('its builder is not the one in the engine: it knows no images of this machine'),
    advice: 'build with `builder: default`, or run without --offline',
  };
}

function failed(message: string): BuildFailed {
  return { ok: false, key: null, message, log: [] };
}
