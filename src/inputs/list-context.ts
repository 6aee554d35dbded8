import type { SelectionRequest } from '../files/select.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { ContextFiles } from '../model/file-list.ts';
import type { FilePolicy, SelectionPolicy } from '../model/manifest.ts';
import type { ContextSelection } from './copied.ts';
import type { ListFiles } from './shared-files.ts';
import type { Tracking } from './tracked.ts';

export interface ListedContext {
  /** Null where they have errors. */
  readonly files: ContextFiles | null;
  readonly diagnostics: readonly Diagnostic[];
}

interface ListRequest {
  readonly policy: FilePolicy;
  /** What is copied of the context, where the policy asks for that. */
  readonly copied: () => ContextSelection;
  /** Tells what git tracks; undefined where nobody can. */
  readonly tracking: Tracking | undefined;
  readonly list: ListFiles;
  readonly requestOf: (policy: SelectionPolicy) => SelectionRequest;
}

/** The files of a context, listed and hashed. */
export async function listContext(request: ListRequest): Promise<ListedContext> {
  const { policy, copied, tracking = NO_GIT, requestOf } = request;
  const { tracked: place, ...plain } = policy;
  const selection = plain.kind === 'copied' ? copied() : { policy: plain, whole: null };
  if (place === undefined) return listFiles(selection, request);
  const { directory, image } = requestOf(selection.policy);
  const tracked = await tracking(directory);
  if ('paths' in tracked)
    return listFiles({ ...selection, policy: { ...selection.policy, tracked } }, request);
  const message = `it is not known which files git tracks: ${tracked.message}`;
  const { advice } = tracked;
  const diagnostic = { severity: 'error', code: 'no-git', message, advice, place, image } as const;
  return { files: null, diagnostics: [diagnostic] };
}

const NO_GIT: Tracking = async () => ({
  message: 'nobody is there to be asked',
  advice: 'leave `tracked` out',
});

/** The files of a context, with why they are those. */
async function listFiles(
  { policy, whole }: ContextSelection,
  { requestOf, list }: ListRequest,
): Promise<ListedContext> {
  const { files, diagnostics } = await list(requestOf(policy));
  const why = whole === null ? {} : { whole };
  return { files: files === null ? null : { ...files, policy, ...why }, diagnostics };
}
