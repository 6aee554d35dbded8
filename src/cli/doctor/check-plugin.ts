import { lstat, mkdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckUp } from '../../model/check-up.ts';
import type { Context } from '../context.ts';
import { dockerFolder } from '../docker-folders.ts';

const WHAT = 'plugin';

/** Does docker know docker-ensure as `docker ensure`? Nothing needs it to. */
export async function checkPlugin(context: Context): Promise<CheckUp> {
  const path = pathOf(context);
  const target = await readlink(path).catch(() => null);
  if (target === context.binary) return linked(path);
  const isOther = (await lstat(path).catch(() => null)) !== null;
  const message = isOther
    ? `${path} is not this docker-ensure`
    : 'docker does not know `docker ensure`';
  const advice = isOther ? 'remove it, then: ' : '';
  return {
    ...{ what: WHAT, state: isOther ? 'warning' : 'ok', message },
    advice: isOther ? `${advice}docker-ensure doctor --install-plugin` : null,
  };
}

/** Links docker-ensure into docker's folder of plugins; what is there already is left alone. */
export async function linkPlugin(context: Context): Promise<CheckUp> {
  const path = pathOf(context);
  try {
    await mkdir(join(path, '..'), { recursive: true });
    await symlink(context.binary, path);
    return linked(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const found = await checkPlugin(context);
    if (code === 'EEXIST') return found.state === 'ok' ? found : { ...found, state: 'broken' };
    const advice = 'link it by hand: https://docs.docker.com/reference/cli/docker/#plugins';
    return { what: WHAT, state: 'broken', message, advice };
  }
}

function linked(path: string): CheckUp {
  return { what: WHAT, state: 'ok', message: `\`docker ensure\` is ${path}`, advice: null };
}

function pathOf(context: Context): string {
  return join(dockerFolder(context), 'cli-plugins', 'docker-ensure');
}
