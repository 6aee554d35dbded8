import { type TakenSource, type Taking, takingsOf } from '../../dockerfile/takings.ts';
import { lookupName } from '../../dockerfile/uses.ts';
import { type Found, lookUp, lookUpLiteral } from '../files/look-up.ts';
import type { Finding, Subject } from '../subject.ts';
import { missingSource, type UnseenSource, unmatchedSource } from './source-findings.ts';

/** Sources of COPY, ADD and bind mounts that the build does not see: it would fail, and late. */
export function unseenSources(subject: Subject): Finding[] {
  const variables = { ...subject.build, globals: subject.dockerfile.globals };
  return takingsOf(subject.stages, variables)
    .filter(({ isTrigger }) => !isTrigger)
    .flatMap((taking) => unseenIn(taking, subject));
}

interface Looked extends UnseenSource {
  readonly found: Found;
}

function unseenIn(taking: Taking, subject: Subject): Finding[] {
  const { keyword, from, withParents, sources } = taking;
  // With `--parents` a source that is not there is none that fails.
  if (withParents) return [];
  const where = contextCalled(from, subject);
  if (where === null) return [];
  const looked = sources.map((source): Looked => {
    const { text, sure, place } = source;
    return { keyword, text: text ?? '', place, found: foundOf(source, where), sure, ...where };
  });
  const missing = looked.filter(({ found }) => found === 'missing');
  if (missing.length > 0) return missing.map((each) => missingSource(each, subject));
  // `COPY package.json yarn.lock* ./` is how one writes that a file is optional.
  // So are `tnsnames.or[a]` and `config.json*`: patterns of a single file.
  const idle =
    looked.length > 0 &&
    looked.every(({ found, text }) => found === 'nothing' && !OPTIONAL.test(text));
  return idle ? looked.slice(0, 1).map((each) => unmatchedSource(each, subject)) : [];
}

/** The name of one file, and a pattern that also matches where it is not there. */
const OPTIONAL = /^[^*?[\]]*(\[[^\]^-]\][^*?[\]]*|[^*?[\]/]\*)$/;

function foundOf(
  { text, sure, reads, isElsewhere }: TakenSource,
  { files }: Pick<UnseenSource, 'files'>,
): Found {
  if (isElsewhere) return 'something';
  if (text === null || reads === 'doubtful') return 'unknown';
  if (reads === 'glob') return lookUp(text, files);
  return sure ? lookUpLiteral(text, files) : 'unknown';
}

/** The files that `--from=NAME` stands for; null where they are not ours to know. */
function contextCalled(
  name: string | null,
  { build }: Subject,
): Pick<UnseenSource, 'context' | 'files'> | null {
  if (name === null) return { context: null, files: build.files };
  for (const [context, content] of build.additionalContexts) {
    if (lookupName(context) !== lookupName(name)) continue;
    return content.kind === 'folder' ? { context, files: content.files } : null;
  }
  return null;
}
