import type { Instruction } from '../../dockerfile/instruction.ts';
import { Scope } from '../../dockerfile/scope.ts';
import { type Program, programsOf } from '../../dockerfile/shell/programs.ts';
import type { BuildStage } from '../../dockerfile/stages.ts';
import { argumentsOf, flagValues } from '../../dockerfile/words.ts';
import type { Image } from '../../model/manifest.ts';
import type { Place } from '../../model/source.ts';
import { isFetching, isVerifying, isVersioned } from '../fetching.ts';
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
  for (const stage of stages) {
    const scope = new Scope(stage, { ...build, globals: subject.dockerfile.globals }, scopes);
    scopes.set(stage, scope);
    for (const instruction of stage.instructions) {
      scope.pass(instruction);
      const fetch = fetchIn(instruction, build.network, scope);
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

function fetchIn(instruction: Instruction, network: string | null, scope: Scope): Fetch | null {
  if (instruction.keyword === 'ADD') return fetchOfAdd(instruction, scope);
  if (instruction.keyword !== 'RUN') return null;
  const [own] = flagValues(argumentsOf(instruction), 'network');
  if ((own?.text ?? network) === 'none') return null;
  const values = valuesIn(instruction, scope);
  const programs = programsOf(instruction).map((program) => ({
    ...program,
    args: program.args.map((arg) => arg.replace(VARIABLE, (all, a, b) => values(a ?? b) ?? all)),
  }));
  const fetch = programs.find(
    ({ name, args }) => isFetching(name, args) && !isPinned(name, programs),
  );
  if (fetch === undefined) return null;
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

/** True where the same RUN checks a digest, names a commit or a version, or pins every package. */
function isPinned(tool: string, programs: readonly Program[]): boolean {
  if (tool === 'git') {
    const all = programs.filter(({ name }) => name === 'git').flatMap(({ args }) => args);
    return all.some((arg) => COMMIT.test(arg) || REVISION.test(arg));
  }
  // The list of packages alone goes into nothing.
  if (/^(apt|apt-get|apk)$/.test(tool)) {
    const installs = programs.filter(
      ({ name, args }) => name === tool && args.some((arg) => /^(install|add)$/.test(arg)),
    );
    return installs.length > 0 && installs.every(({ name, args }) => !isFetching(name, args));
  }
  if (tool !== 'curl' && tool !== 'wget') return false;
  return programs.some(({ name, args }) => isVerifying(name, args));
}

const COMMIT = /\b[0-9a-f]{40}$/;
/** A tag with a version in it, or the beginning of a commit ID. */
const REVISION =
  /^(--branch=|(refs\/)?tags\/)?([a-z_-]*[-_]?v?\d+(\.\d+)+[\w.+-]*|(?=[a-f]*\d)[0-9a-f]{7,39})$/i;

function fetchOfAdd(instruction: Instruction, scope: Scope): Fetch | null {
  const { flags, words } = argumentsOf(instruction);
  if (flags.some(({ text }) => text.startsWith('--checksum='))) return null;
  const remote = words.slice(0, -1).find(({ text }) => {
    const address = scope.expand(text, instruction).text ?? text;
    if (!/^(https?|git|ssh):\/\/|^git@/.test(address)) return false;
    if (COMMIT.test(address)) return false;
    return !/^https?:/.test(address) || !isVersioned(address);
  });
  return remote === undefined ? null : { tool: 'ADD', place: remote.place };
}
