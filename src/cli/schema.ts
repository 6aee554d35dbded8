import schema from '../../schema/ensure.schema.json' with { type: 'json' };
import { EXIT } from './context.ts';
import type { AddCommand } from './program.ts';

/** `docker-ensure schema`: the manifest's JSON Schema, on stdout. */
export const addSchema: AddCommand = (program, context, run) => {
  program
    .command('schema')
    .description("print the manifest's JSON Schema")
    .action(() =>
      run(async () => {
        context.out(`${JSON.stringify(schema, null, 2)}\n`);
        return EXIT.ok;
      }),
    );
};
