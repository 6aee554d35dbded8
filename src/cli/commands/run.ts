import type { AddCommand } from '../command.ts';
import { type Context, EXIT, UsageError } from '../context.ts';
import { runCommand } from '../foreground.ts';
import type { GlobalOptions } from '../options.ts';
import { addPolicyOptions, type RunOptions } from '../run-options.ts';

const EXAMPLES = `
Examples:
  docker-ensure run tools -v "$PWD:/src" -w /src -- make test
  docker-ensure run --no-push psql -e PGPASSWORD -- psql -h db
  git ls-files | docker-ensure run linter -- xargs lint

Options of docker-ensure stand before the image, those of docker run after it.
`;

/** `docker-ensure run IMAGE [docker run options] [-- CMD…]`: `up IMAGE`, then a container of it here. */
export const addRun: AddCommand = (program, context, run) => {
  const command = program
    .command('run')
    .description('ensure an image, then run a container of it with this terminal')
    .usage('[options] <image> [docker run options] [-- command...]')
    .argument('<image>', 'its key in the manifest')
    .showHelpAfterError('(options of docker run stand after the image)')
    .addHelpText('after', EXAMPLES);
  addPolicyOptions(command).action((name: string, options: RunOptions) =>
    run((global, rest) => runImage({ name, options, rest: rest ?? [] }, global, context)),
  );
};

interface RunImageRequest {
  readonly name: string;
  readonly options: RunOptions;
  /** What follows the image on the command line. */
  readonly rest: readonly string[];
}

async function runImage(
  { name, options, rest }: RunImageRequest,
  global: GlobalOptions,
  context: Context,
): Promise<number> {
  const { dockerOptions, command } = splitRest(rest);
  const { ensureQuietly, prepareRun } = await import('../run-images.ts');
  const prepared = await prepareRun([name], options, global, context);
  if (prepared === null) return EXIT.usage;
  const image = prepared.project.manifest.images.get(name);
  // A container needs the image here, wherever else it must be.
  const require =
    (options.require ?? image?.require) === 'registry' ? 'both' : prepared.policy.require;
  const ended = await ensureQuietly(
    { ...prepared, policy: { ...prepared.policy, require } },
    context,
  );
  if ('exitCode' in ended) return ended.exitCode;
  const ref = ended.results.find((result) => result.image === name)?.ref ?? name;
  // An image that is gone by now is an error, not something else of that name.
  const pull = dockerOptions.some((word) => /^--pull(=|$)/.test(word)) ? [] : ['--pull=never'];
  const terminal = context.isTerminal.in && context.isTerminal.out ? '-it' : '-i';
  const argv = ['docker', 'run', '--rm', terminal, ...pull, ...dockerOptions, ref, ...command];
  return runCommand(argv, context.env, context);
}

function splitRest(rest: readonly string[]) {
  const at = rest.indexOf('--');
  const dockerOptions = at < 0 ? rest : rest.slice(0, at);
  const [first] = dockerOptions;
  // Docker would take it for the image.
  if (first !== undefined && !first.startsWith('-'))
    throw new UsageError(
      `\`${first}\` is no option of docker run`,
      `write the container's command after \`--\``,
    );
  return { dockerOptions, command: at < 0 ? [] : rest.slice(at + 1) };
}
