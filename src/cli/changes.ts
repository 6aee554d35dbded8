import { compareInputs, readInputs } from '../inputs/compare.ts';
import { boundsOf } from '../inputs/interval.ts';
import { hashedTexts } from '../model/hashed-texts.ts';
import { dockerfileName } from '../model/naming.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { summarizeDifferences } from '../report/changes.ts';
import { formatAge } from '../report/text.ts';
import type { Archive, Changes } from '../run/ports.ts';

interface Clocks {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The time that intervals go by: `--at`, or that at which the run began. */
  readonly intervals: number;
}

type Images = ReadonlyMap<string, ResolvedImage>;

/** Where a comparison finds the texts of images as they are now, and those of earlier ones by `textOf`. */
export function knownInputs(images: Images, textOf: (hash: string) => Promise<string | null>) {
  const all = [...images.values()];
  const texts = new Map(
    all.flatMap(({ build }) => (build === null ? [] : [...hashedTexts(build)])),
  );
  const byName = new Map(all.map(({ image }) => [dockerfileName(image), image]));
  return {
    textOf: async (hash: string) => texts.get(hash) ?? (await textOf(hash)),
    parentCalled: (name: string) => byName.get(name) ?? null,
  };
}

/** Tells from the archive what has changed; docker is not asked. */
export function createChanges(archive: Archive, { now, intervals }: Clocks): Changes {
  let known: { readonly images: Images; readonly inputs: ReturnType<typeof knownInputs> } | null =
    null;
  return {
    async sinceLastBuild({ image, hash, build }, images) {
      const last = await archive.lastOf(image);
      if (last === null || build === null) return null;
      const built = `built ${formatAge(now() - last.atMs)} ago`;
      if (last.hash === hash) return `${built}, and removed since`;
      const text = await archive.textOf(last.hash);
      const [before, after] = [text === null ? null : readInputs(text), readInputs(build.inputs)];
      if (before === null || after === null) return null;
      if (known?.images !== images) known = { images, inputs: knownInputs(images, archive.textOf) };
      const differences = await compareInputs(before, after, known.inputs);
      const interval = image.build?.interval ?? null;
      const bounds = interval === null ? null : boundsOf(interval, intervals);
      const changes = summarizeDifferences(differences, bounds, intervals);
      return `${changes} since ${last.ref}, ${built}`;
    },
  };
}
