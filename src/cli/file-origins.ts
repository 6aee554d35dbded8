import { originsIn } from '../files/origins.ts';
import type { Difference } from '../model/difference.ts';
import type { ContextFiles } from '../model/file-list.ts';
import type { Origin } from '../model/manifest.ts';
import type { ResolvedBuild, ResolvedImage } from '../model/resolved.ts';
import { formatPlace } from '../model/source.ts';
import { printableLine } from '../report/text.ts';

/** Every file that a build sees, a line each, with what lets it in. */
export function explainFiles(build: ResolvedBuild): string {
  const lines = contextsOf(build).flatMap(([name, context]) => {
    const originOf = originsIn(context);
    const policy = `the policy of \`files\`, ${policyOf(context)}`;
    return [...context.list.entries.keys()].map((path) => {
      const origin = originOf(path);
      const file = name === null ? path : `${name}: ${path}`;
      return `${printableLine(file)}  ${origin === null ? policy : printableLine(formatOrigin(origin))}\n`;
    });
  });
  return lines.join('');
}

/** Differences with what lets each changed file in, those of parents too. */
export function withOrigins(
  differences: readonly Difference[],
  build: ResolvedBuild | null,
  images: ReadonlyMap<string, ResolvedImage>,
): Difference[] {
  return differences.map((difference): Difference => {
    if (difference.is === 'parent') {
      const parent = images.get(difference.image)?.build ?? null;
      const own = difference.differences && withOrigins(difference.differences, parent, images);
      return { ...difference, differences: own };
    }
    if (difference.is !== 'files' || difference.files === null || build === null) return difference;
    const context = contextsOf(build).find(([name]) => inputOf(name) === difference.input)?.[1];
    if (context === undefined) return difference;
    const originOf = originsIn(context);
    const files = difference.files.map((file) => {
      const origin = originOf(file.path);
      return origin === null ? file : { ...file, by: formatOrigin(origin) };
    });
    return { ...difference, files };
  });
}

function policyOf({ policy }: ContextFiles): string {
  return policy?.kind === 'patterns' ? '`only` and `all_but`' : `\`${policy?.kind ?? 'context'}\``;
}

function inputOf(context: string | null): string {
  return context === null ? 'files' : `additional_contexts.${context}`;
}

/** The contexts of a build that are folders, by name; null: its own. */
function contextsOf({ files, additionalContexts }: ResolvedBuild): [string | null, ContextFiles][] {
  const others = [...additionalContexts].flatMap(([name, context]): [string, ContextFiles][] =>
    context.kind === 'folder' ? [[name, context.files]] : [],
  );
  return [[null, files], ...others];
}

/** `Dockerfile:2:6 COPY src` */
function formatOrigin({ what, place }: Origin): string {
  return place === null ? what : `${formatPlace(place)} ${what}`;
}
