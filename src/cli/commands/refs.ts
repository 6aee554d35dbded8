import { Option } from 'commander';
import type { AddCommand } from '../command.ts';
import { serviceArgument } from '../options.ts';
import type { RefsOptions } from '../print-references.ts';

const FORMATS: readonly RefsOptions['format'][] = [
  'plain',
  'json',
  'dotenv',
  'make',
  'github',
  'gitlab',
  'yaml',
  'compose',
];

const EXAMPLES = `
Examples:
  docker-ensure refs                                 each image and its reference
  docker-ensure refs --format json | jq -r .app.ref
  docker-ensure refs --format dotenv > .images.env   APP_REF=app:3f2a…
  docker-ensure refs --format compose > pinned.yaml && docker compose -f compose.yaml -f pinned.yaml up
`;

/** `docker-ensure refs [IMAGES…]`: all references, in the format that the next tool reads. */
export const addRefs: AddCommand = (program, context, run) => {
  program
    .command('refs')
    .description('print the references of the named images, or all; needs no docker')
    .argument('[images...]', 'keys in the manifest, groups, or globs of keys')
    .addOption(
      new Option('--format <format>', 'how to print them').choices(FORMATS).default('plain'),
    )
    .option('--registry', "the registries' names of them")
    .option('--digest', 'pinned to what the registries have under these names now; asks them')
    .option(
      '--services <pairs>',
      'with --format compose: the image of each service, as service=image,…',
      serviceArgument,
    )
    .addHelpText('after', EXAMPLES)
    .action((names: string[], options: RefsOptions) =>
      run(async (global) => {
        const { printReferences } = await import('../print-references.ts');
        return printReferences(names, options, global, context);
      }),
    );
};
