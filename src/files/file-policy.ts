import { type Diagnostic, hasErrors } from '../model/diagnostic.ts';
import type { CopiedSource, SelectionPolicy } from '../model/manifest.ts';
import type { Place, Source } from '../model/source.ts';
import { unreachable } from '../model/unreachable.ts';
import { copiedFiles } from './copied-files.ts';
import { takenDockerfile } from './dockerfile-name.ts';
import { both, everything, type FileFilter } from './file-filter.ts';
import { displayPath } from './file-name.ts';
import { findIgnoreFile } from './ignore/ignore-file.ts';
import { badPattern, type IgnoreRule, parseIgnoreFile } from './ignore/parse.ts';
import { ignoreFilter } from './ignore/rules.ts';
import type { PathPattern } from './patterns/pattern.ts';
import { resolvePatterns } from './patterns/resolve.ts';
import { patternFilter } from './patterns/rules.ts';
import { absentTracked, trackedFilter } from './tracked-filter.ts';

/** A file policy, ready to sift the tree in its directory. */
export interface PolicyFilter {
  /** Null where it takes nothing: there is nothing to walk. */
  readonly filter: FileFilter | null;
  readonly diagnostics: readonly Diagnostic[];
  /** To be asked after the walk: what came to light in it. */
  findings(): Diagnostic[];
  /** Names beside paths that are not there. */
  readonly near?: readonly string[];
  /** Takes what the ignore file lets in, where the policy takes less. */
  readonly admits?: FileFilter | null;
}

const none = (): Diagnostic[] => [];

/**
 * Reads the ignore file or the patterns of a policy. `dockerfile` is null for an inline one; `place` is that of the
 * policy.
 */
export async function filterOfPolicy(
  policy: SelectionPolicy,
  directory: string,
  dockerfile: string | null,
  place?: Place,
): Promise<PolicyFilter> {
  const whole = await wholeFilter(policy, directory, dockerfile);
  const { tracked } = policy;
  if (tracked === undefined || policy.kind === 'nothing' || hasErrors(whole.diagnostics))
    return whole;
  const admits = whole.admits ?? whole.filter;
  const absent = admits === null ? [] : absentTracked({ tracked, policy, admits, place });
  return {
    ...whole,
    filter: whole.filter && both(whole.filter, trackedFilter(tracked)),
    diagnostics: [...whole.diagnostics, ...absent],
  };
}

async function wholeFilter(
  policy: SelectionPolicy,
  directory: string,
  dockerfile: string | null,
): Promise<PolicyFilter> {
  switch (policy.kind) {
    case 'all':
      return { filter: everything, diagnostics: [], findings: none };
    case 'nothing':
      return { filter: null, diagnostics: [], findings: none };
    case 'context':
      return contextFilter(directory, dockerfile);
    case 'copied':
      // A build that takes nothing of its context is never sent any: docker reads no ignore file.
      return policy.sources.length === 0
        ? { filter: null, diagnostics: [], findings: none }
        : copiedFilter(policy.sources, directory, dockerfile);
    case 'patterns':
      return patternsFilter(policy, directory);
    default:
      return unreachable(policy);
  }
}

function contextFilter(directory: string, dockerfile: string | null): PolicyFilter {
  const file = readIgnoreFile(directory, dockerfile && takenDockerfile(dockerfile));
  if (file !== null && 'severity' in file)
    return { filter: null, diagnostics: [file], findings: none };
  if (file === null) return { filter: everything, diagnostics: [], findings: none };
  const { rules, diagnostics } = parseIgnoreFile(file);
  const broken = new Set<IgnoreRule>();
  return {
    filter: ignoreFilter(rules, (rule) => broken.add(rule)),
    diagnostics,
    findings: () => [...broken].map(({ place }) => badPattern(place)),
  };
}

/** What can be copied, less what the ignore file excludes. */
function copiedFilter(
  sources: readonly CopiedSource[],
  directory: string,
  dockerfile: string | null,
): PolicyFilter {
  const context = contextFilter(directory, dockerfile);
  const { filter, near } = copiedFiles(directory, sources);
  const isOpen = context.filter !== null && filter !== null;
  const taken = isOpen ? both(context.filter, filter) : null;
  return { ...context, filter: taken, near, admits: context.filter };
}

function readIgnoreFile(directory: string, dockerfile: string | null): Source | Diagnostic | null {
  try {
    return findIgnoreFile(directory, dockerfile);
  } catch (error) {
    return unreadableIgnoreFile(error as NodeJS.ErrnoException);
  }
}

function unreadableIgnoreFile({ path, message }: NodeJS.ErrnoException): Diagnostic {
  return {
    severity: 'error',
    code: 'unreadable-file',
    message: `${displayPath(path ?? 'the ignore file')} cannot be read: ${message}`,
    advice: 'Make it readable: it says which files the build may see.',
  };
}

async function patternsFilter(
  policy: Extract<SelectionPolicy, { kind: 'patterns' }>,
  directory: string,
): Promise<PolicyFilter> {
  const only = policy.only && (await resolvePatterns('only', policy.only, directory));
  const allBut = policy.allBut && (await resolvePatterns('all_but', policy.allBut, directory));
  const matched = new Set<PathPattern>();
  const chosen = only
    ? patternFilter('only', only.patterns, (pattern) => matched.add(pattern))
    : everything;
  return {
    filter: allBut ? both(chosen, patternFilter('all_but', allBut.patterns)) : chosen,
    diagnostics: [...(only?.diagnostics ?? []), ...(allBut?.diagnostics ?? [])],
    findings: () => (only?.patterns ?? []).filter((pattern) => !matched.has(pattern)).flatMap(idle),
  };
}

/** A glob that is to take files and takes none is likely a slip; one that takes back may be idle. */
function idle({ source, literal, exception }: PathPattern): Diagnostic[] {
  if (literal !== null || exception) return [];
  return [
    {
      severity: 'warning',
      code: 'unmatched-pattern',
      message: `${source.text} matches nothing`,
      place: source.place,
    },
  ];
}
