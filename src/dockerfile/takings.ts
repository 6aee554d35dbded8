import type { Place } from '../model/source.ts';
import { isPattern } from '../model/source-glob.ts';
import type { Instruction } from './instruction.ts';
import { Scope, type Variables } from './scope.ts';
import type { BuildStage } from './stages.ts';
import { triggersOf } from './triggers.ts';
import { argumentsOf, flagValues, mountOptions, type Word } from './words.ts';

/** What one instruction, or one mount of it, takes from a build context. */
export interface Taking {
  readonly keyword: 'COPY' | 'ADD' | 'RUN --mount';
  /** The name of a stage or context after `from=`, as it is written; null for the build context. */
  readonly from: string | null;
  /** True for the ONBUILD of what the stage begins with. */
  readonly isTrigger: boolean;
  /** True with `--parents`: its globs have rules of their own, and nothing need be there. */
  readonly withParents: boolean;
  readonly sources: readonly TakenSource[];
}

export interface TakenSource {
  /** Variables replaced; null where only docker can tell. */
  readonly text: string | null;
  /** False where the base image, which nobody has looked at, may have another value for a variable. */
  readonly sure: boolean;
  /** How the text is read: as a path, as a path that may be a glob, or a glob whose reading differs. */
  readonly reads: 'path' | 'glob' | 'doubtful';
  /** True for a heredoc, an address and a git repository. */
  readonly isElsewhere: boolean;
  readonly place: Place;
}

/**
 * What the instructions of stages take from build contexts: COPY, ADD and bind mounts, the ONBUILDs that
 * a stage carries out included. `triggers` gives those of images that stages begin with.
 */
export function takingsOf(
  stages: readonly BuildStage[],
  variables: Variables,
  triggers: (stage: BuildStage) => readonly Instruction[] = () => [],
): Taking[] {
  const scopes = new Map<BuildStage, Scope>();
  return stages.flatMap((stage) => {
    const scope = new Scope(stage, variables, scopes);
    scopes.set(stage, scope);
    const inherited = stage.parent === null ? [] : triggersOf(stage.parent);
    const take = (isTrigger: boolean) => (instruction: Instruction) => {
      scope.pass(instruction);
      return takenBy(instruction, scope).map((taking): Taking => ({ ...taking, isTrigger }));
    };
    return [
      ...[...inherited, ...triggers(stage)].flatMap(take(true)),
      ...stage.instructions.flatMap(take(false)),
    ];
  });
}

type Taken = Omit<Taking, 'isTrigger'>;

function takenBy(instruction: Instruction, scope: Scope): Taken[] {
  switch (instruction.keyword) {
    case 'RUN':
      return flagValues(argumentsOf(instruction), 'mount').flatMap((word) =>
        takenByMount(word, instruction, scope),
      );
    case 'ADD':
    case 'COPY':
      return [takenByCopy(instruction, instruction.keyword, scope)];
    default:
      return [];
  }
}

function takenByCopy(instruction: Instruction, keyword: 'ADD' | 'COPY', scope: Scope): Taken {
  const args = argumentsOf(instruction);
  const sources = args.words.slice(0, -1).map((word): TakenSource => {
    const { text, sure } = scope.expand(word.text, instruction);
    const isHeredoc = !args.json && HEREDOC.test(word.text);
    // How an escaped wildcard is read has changed.
    const isDoubtful = text !== null && word.text.includes(instruction.escape) && isPattern(text);
    return {
      text,
      sure,
      reads: isDoubtful ? 'doubtful' : 'glob',
      isElsewhere: isHeredoc || isRemote(text ?? word.text),
      place: word.place,
    };
  });
  return {
    keyword,
    from: flagValues(args, 'from')[0]?.text ?? null,
    withParents: args.flags.some(({ text }) => /^--parents(=|$)/.test(text)),
    sources,
  };
}

function takenByMount(word: Word, instruction: Instruction, scope: Scope): Taken[] {
  const options = mountOptions(word);
  const type = options.get('type') ?? 'bind';
  const from = options.get('from') ?? null;
  const takes = type === 'bind' || /[$"'\\]/.test(type) || (type === 'cache' && from !== null);
  if (!takes) return [];
  const written = options.get('source') ?? options.get('src') ?? '';
  // Whether variables are replaced here depends on docker's age.
  const isOpen = /[$"'\\]/.test(written);
  const source = (text: string | null, sure: boolean): TakenSource => ({
    text,
    sure,
    reads: 'path',
    isElsewhere: false,
    place: word.place,
  });
  const expanded = isOpen ? scope.expand(written, instruction) : null;
  return [
    {
      keyword: 'RUN --mount',
      from,
      withParents: false,
      sources: [
        source(written, !isOpen),
        ...(expanded === null ? [] : [source(expanded.text, false)]),
      ],
    },
  ];
}

const HEREDOC = /^\d*<</;

/** What docker reads from elsewhere. */
function isRemote(source: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/|^[\w.-]+@[\w.-]+:|^github\.com\/|\.git(#.*)?$/i.test(source);
}
