import type { AddCommand } from '../command.ts';
import { ageArgument, keepArgument } from '../options.ts';
import type { PruneOptions } from '../prune-images.ts';

const EXAMPLES = `
Examples:
  docker-ensure prune --dry-run               what would be removed, and what is kept
  docker-ensure prune --keep 2 --yes          all but the current images and the two newest others
  docker-ensure prune --older-than 14d --yes
  docker-ensure prune --registry --older-than 90d    what would be removed from the registries
`;

/** `docker-ensure prune`: removes images whose hash is no longer current. */
export const addPrune: AddCommand = (program, context, run) => {
  program
    .command('prune')
    .description("remove images of the manifest's repositories whose hash is no longer current")
    .option('--keep <n>', 'keep so many of the newest in each repository', keepArgument, 0)
    .option('--older-than <age>', 'keep what is younger, such as 14d', ageArgument)
    .option('--registry', 'look at the registries instead; without --yes nothing is removed')
    .option('--dry-run', 'remove nothing')
    .option('--yes', 'do not ask')
    .option('--json', 'print a document on stdout')
    .addHelpText('after', EXAMPLES)
    .action((options: PruneOptions) =>
      run(async (global) => {
        const { pruneImages } = await import('../prune-images.ts');
        return pruneImages(options, global, context);
      }),
    );
};
