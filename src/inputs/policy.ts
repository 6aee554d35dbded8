import type { Diagnostic } from '../model/diagnostic.ts';
import type { FilePolicy } from '../model/manifest.ts';
import { unreachable } from '../model/unreachable.ts';
import { takenDockerfile } from './dockerfile-name.ts';
import { findIgnoreFile } from './ignore/ignore-file.ts';
import { badPattern, type IgnoreRule, parseIgnoreFile } from './ignore/parse.ts';
import { ignoreSieve } from './ignore/rules.ts';
import { shown } from './names.ts';
import type { PathPattern } from './patterns/pattern.ts';
import { resolvePatterns } from './patterns/resolve.ts';
import { patternSieve } from './patterns/rules.ts';
import { both, everything, type Sieve } from './sieve.ts';

/** A file policy, ready to sift the tree in its directory. */
export interface PolicySieve {
  /** Null where it takes nothing: there is nothing to walk. */
  readonly sieve: Sieve | null;
  readonly diagnostics: readonly Diagnostic[];
  /** To be asked after the walk: what came to light in it. */
  findings(): Diagnostic[];
}

const none = (): Diagnostic[] => [];

/** Reads the ignore file or the patterns of a policy. `dockerfile` is null for an inline one. */
export async function sieveOfPolicy(
  policy: FilePolicy,
  directory: string,
  dockerfile: string | null,
): Promise<PolicySieve> {
  switch (policy.kind) {
    case 'all':
      return { sieve: everything, diagnostics: [], findings: none };
    case 'nothing':
      return { sieve: null, diagnostics: [], findings: none };
    case 'docker':
      return dockerSieve(directory, dockerfile);
    case 'patterns':
      return patternsSieve(policy, directory);
    default:
      return unreachable(policy);
  }
}

async function dockerSieve(directory: string, dockerfile: string | null): Promise<PolicySieve> {
  const taken = dockerfile && (await takenDockerfile(dockerfile));
  const file = await findIgnoreFile(directory, taken).catch(unreadableIgnoreFile);
  if (file !== null && 'severity' in file)
    return { sieve: null, diagnostics: [file], findings: none };
  if (file === null) return { sieve: everything, diagnostics: [], findings: none };
  const { rules, diagnostics } = parseIgnoreFile(file);
  const broken = new Set<IgnoreRule>();
  return {
    sieve: ignoreSieve(rules, (rule) => broken.add(rule)),
    diagnostics,
    findings: () => [...broken].map(({ place }) => badPattern(place)),
  };
}

function unreadableIgnoreFile({ path, message }: NodeJS.ErrnoException): Diagnostic {
  return {
    severity: 'error',
    code: 'unreadable-file',
    message: `${shown(path ?? 'the ignore file')} cannot be read: ${message}`,
    advice: 'Make it readable: it says which files the build may see.',
  };
}

async function patternsSieve(
  policy: Extract<FilePolicy, { kind: 'patterns' }>,
  directory: string,
): Promise<PolicySieve> {
  const only = policy.only && (await resolvePatterns('only', policy.only, directory));
  const allBut = policy.allBut && (await resolvePatterns('all_but', policy.allBut, directory));
  const matched = new Set<PathPattern>();
  const chosen = only
    ? patternSieve('only', only.patterns, (pattern) => matched.add(pattern))
    : everything;
  return {
    sieve: allBut ? both(chosen, patternSieve('all_but', allBut.patterns)) : chosen,
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
