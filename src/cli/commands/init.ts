import type { AddCommand } from '../command.ts';
import type { InitOptions } from '../init/write-first-manifest.ts';

const EXAMPLES = `
Examples:
  docker-ensure init --print      what it would write
  docker-ensure init              write ensure.yaml here
  docker-ensure validate && docker-ensure plan
`;

/** `docker-ensure init`: a first manifest, made of the Dockerfiles, compose files and bake files found. */
export const addInit: AddCommand = (program, context, run) => {
  program
    .command('init')
    .description('write a first manifest from the Dockerfiles, compose files and bake files found')
    .option('--print', 'print it on stdout instead')
    .option('--force', 'write over a manifest that is there')
    .addHelpText('after', EXAMPLES)
    .action((options: InitOptions) =>
      run(async (global) => {
        const { writeFirstManifest } = await import('../init/write-first-manifest.ts');
        return writeFirstManifest(options, global, context);
      }),
    );
};
