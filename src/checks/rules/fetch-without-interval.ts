import type { Instruction } from '../../dockerfile/instruction.ts';
import { Scope } from '../../dockerfile/scope.ts';
import { programsOf } from '../../dockerfile/shell/programs.ts';
import type { BuildStage } from '../../dockerfile/stages.ts';
import { argumentsOf, flagValues } from '../../dockerfile/words.ts';
import type { Image } from '../../model/manifest.ts';
import type { Place } from '../../model/source.ts';
import { isMovingSource } from '../fetching/addresses.ts';
import { fetchingCall } from '../fetching/fetching.ts';
import type { Finding, Subject } from '../subject.ts';

/**
 * A build that fetches from the network, under a tag that stays the same when what it fetches has
 * changed. Told of once, at the first place.
 */
export function fetchesWithoutInterval(subject: Subject): Finding[] {
  const { image, stages, build } = subject;
  // What is built in every run fetches in every run.
  if (!image.withHash || image.forceBuild || turnsOver(image, subject.images)) return [];
  const scopes = new Map<BuildStage, Scope>();
  const dated = new Set<BuildStage>();
  for (const stage of stages) {
    if (stage.parent !== null && dated.has(stage.parent)) dated.add(stage);
    const scope = new Scope(stage, { ...build, globals: subject.dockerfile.globals }, scopes);
    scopes.set(stage, scope);
    for (const instruction of stage.instructions) {
      scope.pass(instruction);
      if (isDating(instruction)) dated.add(stage);
      const fetch = fetchIn(instruction, scope, {
        network: build.network,
        isDated: dated.has(stage),
      });
      if (fetch === null) continue;
      return [
        {
          severity: 'warning',
          code: 'fetch-without-interval',
          message: `\`${fetch.tool}\` fetches from the network: when what it fetches changes, the tag does not`,
          advice:
            'give the image an `interval` after which it is built anew, such as `1d`, or pin what is fetched',
          place: fetch.place,
        },
      ];
    }
  }
  return [];
}

/** True where the hash has an interval in it, the image's own or that of one that it is built on. */
function turnsOver(image: Image, images: ReadonlyMap<string, Image>): boolean {
  // A set that grows while it is walked is walked to its new end.
  const family = new Set([image]);
  for (const { build } of family) {
    if (build === null) continue;
    if (build.interval !== null) return true;
    for (const { key } of build.parents) {
      const parent = images.get(key);
      if (parent !== undefined) family.add(parent);
    }
  }
  return false;
}

interface Fetch {
  readonly tool: string;
  readonly place: Place;
}

/** True for what makes apt take an archive as it was on a day: `snapshot.debian.org/archive/debian/20240501T…` */
function isDating({ keyword, place: { source, start, end } }: Instruction): boolean {
  if (!['RUN', 'COPY'].includes(keyword)) return false;
  return /\bsnapshot\.(debian|ubuntu)\.\w+\/\S*\d{8}T/.test(source.text.slice(start, end));
}

function fetchIn(
  instruction: Instruction,
  scope: Scope,
  { network, isDated }: { readonly network: string | null; readonly isDated: boolean },
): Fetch | null {
  if (instruction.keyword === 'ADD') return fetchOfAdd(instruction, scope);
  if (instruction.keyword !== 'RUN') return null;
  const [own] = flagValues(argumentsOf(instruction), 'network');
  if ((own?.text ?? network) === 'none') return null;
  const values = valuesIn(instruction, scope);
  const programs = programsOf(instruction).map((program) => ({
    ...program,
    args: program.args.map((arg) => arg.replace(VARIABLE, (all, a, b) => values(a ?? b) ?? all)),
  }));
  const fetch = fetchingCall(programs, isDated);
  if (fetch === null) return null;
  const { name, start, end } = fetch;
  return { tool: name, place: { source: instruction.place.source, start, end } };
}

const VARIABLE = /\$(?:\{(\w+)[^}]*\}|(\w+))/g;

/** The variables of the shell that a RUN sets itself, and those of its stage. */
function valuesIn(instruction: Instruction, scope: Scope): (name: string) => string | null {
  const { source, start, end } = instruction.place;
  const text = source.text.slice(start, end);
  const own = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(/(?<![\w-])(\w+)=["']?([\w.+-]+)/g))
    own.set(name, value);
  return (name) => own.get(name) ?? scope.valueOf(name);
}

function fetchOfAdd(instruction: Instruction, scope: Scope): Fetch | null {
  const { flags, words } = argumentsOf(instruction);
  if (flags.some(({ text }) => text.startsWith('--checksum='))) return null;
  const remote = words
    .slice(0, -1)
    .find(({ text }) => isMovingSource(scope.expand(text, instruction).text ?? text));
  return remote === undefined ? null : { tool: 'ADD', place: remote.place };
}
