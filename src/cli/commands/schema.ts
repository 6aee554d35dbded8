import type { AddCommand } from '../command.ts';
import { EXIT } from '../context.ts';

/** `docker-ensure schema`: the manifest's JSON Schema, on stdout. */
export const addSchema: AddCommand = (program, context, run) => {
  program
    .command('schema')
    .description("print the manifest's JSON Schema")
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
