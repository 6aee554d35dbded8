import type { AddCommand } from '../command.ts';
import { EXIT } from '../context.ts';

const EXAMPLES = `
Examples:
  docker run --rm "$(docker-ensure ref app)"
  docker-ensure ref app --registry
`;

/** `docker-ensure ref IMAGE`: the image's full reference, on stdout. Needs no docker. */
export const addRef: AddCommand = (program, context, run) => {
  program
    .command('ref')
    .description("print an image's full reference; needs no docker")
    .argument('<image>', 'its key in the manifest')
    .option('--registry', "the registry's name of it")
    .addHelpText('after', EXAMPLES)
    .action((name: string, { registry = false }: { registry?: boolean }) =>
      run(async (options) => {
        const { loadImage } = await import('../project.ts');
        const resolved = await loadImage(name, options, context);
        if (resolved === null) return EXIT.usage;
        const { mainRegistryRef } = await import('../../model/homes.ts');
        const { ref } = resolved;
        context.out(`${registry ? (mainRegistryRef(resolved) ?? ref) : ref}\n`);
        return EXIT.ok;
      }),
    );
};
