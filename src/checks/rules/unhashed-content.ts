import { expand } from '../../dockerfile/expand.ts';
import type { Instruction } from '../../dockerfile/instruction.ts';
import { pairsOf } from '../../dockerfile/pairs.ts';
import type { BuildStage } from '../../dockerfile/stages.ts';
import { argumentsOf } from '../../dockerfile/words.ts';
import type { Place } from '../../model/source.ts';
import { argumentNames, type Finding, type Subject } from '../subject.ts';

/**
 * Arguments outside the hash whose value docker itself writes into the image. What a RUN makes of
 * them nobody can see from here. Each is told of once, where it gets in first.
 */
export function unhashedContent(subject: Subject): Finding[] {
  if (argumentNames(subject.given, 'unhashed_build_args').length === 0) return [];
  const tracker = new Tracker(subject);
  for (const stage of subject.stages) tracker.enter(stage);
  return [...tracker.found].map(([argument, { keyword, place }]) => ({
    severity: 'warning',
    code: 'unhashed-content',
    message: `the unhashed build argument \`${argument}\` goes into \`${keyword}\`: it changes the image, but not its hash`,
    advice: `move \`${argument}\` to \`build_args\``,
    place,
  }));
}

/** A variable's name to the unhashed argument that its value is made of. */
type Origins = Map<string, string>;

/** The instructions in which docker replaces variables, those aside that set some. */
const REPLACING = ['ADD', 'COPY', 'EXPOSE', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR'];

class Tracker {
  readonly found = new Map<string, { keyword: string; place: Place }>();
  readonly #subject: Subject;
  readonly #unhashed: ReadonlySet<string>;
  readonly #hashed: ReadonlySet<string>;
  readonly #globals: Origins = new Map();
  /** What a stage leaves to those that begin with it. */
  readonly #left = new Map<BuildStage, Origins>();

  constructor(subject: Subject) {
    this.#subject = subject;
    this.#unhashed = new Set(argumentNames(subject.given, 'unhashed_build_args'));
    this.#hashed = new Set(argumentNames(subject.given, 'build_args'));
    for (const instruction of subject.dockerfile.preamble) {
      this.#declare(instruction, this.#globals, new Map());
    }
  }

  enter(stage: BuildStage): void {
    const origins: Origins = new Map(stage.parent === null ? [] : this.#left.get(stage.parent));
    this.#left.set(stage, origins);
    this.#begin(stage);
    for (const instruction of stage.instructions) {
      if (instruction.keyword === 'ARG') this.#declare(instruction, origins, this.#globals);
      else if (instruction.keyword === 'ENV') this.#set(instruction, origins);
      else this.#replace(instruction, origins);
    }
  }

  /** A mirror before an image's name is no part of what the image is. */
  #begin({ from, image }: BuildStage): void {
    if (image === null) return;
    const { globals } = this.#subject.dockerfile;
    const marked = expand(image.text, (name) => {
      if (!this.#globals.has(name)) return '';
      const value = globals.get(name);
      return typeof value === 'string' && value.endsWith('/') ? '\0/' : '\0';
    });
    if (!marked?.split('/').at(-1)?.includes('\0')) return;
    this.#tell(from, image.text, image.place, this.#globals);
  }

  #declare(instruction: Instruction, origins: Origins, outer: Origins): void {
    // Docker works out all values of an instruction before it sets one.
    const before = new Map(origins);
    for (const { name, value } of pairsOf(instruction)) {
      const origin = () =>
        value === null
          ? (outer.get(name) ?? before.get(name))
          : originIn(value, before, instruction.escape);
      if (this.#unhashed.has(name)) origins.set(name, name);
      else put(origins, name, this.#hashed.has(name) ? undefined : origin());
    }
  }

  #set(instruction: Instruction, origins: Origins): void {
    const before = new Map(origins);
    for (const { name, value, place } of pairsOf(instruction)) {
      put(origins, name, this.#tell(instruction, value ?? '', place, before));
    }
  }

  #replace(instruction: Instruction, origins: Origins): void {
    if (instruction.keyword === 'LABEL') {
      for (const { name, value, place } of pairsOf(instruction)) {
        this.#tell(instruction, `${name}=${value}`, place, origins);
      }
    } else if (REPLACING.includes(instruction.keyword)) {
      const { flags, words } = argumentsOf(instruction);
      for (const { text, place } of [...flags, ...words]) {
        this.#tell(instruction, text, place, origins);
      }
    }
  }

  /** Notes an argument that a text uses, and gives it. */
  #tell({ keyword, escape: mark }: Instruction, text: string, place: Place, origins: Origins) {
    const origin = originIn(text, origins, mark);
    if (origin !== undefined && !this.found.has(origin)) this.found.set(origin, { keyword, place });
    return origin;
  }
}

function put(origins: Origins, name: string, origin: string | undefined): void {
  if (origin === undefined) origins.delete(name);
  else origins.set(name, origin);
}

/** The first unhashed argument that a text uses. */
function originIn(text: string, origins: Origins, mark: string): string | undefined {
  let origin: string | undefined;
  const note = (name: string) => {
    origin ??= origins.get(name);
    return '';
  };
  expand(text, note, mark);
  return origin;
}
