import type { AddCommand } from '../command.ts';
import type { DoctorOptions } from '../doctor/examine.ts';

const EXAMPLES = `
Examples:
  docker-ensure doctor
  docker-ensure doctor --install-plugin && docker ensure up
  docker-ensure doctor --json | jq '.checks[] | select(.state != "ok")'
`;

/** `docker-ensure doctor`: is all there that runs need? */
export const addDoctor: AddCommand = (program, context, run) => {
  program
    .command('doctor')
    .description('check docker, the registries of the manifest and the cache folder')
    .option('--json', 'print a document on stdout')
    .option('--install-plugin', 'make docker know it as `docker ensure`')
    .addHelpText('after', EXAMPLES)
    .action((options: DoctorOptions) =>
      run(async (global) => {
        const { examine } = await import('../doctor/examine.ts');
        return examine(options, global, context);
      }),
    );
};
