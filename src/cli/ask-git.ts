import type { Git } from '../model/git.ts';
import type { Context } from './context.ts';

/** Runs git; what that takes is loaded once a manifest asks it something. With `debug` each command is shown. */
export function gitOf(
  { env, signal, err }: Pick<Context, 'env' | 'signal' | 'err'>,
  debug: boolean,
): Git {
  let made: Git | null = null;
  const onCall = (argv: readonly string[]) => {
    if (debug) err(`$ ${argv.join(' ')}\n`);
  };
  return async (folder, argv) => {
    const { createGit } = await import('../git/git.ts');
    made ??= createGit({ env, signal, onCall });
    return made(folder, argv);
  };
}
