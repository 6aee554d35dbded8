import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Docker's configuration file, as far as it tells of logins. */
export interface LoginConfig {
  readonly auths?: Readonly<Record<string, unknown>> | null;
  readonly credHelpers?: Readonly<Record<string, unknown>> | null;
  readonly credsStore?: unknown;
}

/** The configuration file in a folder; an empty one where there is none that can be read. */
export async function readLoginConfig(folder: string): Promise<LoginConfig> {
  return parseLoginConfig(await readFile(join(folder, 'config.json'), 'utf8').catch(() => ''));
}

/** A configuration's text; an empty one where it is no JSON: docker itself complains about that. */
export function parseLoginConfig(text: string): LoginConfig {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
