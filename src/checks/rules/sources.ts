import type { Instruction } from '../../dockerfile/instruction.ts';
import type { BuildStage } from '../../dockerfile/stages.ts';
import { lookupName } from '../../dockerfile/uses.ts';
import { argumentsOf, flagValues, mountOptions } from '../../dockerfile/words.ts';
import { isPattern } from '../files/glob.ts';
import { type Found, lookUp, lookUpLiteral } from '../files/look-up.ts';
import { Scope } from '../scope.ts';
import type { Finding, Subject } from '../subject.ts';
import { missingSource, type UnseenSource, unmatchedSource } from './source-findings.ts';

/** Sources of COPY, ADD and bind mounts that the build does not see: it would fail, and late. */
export function unseenSources(subject: Subject): Finding[] {
  const scopes = new Map<BuildStage, Scope>();
  return subject.stages.flatMap((stage) => {
    const scope = new Scope(stage, subject, scopes);
    scopes.set(stage, scope);
    return stage.instructions.flatMap((instruction) => {
      scope.pass(instruction);
      if (instruction.keyword === 'RUN') return unseenMounts(instruction, subject);
      if (!['ADD', 'COPY'].includes(instruction.keyword)) return [];
      return unseenCopies(instruction, scope, subject);
    });
  });
}

interface Looked extends UnseenSource {
  readonly found: Found;
}

function unseenCopies(instruction: Instruction, scope: Scope, subject: Subject): Finding[] {
  const args = argumentsOf(instruction);
  const { flags, words, json } = args;
  // With `--parents` a source that is not there is none that fails.
  if (flags.some(({ text }) => /^--parents(=|$)/.test(text))) return [];
  const where = contextCalled(flagValues(args, 'from')[0]?.text ?? null, subject);
  if (where === null) return [];
  const looked = words.slice(0, -1).map((word): Looked => {
    const { text, sure } = scope.expand(word.text, instruction);
    const isFile = text !== null && !isRemote(text) && (json || !HEREDOC.test(word.text));
    // How an escaped wildcard is read has changed.
    const doubtful = text === null || (word.text.includes(instruction.escape) && isPattern(text));
    const found = !isFile ? 'something' : doubtful ? 'unknown' : lookUp(text, where.files);
    const { keyword } = instruction;
    return { keyword, text: text ?? '', place: word.place, found, sure, ...where };
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

const HEREDOC = /^\d*<</;
/** The name of one file, and a pattern that also matches where it is not there. */
const OPTIONAL = /^[^*?[\]]*(\[[^\]^-]\][^*?[\]]*|[^*?[\]/]\*)$/;

/** What docker reads from elsewhere. */
function isRemote(source: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/|^[\w.-]+@[\w.-]+:|^github\.com\/|\.git(#.*)?$/i.test(source);
}

function unseenMounts(instruction: Instruction, subject: Subject): Finding[] {
  return flagValues(argumentsOf(instruction), 'mount').flatMap((word) => {
    const options = mountOptions(word);
    const text = options.get('source') ?? options.get('src') ?? '';
    const where = contextCalled(options.get('from') ?? null, subject);
    // Whether variables are replaced here depends on docker's age.
    if ((options.get('type') ?? 'bind') !== 'bind' || where === null || /[$"\\]/.test(text)) {
      return [];
    }
    if (lookUpLiteral(text, where.files) !== 'missing') return [];
    const source = { keyword: 'RUN --mount', text, place: word.place, sure: true, ...where };
    return [missingSource(source, subject)];
  });
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
