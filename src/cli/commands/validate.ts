import { hasErrors } from '../../model/diagnostic.ts';
import { summarizeDiagnostics } from '../../report/diagnostics.ts';
import { fewNotes } from '../../report/few-notes.ts';
import { foundParents } from '../../report/found-parents.ts';
import { count } from '../../report/text.ts';
import { wholeContexts } from '../../report/whole-contexts.ts';
import type { AddCommand } from '../command.ts';
import { EXIT } from '../context.ts';
import { isQuiet } from '../options.ts';

const EXAMPLES = `
Examples:
  docker-ensure validate
  docker-ensure --file images/ensure.yaml --env-file ci.env validate
`;

/** `docker-ensure validate`: the manifest and all files that it names, checked. Needs no docker. */
export const addValidate: AddCommand = (program, context, run) => {
  program
    .command('validate')
    .description('check the manifest and the files that it names; needs no docker')
    .addHelpText('after', EXAMPLES)
    .action(() =>
      run(async (options) => {
        const [{ loadProject }, { resolveAndCheck }, { unreadableMounts }] = await Promise.all([
          import('../project.ts'),
          import('../../ensure.ts'),
          import('../../inputs/mounts.ts'),
        ]);
        const project = await loadProject(options, context);
        if (project === null) return EXIT.usage;
        const { manifest, graph, conditions, warnings } = project;
        const keys = manifest.images.keys();
        const checked = await resolveAndCheck(manifest, graph, keys, conditions);
        const mounts = await Promise.all(
          [...manifest.images.values()].map((image) =>
            unreadableMounts(image, context.env.SSH_AUTH_SOCK),
          ),
        );
        const diagnostics = [...checked.diagnostics, ...mounts.flat()];
        project.report(diagnostics);
        if (hasErrors(diagnostics)) return EXIT.usage;
        const kinds = [
          foundParents(manifest.images.values()),
          wholeContexts([...checked.images.values()]),
        ];
        if (!isQuiet(options))
          for (const note of kinds.flatMap((kind) => fewNotes(kind, options.debug === true)))
            context.err(`${note}\n`);
        const result = summarizeDiagnostics([...warnings, ...diagnostics]) || 'all well';
        context.err(`${manifest.path}: ${count(manifest.images.size, 'image')}, ${result}\n`);
        return EXIT.ok;
      }),
    );
};
