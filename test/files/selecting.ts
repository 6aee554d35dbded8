import { type SelectionRequest, selectFiles } from '../../src/files/select.ts';
import type { FilePattern, SelectionPolicy } from '../../src/model/manifest.ts';

export const docker: SelectionPolicy = { kind: 'context' };
export const all: SelectionPolicy = { kind: 'all' };

/** A policy as a manifest with a pattern a line would have it. */
export function patterns(
  only: readonly string[] | null,
  allBut: readonly string[] | null = null,
): SelectionPolicy {
  const text = [...(only ?? []), ...(allBut ?? [])].join('\n');
  const source = { path: 'ensure.yaml', text };
  const written = (line: string): FilePattern => {
    const start = text.indexOf(line);
    return { text: line, place: { source, start, end: start + line.length } };
  };
  return {
    kind: 'patterns',
    only: only?.map(written) ?? null,
    allBut: allBut?.map(written) ?? null,
  };
}

/** What is selected: the files as `KIND PATH`, and as they are. */
export async function select(
  directory: string,
  policy: SelectionPolicy,
  more: Partial<SelectionRequest> = {},
) {
  const request = { directory, policy, dockerfile: null, image: 'app', ...more };
  const { files, diagnostics } = await selectFiles(request);
  return { paths: files.map(({ kind, path }) => `${kind} ${path}`), files, diagnostics };
}
