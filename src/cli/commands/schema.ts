import type { AddCommand } from '../command.ts';
import { EXIT } from '../context.ts';

const EXAMPLES = `
Examples:
  docker-ensure schema > ensure.schema.json
`;

/** `docker-ensure schema`: the manifest's JSON Schema, on stdout. */
export const addSchema: AddCommand = (program, context, run) => {
  program
    .command('schema')
    .description("print the manifest's JSON Schema")
    .addHelpText('after', EXAMPLES)
    .action(() =>
      run(async () => {
        const { default: schema } = await import('../../../schema/ensure.schema.json', {
          with: { type: 'json' },
        });
        context.out(`${JSON.stringify(schema, null, 2)}\n`);
        return EXIT.ok;
      }),
    );
};
