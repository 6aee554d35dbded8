import { Option } from 'commander';
import type { AddCommand } from '../command.ts';
import type { ShowGraphOptions } from '../show-graph.ts';

const FORMATS: readonly ShowGraphOptions['format'][] = ['tree', 'mermaid', 'dot', 'json'];

const EXAMPLES = `
Examples:
  docker-ensure graph                        every image, and beneath it what it is built on
  docker-ensure graph app --status --why     what of it is here, and which line asks for each parent
  docker-ensure graph --dependents base      what is built on an image
  docker-ensure graph --format dot | dot -Tsvg > images.svg
`;

/** `docker-ensure graph [IMAGES…]`: the images and their parents. */
export const addGraph: AddCommand = (program, context, run) => {
  program
    .command('graph')
    .description('show what the named images, or all, are built on; needs no docker')
    .argument('[images...]', 'keys in the manifest, groups, or globs of keys')
    .addOption(new Option('--format <format>', 'how to show it').choices(FORMATS).default('tree'))
    .option('--status', 'say what is on this machine; asks docker')
    .option('--why', 'name the line of the Dockerfile behind each arrow')
    .option('--dependents <image>', 'what is built on this image, instead')
    .addHelpText('after', EXAMPLES)
    .action((names: string[], options: ShowGraphOptions) =>
      run(async (global) => {
        const { showGraph } = await import('../show-graph.ts');
        return showGraph(names, options, global, context);
      }),
    );
};
