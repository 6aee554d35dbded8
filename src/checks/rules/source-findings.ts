import type { ContextFiles } from '../../model/file-list.ts';
import type { FilePolicy } from '../../model/manifest.ts';
import type { Place } from '../../model/source.ts';
import { unreachable } from '../../model/unreachable.ts';
import { similarPath } from '../files/similar.ts';
import type { Finding, Subject } from '../subject.ts';

/** A source that was looked for and not found. */
export interface UnseenSource {
  /** The instruction, as it is called in messages. */
  readonly keyword: string;
  readonly text: string;
  readonly place: Place;
  /** False where the base image may have another value for a variable in it. */
  readonly sure: boolean;
  /** The additional context that it was looked for in; null for the build's own. */
  readonly context: string | null;
  readonly files: ContextFiles;
}

/** A source without which the build fails. */
export function missingSource(source: UnseenSource, subject: Subject): Finding {
  const { keyword, text, place, sure, files } = source;
  const unless = sure ? '' : ', unless the base image sets the variable in it';
  if (isLeftOut(source)) return leftOutSource(source);
  const near = similarPath(text, [...files.list.entries.keys(), ...(files.near ?? [])]);
  return {
    severity: sure ? 'error' : 'warning',
    code: 'missing-source',
    message: `\`${keyword}\` asks for \`${text}\`, which is not among ${filesOf(source)}${unless}`,
    advice: near === null ? adviceFor(source, subject) : `did you mean \`${near}\`?`,
    place,
  };
}

function isLeftOut({ text, files }: UnseenSource): boolean {
  return files.leftOut?.includes(text.replace(/^(\.?\/+)+/, '')) ?? false;
}

/** A file that is docker-ensure's own, such as the manifest. */
function leftOutSource({ keyword, text, place, sure, context }: UnseenSource): Finding {
  return {
    severity: sure ? 'error' : 'warning',
    code: 'missing-source',
    message: `\`${keyword}\` asks for \`${text}\`, which docker-ensure reads or writes itself and leaves out of the build`,
    advice:
      context === null
        ? 'if the build needs it, name it, and all else that it needs, with `files: { only: […] }`'
        : `an additional context cannot have it: copy it from the build context, where \`files: { only: […] }\` names it`,
    place,
  };
}

/** Patterns that together match no file. */
export function unmatchedSource(source: UnseenSource, subject: Subject): Finding {
  return {
    severity: 'warning',
    code: 'unmatched-source',
    message: `\`${source.keyword}\` asks for \`${source.text}\`, which matches none of ${filesOf(source)}`,
    advice: adviceFor(source, subject),
    place: source.place,
  };
}

function filesOf({ context }: UnseenSource): string {
  return context === null
    ? 'the files that the build sees'
    : `the files of the additional context \`${context}\``;
}

/** Why it may not be there, by what selects the files. */
function adviceFor({ context }: UnseenSource, { given }: Subject): string {
  const policy =
    context === null
      ? given.files
      : (given.contextFiles.get(context) ?? ({ kind: 'copied' } as FilePolicy));
  if (policy.tracked !== undefined)
    return 'is it misspelt, a folder without files, or a file that git does not track (`git add`)?';
  switch (policy.kind) {
    case 'nothing':
      return '`files: nothing` hides every file: name those it needs with `files: { only: […] }`';
    case 'patterns':
      return 'let `files` select it; or is it misspelt, or a folder without files?';
    case 'copied':
    case 'context':
      return 'is it misspelt, excluded by the ignore file, or a folder without files?';
    case 'all':
      return 'is it misspelt, or a folder without files?';
    default:
      return unreachable(policy);
  }
}
