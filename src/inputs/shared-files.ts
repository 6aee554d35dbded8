import { hashFiles } from '../files/file-list.ts';
import type { KnownHashes } from '../files/known-hashes.ts';
import { type SelectionRequest, selectFiles } from '../files/select.ts';
import { type Diagnostic, hasErrors } from '../model/diagnostic.ts';
import type { ContextFiles } from '../model/file-list.ts';
import type { SelectionPolicy } from '../model/manifest.ts';

/** The files of a context, listed and hashed; null where they have errors. */
interface Listed {
  readonly files: Omit<ContextFiles, 'policy' | 'whole'> | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Lists and hashes contexts. Those that several images share are walked and hashed once. */
export type ListFiles = (request: SelectionRequest) => Promise<Listed>;

/** To be made for each time that the files are looked at: what was listed is not listed again. */
export function sharedListing(hashes: KnownHashes | undefined): ListFiles {
  const known = new Map<string, Promise<Listed>>();
  return async (request) => {
    const key = keyOf(request);
    const before = known.get(key);
    if (before !== undefined) {
      const listed = await before;
      // What is wrong or doubtful is told for each image, with places of its own.
      if (listed.diagnostics.length === 0) return listed;
    }
    const listed = listFiles(request, hashes);
    known.set(key, listed);
    return listed;
  };
}

async function listFiles(
  request: SelectionRequest,
  hashes: KnownHashes | undefined,
): Promise<Listed> {
  const { directory, image } = request;
  const { files: selected, diagnostics: doubts, ...besides } = await selectFiles(request);
  if (hasErrors(doubts)) return { files: null, diagnostics: doubts };
  const { list, diagnostics } = await hashFiles(directory, selected, image, hashes);
  return {
    files: list === null ? null : { directory, selected, ...besides, list },
    diagnostics: [...doubts, ...diagnostics],
  };
}

/** What decides which files are listed; docker-ensure's own are the same for all images of a run. */
function keyOf({ directory, policy, dockerfile }: SelectionRequest): string {
  const asksIgnoreFile = policy.kind === 'context' || policy.kind === 'copied';
  // What git tracks of a folder is the same for a whole run.
  const words = [...wordsOf(policy), policy.tracked !== undefined];
  return JSON.stringify([directory, asksIgnoreFile ? dockerfile : null, words]);
}

function wordsOf(policy: SelectionPolicy): unknown[] {
  const { kind } = policy;
  if (kind === 'copied') return [kind, policy.sources.map(({ path, reads }) => [path, reads])];
  if (kind !== 'patterns') return [kind];
  const words = [policy.only, policy.allBut].map((patterns) => patterns?.map(({ text }) => text));
  return [kind, ...words.map((each) => each ?? null)];
}
