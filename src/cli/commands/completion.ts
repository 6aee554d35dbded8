import { Argument } from 'commander';
import type { AddCommand } from '../command.ts';
import { SHELLS } from '../completion/scripts.ts';
import { EXIT } from '../context.ts';

const EXAMPLES = `
Examples:
  source <(docker-ensure completion bash)      in ~/.bashrc
  source <(docker-ensure completion zsh)       in ~/.zshrc, after compinit
  docker-ensure completion fish > ~/.config/fish/completions/docker-ensure.fish
`;

/** `docker-ensure completion SHELL`: the script by which a shell completes commands, options and images. */
export const addCompletion: AddCommand = (program, context, run) => {
  program
    .command('completion')
    .description('print the script by which a shell completes commands, options and images')
    .addArgument(new Argument('<shell>', 'the shell that it is for').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action((shell: (typeof SHELLS)[number]) =>
      run(async () => {
        const { COMPLETION_SCRIPTS } = await import('../completion/scripts.ts');
        context.out(COMPLETION_SCRIPTS[shell]);
        return EXIT.ok;
      }),
    );
};
