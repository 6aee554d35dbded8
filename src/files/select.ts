import { statSync } from 'node:fs';
import { type Diagnostic, hasErrors } from '../model/diagnostic.ts';
import type { SelectionPolicy } from '../model/manifest.ts';
import type { Place } from '../model/source.ts';
import { both } from './file-filter.ts';
import { displayPath, isDecoded } from './file-name.ts';
import { filterOfPolicy } from './file-policy.ts';
import { type FileId, NO_OWN_FILES, type OwnFiles, ownFilter } from './own-files.ts';
import {
  badName,
  badTarget,
  gitSeen,
  outputSeen,
  skippedSpecial,
  unreadableFile,
} from './problems.ts';
import { type Found, scan } from './scan.ts';
import { inspect, type SelectedFile } from './selected-file.ts';

export interface SelectionRequest {
  /** The build directory, absolute. */
  readonly directory: string;
  readonly policy: SelectionPolicy;
  /** Absolute path of the Dockerfile; null for an inline one. */
  readonly dockerfile: string | null;
  /** The image, as diagnostics name it. */
  readonly image: string;
  /** What is docker-ensure's own, and no input unless `only` asks for it. */
  readonly own?: OwnFiles;
  /** Where the keys of `build` stand, by name. */
  readonly places?: ReadonlyMap<string, Place>;
}

export interface Selection {
  /** Sorted by path, by UTF-16 code unit. Not to be used where there are errors. */
  readonly files: readonly SelectedFile[];
  /** Files of docker-ensure's own that would be among them. */
  readonly leftOut: readonly string[];
  /** Names beside sources that are not there. */
  readonly near?: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The files that a build sees, and all that is wrong or doubtful about them. Never throws for those. */
export async function selectFiles(request: SelectionRequest): Promise<Selection> {
  const { diagnostics, ...rest } = await select(request);
  return {
    ...rest,
    diagnostics: diagnostics.map((each) => ({ ...each, image: request.image })),
  };
}

async function select(request: SelectionRequest): Promise<Selection> {
  const { directory, policy, dockerfile, places, own = NO_OWN_FILES } = request;
  const absent = missingDirectory(directory, places?.get('directory'));
  if (absent) return { files: [], leftOut: [], diagnostics: [absent] };

  const { filter, diagnostics, findings, near } = await filterOfPolicy(
    policy,
    directory,
    dockerfile,
    places?.get('files'),
  );
  const besides = near === undefined ? {} : { near };
  if (filter === null || hasErrors(diagnostics))
    return { files: [], leftOut: [], ...besides, diagnostics };

  const asked = policy.kind === 'patterns' && policy.only !== null;
  const others = ownFilter(own, directory, asked ? 'folders' : 'all');
  const inspected: Inspected = { files: [], diagnostics: [] };
  const unreadable = await scan(
    directory,
    others === null ? filter : both(filter, others.filter),
    (found) => {
      const result = inspectOne(directory, found);
      if ('severity' in result) inspected.diagnostics.push(result);
      else inspected.files.push(result);
    },
  );
  const { files, outputs } = withoutOutputs(inspected.files, asked ? [] : own.outputs);
  return {
    files,
    leftOut: [...(others?.leftOut ?? []), ...outputs].sort(),
    ...besides,
    diagnostics: [
      ...diagnostics,
      ...findings(),
      ...unreadable.map(unreadableFile),
      ...inspected.diagnostics,
      ...outputs.map((path) => outputSeen(path, places?.get('files'))),
      ...gitSeen(files, policy, places?.get('files')),
    ],
  };
}

function missingDirectory(directory: string, place: Place | undefined): Diagnostic | null {
  const problem = problemOf(directory);
  if (problem === null) return null;
  return {
    severity: 'error',
    code: 'missing-directory',
    message: `the build directory ${displayPath(directory)} ${problem}`,
    ...(place && { place }),
  };
}

function problemOf(directory: string): string | null {
  try {
    return statSync(directory).isDirectory() ? null : 'is not a directory';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'does not exist' : `cannot be opened: ${message}`;
  }
}

/** The files less those that a run writes its output to, and the paths of these. */
function withoutOutputs(
  files: readonly SelectedFile[],
  outputs: readonly FileId[],
): { readonly files: readonly SelectedFile[]; readonly outputs: readonly string[] } {
  if (outputs.length === 0) return { files, outputs: [] };
  const isOutput = ({ kind, identity: { dev, ino } }: SelectedFile) =>
    kind !== 'l' && outputs.some((output) => output.dev === dev && output.ino === ino);
  return {
    files: files.filter((file) => !isOutput(file)),
    outputs: files.filter(isOutput).map(({ path }) => path),
  };
}

interface Inspected {
  readonly files: SelectedFile[];
  readonly diagnostics: Diagnostic[];
}

function inspectOne(directory: string, { path, type }: Found): SelectedFile | Diagnostic {
  if (!isDecoded(path)) return badName(path);
  if (type === 'special') return skippedSpecial(path);
  try {
    const file = inspect(directory, path);
    if (file === null) return skippedSpecial(path);
    return file.kind === 'l' && !isDecoded(file.target) ? badTarget(path, file.target) : file;
  } catch (error) {
    return unreadableFile({ path, error: error as NodeJS.ErrnoException });
  }
}
