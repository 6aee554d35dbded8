/** Asks a registry what it holds, by its HTTP interface. */
import type { Credentials, Registry } from './types.ts';

/** The questions a test asks of the registry at `host`. */
export function registryClient(
  host: string,
  auth: Credentials | undefined,
): Pick<Registry, 'repositories' | 'tags'> {
  const headers: Record<string, string> = {};
  if (auth !== undefined) {
    const pair = Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
    headers.Authorization = `Basic ${pair}`;
  }
  const names = async (path: string, key: string): Promise<string[]> => {
    const response = await fetch(`http://${host}/v2/${path}`, { headers });
    // An unknown repository, and one whose last tag was deleted, have no tags.
    if (response.status === 404) return [];
    if (!response.ok) throw new Error(`The registry answers ${response.status} to ${path}.`);
    const body = (await response.json()) as Record<string, string[] | null>;
    return (body[key] ?? []).sort();
  };
  return {
    repositories: () => names('_catalog?n=1000', 'repositories'),
    tags: (repository) => names(`${repository}/tags/list`, 'tags'),
  };
}
