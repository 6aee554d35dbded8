import type { AddCommand } from '../command.ts';
import type { WhyOptions } from '../explain-image.ts';

const EXAMPLES = `
Examples:
  docker-ensure why app                                what differs from the newest image of that name here
  docker-ensure why app --against team/app:1.4-3f2a…   the same for an image here or in a registry
  docker-ensure why app --json | jq '.differences[].input'
`;

/** `docker-ensure why IMAGE`: the inputs that differ from those of an earlier build. */
export const addWhy: AddCommand = (program, context, run) => {
  program
    .command('why')
    .description('say which inputs of an image differ from those of its newest build here')
    .argument('<image>', 'its key in the manifest')
    .option('--against <reference>', 'compare with this image, here or in a registry')
    .option('--json', 'print a document on stdout')
    .addHelpText('after', EXAMPLES)
    .action((name: string, options: WhyOptions) =>
      run(async (global) => {
        const { explainImage } = await import('../explain-image.ts');
        return explainImage(name, options, global, context);
      }),
    );
};
