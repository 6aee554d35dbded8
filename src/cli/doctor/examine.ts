import type { CheckUp } from '../../model/check-up.ts';
import { checkUpsDocument, formatCheckUps } from '../../report/check-ups.ts';
import { type Context, EXIT } from '../context.ts';
import { type GlobalOptions, styleOf } from '../options.ts';
import { loadProject } from '../project.ts';
import { checkCache } from './check-cache.ts';
import { checkDocker } from './check-docker.ts';
import { checkPlugin, linkPlugin } from './check-plugin.ts';
import { checkProject } from './check-project.ts';

export interface DoctorOptions {
  readonly json?: boolean;
  readonly installPlugin?: boolean;
}

/** What `doctor` does: gives the exit code. */
export async function examine(
  { json = false, installPlugin = false }: DoctorOptions,
  global: GlobalOptions,
  context: Context,
): Promise<number> {
  const plugin = installPlugin ? await linkPlugin(context) : await checkPlugin(context);
  const { checkUps: ofDocker, usable } = await checkDocker(context);
  // What is wrong with the manifest is for `validate` to say; docker is looked at without one, too.
  const silent = { ...context, err: () => undefined };
  const project = await loadProject(global, silent, 'errors');
  const ofProject = project === null ? [NO_MANIFEST] : await checkProject(project, context, usable);
  const checkUps = [...ofDocker, plugin, await checkCache(context), ...ofProject].map(
    (each): CheckUp => ({
      ...each,
      message: context.mask.redact(each.message),
    }),
  );
  if (json) context.out(checkUpsDocument(checkUps));
  else context.err(formatCheckUps(checkUps, styleOf(global, context)));
  if (!usable) return EXIT.docker;
  return checkUps.some(({ state }) => state === 'broken') ? EXIT.failed : EXIT.ok;
}

const NO_MANIFEST: CheckUp = {
  what: 'manifest',
  state: 'warning',
  message: 'there is none here, or it cannot be used, so no registry was asked',
  advice:
    '`docker-ensure validate` says what is wrong with it, `docker-ensure init` writes a first one',
};
