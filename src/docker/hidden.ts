import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { BuildRequest } from './port.ts';

/**
 * What to do where docker says that a path is not there, or is not to be read, that is there for us: it
 * sees other files than we do, or fewer. `own`: docker's own words. Null where that is not so.
 */
export async function hiddenAdvice(
  own: readonly string[],
  requests: readonly BuildRequest[],
): Promise<string | null> {
  for (const request of requests) {
    const advice = await adviceOn(own, request);
    if (advice !== null) return advice;
  }
  return null;
}

async function adviceOn(own: readonly string[], request: BuildRequest): Promise<string | null> {
  for (const line of own.filter((each) => ABSENT.test(each))) {
    const path = pathsOf(request).find((each) => line.includes(each)) ?? impliedPath(line, request);
    if (path === null || !(await isThere(path))) continue;
    const folders = stagedFolders(request);
    const remedy = folders.some((folder) => path.startsWith(folder))
      ? 'set DOCKER_ENSURE_CACHE to a folder that it sees, such as one in your home whose name does not begin with a dot'
      : 'put it where docker sees it';
    return `docker does not see ${path}, which is there (docker from snap sees no hidden folders, and has a /tmp of its own; docker in a container sees what is mounted there): ${remedy}`;
  }
  return null;
}

const ABSENT = /no such file or directory|not found|permission denied|read-only file system/i;

/** Everything that a build hands to docker by its path; the longest first, so that a file goes before its folder. */
function pathsOf(request: BuildRequest): string[] {
  const { staged, build } = request;
  const files = build.secrets.flatMap(({ from }) => ('file' in from ? [from.file] : []));
  const contexts = [...staged.additionalContexts.values()];
  const own = [staged.context, staged.dockerfile, staged.metadataFile];
  return [...own, ...contexts, ...files, ...stagedFolders(request)].sort(
    (a, b) => b.length - a.length,
  );
}

function stagedFolders({ staged }: BuildRequest): string[] {
  return [dirname(staged.dockerfile), dirname(staged.context)];
}

/** The Dockerfile has been laid out, so one that cannot be read is one that docker does not see. */
function impliedPath(line: string, { staged }: BuildRequest): string | null {
  return /^ERROR: (?:failed to solve: )?failed to read dockerfile: open /.test(line)
    ? staged.dockerfile
    : null;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
