import { hasErrors } from '../../model/diagnostic.ts';
import { sameVariable, variableName } from '../../model/variable-name.ts';
import type { AddCommand } from '../command.ts';
import { type Context, EXIT, UsageError } from '../context.ts';
import { commandAfter, runCommand } from '../foreground.ts';
import type { GlobalOptions } from '../options.ts';
import type { ImageRun } from '../run-images.ts';
import { addRunOptions, type RunOptions } from '../run-options.ts';

const EXAMPLES = `
Examples:
  docker-ensure exec -- docker compose up        with APP_REF=app:3f2a… and so on in its environment
  docker-ensure exec tests -- sh -c 'docker run --rm "$TESTS_REF"'
`;

/** `docker-ensure exec [IMAGES…] -- CMD…`: `up`, then CMD with every reference in its environment. */
export const addExec: AddCommand = (program, context, run) => {
  const command = program
    .command('exec')
    .description('ensure the named images, or all, then run a command that knows the references')
    .usage('[options] [images...] -- command...')
    .addHelpText('after', EXAMPLES);
  addRunOptions(command).action((names: string[], options: RunOptions) =>
    run((global, rest) => exec({ names, options, command: rest }, global, context)),
  );
};

interface ExecRequest {
  readonly names: readonly string[];
  readonly options: RunOptions;
  readonly command: readonly string[] | null;
}

async function exec(
  { names, options, command }: ExecRequest,
  global: GlobalOptions,
  context: Context,
): Promise<number> {
  const argv = commandAfter(command, 'docker-ensure exec app -- make test');
  const { ensureQuietly, prepareRun } = await import('../run-images.ts');
  const prepared = await prepareRun(names, options, global, context);
  if (prepared === null) return EXIT.usage;
  const references = await readReferences(prepared);
  if (references === null) return EXIT.usage;
  const ended = await ensureQuietly(prepared, context);
  if ('exitCode' in ended) return ended.exitCode;
  for (const { image, ref } of ended.results) references.set(image, ref);
  const variables = [...references].map(([key, ref]) => [variableName(key), ref] as const);
  return runCommand(argv, { ...context.env, ...Object.fromEntries(variables) }, context);
}

/**
 * The references by key of the images that are not ensured, which have theirs in the end; null where files have
 * errors, which are printed.
 */
async function readReferences({ project, wanted }: ImageRun): Promise<Map<string, string> | null> {
  const { manifest, graph, conditions } = project;
  const keys = [...manifest.images.keys()];
  const same = sameVariable(keys);
  if (same !== null)
    throw new UsageError(
      `\`${same[0]}\` and \`${same[1]}\` come to the same variable name, ${variableName(same[0])}`,
      'rename one of them',
    );
  const { resolveImages } = await import('../../inputs/resolve.ts');
  const others = keys.filter((key) => !wanted.has(key));
  const { images, diagnostics } = await resolveImages(manifest, graph, others, conditions);
  if (hasErrors(diagnostics)) {
    project.report(diagnostics);
    return null;
  }
  return new Map([...images.values()].map(({ image, ref }) => [image.key, ref]));
}
