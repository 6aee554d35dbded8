import { compareInputs, readInputs } from '../inputs/compare.ts';
import { boundsOf } from '../inputs/interval.ts';
import { resolveImages } from '../inputs/resolve.ts';
import { hasErrors } from '../model/diagnostic.ts';
import type { Explanation } from '../model/explanation.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { explanationDocument, formatExplanation } from '../report/explanation.ts';
import { redactDeep } from '../report/redact.ts';
import { type Earlier, findEarlier } from '../run/earlier.ts';
import { knownInputs } from './changes.ts';
import { type Context, EXIT, UsageError } from './context.ts';
import { withOrigins } from './file-origins.ts';
import { type GlobalOptions, styleOf } from './options.ts';
import { chooseImage, loadProject } from './project.ts';
import { reporter } from './run-report.ts';
import { withRunSession } from './run-session.ts';

/** The options of `why`. */
export interface WhyOptions {
  readonly against?: string;
  readonly json?: boolean;
}

/** What `why` does: gives the exit code. */
export async function explainImage(
  name: string,
  { against, json = false }: WhyOptions,
  global: GlobalOptions,
  context: Context,
): Promise<number> {
  const project = await loadProject(global, context, 'errors');
  if (project === null) return EXIT.usage;
  const { manifest, graph, conditions } = project;
  const key = chooseImage(project, name);
  const { images, diagnostics } = await resolveImages(manifest, graph, [key], conditions);
  project.report(diagnostics);
  const resolved = images.get(key);
  if (hasErrors(diagnostics) || resolved === undefined) return EXIT.usage;
  if (resolved.build === null)
    throw new UsageError(`\`${key}\` has no \`build\`, so it has no inputs`);
  const emit = reporter({ ...global, quiet: true }, context, project);
  const session = { project, context, emit, jobs: null, retries: null };
  const earlier = await withRunSession(session, ({ services }) =>
    findEarlier(resolved, images, against ?? null, services),
  );
  if ('code' in earlier) {
    emit({ type: 'image-failed', image: key, failure: earlier });
    return EXIT.failed;
  }
  const found = await explanationOf(resolved, images, earlier, conditions.now);
  const explanation = redactDeep(found, project.redact);
  context.out(
    json
      ? explanationDocument(explanation)
      : formatExplanation(explanation, conditions.now, styleOf(global, context, 'out')),
  );
  return EXIT.ok;
}

async function explanationOf(
  { image, ref, build }: ResolvedImage,
  images: ReadonlyMap<string, ResolvedImage>,
  earlier: Earlier,
  now: number,
): Promise<Explanation> {
  const known = knownInputs(images, earlier.textOf);
  const [before, after] = [earlier.build?.inputs, build?.inputs].map((text) =>
    text === undefined ? null : readInputs(text),
  );
  const found = before && after ? await compareInputs(before, after, known) : [];
  const differences = withOrigins(found, build, images);
  const interval = image.build?.interval ?? null;
  return {
    image: image.key,
    ref,
    verdict: verdictOf(earlier, differences.length === 0),
    against: earlier.build,
    differences,
    interval: interval === null ? null : boundsOf(interval, now),
  };
}

function verdictOf(
  { isCurrent, wasBuilt, build }: Earlier,
  isSame: boolean,
): Explanation['verdict'] {
  if (build === null ? isCurrent : isSame) return 'identical';
  if (wasBuilt && !isCurrent) return 'removed';
  return build === null ? 'new' : 'changed';
}
