import { relative } from 'node:path';
import { Option } from 'commander';
import type { AddCommand } from '../command.ts';
import { EXIT } from '../context.ts';

const EXAMPLES = `
Examples:
  docker-ensure config                     the whole manifest
  docker-ensure config --image app         what defaults and variables make of one image
  docker-ensure config --format json | jq '.images | keys'
`;

interface ConfigOptions {
  readonly format: 'yaml' | 'json';
  readonly image?: string;
}

/** `docker-ensure config`: the manifest after interpolation and defaults. */
export const addConfig: AddCommand = (program, context, run) => {
  program
    .command('config')
    .description('print the manifest after variables and defaults, secrets masked; needs no docker')
    .addOption(
      new Option('--format <format>', 'how to print it').choices(['yaml', 'json']).default('yaml'),
    )
    .option('--image <key>', 'this image alone')
    .addHelpText('after', EXAMPLES)
    .action(({ format, image }: ConfigOptions) =>
      run(async (global) => {
        const { chooseImage, loadProject } = await import('../project.ts');
        const { formatManifest } = await import('../../report/manifest.ts');
        const project = await loadProject(global, context, 'errors');
        if (project === null) return EXIT.usage;
        const only = image === undefined ? null : chooseImage(project, image);
        context.out(
          formatManifest(format, project.manifest, { only, redact: project.redact, relative }),
        );
        return EXIT.ok;
      }),
    );
};
