import { hasErrors } from '../model/diagnostic.ts';
import { count } from '../report/text.ts';
import type { AddCommand } from './command.ts';
import { EXIT } from './context.ts';
import { openProject, resolve } from './project.ts';

/** `docker-ensure validate`: the manifest and all files that it names, checked. Needs no docker. */
export const addValidate: AddCommand = (program, context, run) => {
  program
    .command('validate')
    .description('check the manifest and the files that it names; needs no docker')
    .action(() =>
      run(async (options) => {
        const project = await openProject(options, context);
        if (project === null) return EXIT.usage;
        const { manifest } = project;
        const { diagnostics } = await resolve(project, manifest.images.keys());
        if (hasErrors(diagnostics)) return EXIT.usage;
        context.err(`${manifest.path}: ${count(manifest.images.size, 'image')}, all well\n`);
        return EXIT.ok;
      }),
    );
};
