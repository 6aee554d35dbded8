import { wholeContexts } from '../../report/whole-contexts.ts';
import type { AddCommand } from '../command.ts';
import { EXIT, UsageError } from '../context.ts';

const EXAMPLES = `
Examples:
  docker-ensure inputs app | jq .
  docker-ensure inputs app | sha256sum    the hash
  docker-ensure inputs app --files        which files go into it
  docker-ensure inputs app --explain      and which line of the Dockerfile lets each of them in
`;

interface InputsOptions {
  readonly files?: boolean;
  readonly explain?: boolean;
}

/** `docker-ensure inputs IMAGE`: the bytes whose SHA-256 is the image's hash, on stdout. */
export const addInputs: AddCommand = (program, context, run) => {
  program
    .command('inputs')
    .description('print the inputs document: `| sha256sum` gives the hash; needs no docker')
    .argument('<image>', 'its key in the manifest')
    .option('--files', 'print the file list document instead')
    .option('--explain', 'print each file with the line of the Dockerfile that lets it in, instead')
    .addHelpText('after', EXAMPLES)
    .action((name: string, { files = false, explain = false }: InputsOptions) =>
      run(async (options) => {
        if (files && explain)
          throw new UsageError(
            '--files and --explain contradict each other',
            'leave one of them out',
          );
        const { loadImage } = await import('../project.ts');
        const resolved = await loadImage(name, options, context);
        if (resolved === null) return EXIT.usage;
        if (resolved.build === null) {
          throw new UsageError(`\`${name}\` has no \`build\`, so it has no inputs`);
        }
        for (const note of wholeContexts([resolved])) context.err(`${note}\n`);
        if (explain) {
          const { explainFiles } = await import('../file-origins.ts');
          context.out(explainFiles(resolved.build));
          return EXIT.ok;
        }
        context.out(files ? resolved.build.files.list.document : resolved.build.inputs);
        return EXIT.ok;
      }),
    );
};
