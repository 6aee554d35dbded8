import type { Place, Source } from '../model/source.ts';
import { leadingBlanks } from './blanks.ts';
import { DirectiveReader } from './directives.ts';
import { endsHeredoc, type HeredocStart, heredocsIn } from './heredocs.ts';
import { type Heredoc, type Instruction, keywordOf, onbuildOf } from './instruction.ts';
import { Line } from './line.ts';
import type { Mistake } from './mistake.ts';
import { argumentsOf } from './words.ts';

/** A Dockerfile as docker cuts it, before it looks at what the instructions say. */
export interface CutDockerfile {
  readonly instructions: readonly Instruction[];
  /** What keeps docker from cutting it. */
  readonly mistakes: readonly Mistake[];
}

/**
 * Cuts a Dockerfile into its instructions.
 *
 * Rules: https://github.com/moby/buildkit/blob/v0.25.1/frontend/dockerfile/parser/parser.go
 */
export function cutDockerfile(source: Source): CutDockerfile {
  const cutter = new Cutter(source);
  return { instructions: cutter.instructions(), mistakes: cutter.mistakes };
}

/** Docker reads no longer lines: bytes, with their end. */
const LONGEST_LINE = 65_536;
const TAKES_HEREDOCS = ['ADD', 'COPY', 'RUN'];

interface Physical {
  /** Without what ends it. */
  readonly text: string;
  /** With it. */
  readonly whole: string;
  readonly offset: number;
}

class Cutter {
  readonly mistakes: Mistake[] = [];
  readonly #source: Source;
  readonly #lines: readonly Physical[];
  readonly #directives = new DirectiveReader();
  #next = 0;
  #escape = '\\';

  constructor(source: Source) {
    this.#source = source;
    this.#lines = linesOf(source.text);
  }

  instructions(): Instruction[] {
    const instructions: Instruction[] = [];
    for (let first = this.#take(); first !== null; first = this.#take()) {
      const blanks = leadingBlanks(first.text);
      const bare = { ...first, text: first.text.slice(blanks), offset: first.offset + blanks };
      this.#direct(bare);
      if (bare.text === '' || bare.text.startsWith('#')) continue;
      instructions.push(this.#withHeredocs(this.#instruction(bare)));
    }
    this.#checkLengths();
    if (instructions.length === 0) {
      this.mistakes.push({
        message: 'the Dockerfile has no instructions',
        advice: 'begin it with `FROM`',
        place: { source: this.#source, start: 0, end: 0 },
      });
    }
    return instructions;
  }

  #take(): Physical | null {
    const line = this.#lines[this.#next];
    this.#next += 1;
    return line ?? null;
  }

  #direct({ text, offset }: Physical): void {
    const directive = this.#directives.read(text);
    if (directive === null) return;
    const place = { source: this.#source, start: offset, end: offset + text.length };
    if (directive === 'repeated') {
      this.mistakes.push({
        message: 'a directive is there twice: only one of a kind can be used',
        advice: 'remove one of them',
        place,
      });
    } else if (directive.name === 'escape') {
      if (directive.value === '\\' || directive.value === '`') this.#escape = directive.value;
      else {
        this.mistakes.push({
          message: `the escape character \`${directive.value}\` is none that docker takes`,
          advice: 'write `# escape=\\` or `` # escape=` ``',
          place,
        });
      }
    }
  }

  #instruction(first: Physical): Instruction {
    const pieces = [];
    let text = '';
    let end = first.offset + first.text.length;
    for (let line: Physical | null = first; line !== null; line = this.#take()) {
      // Comments and empty lines go away from between continued ones.
      if (line !== first && /^(#|$)/.test(line.text.slice(leadingBlanks(line.text)))) continue;
      const length = this.#lengthWithoutContinuation(line.text);
      pieces.push({ at: text.length, offset: line.offset });
      text += line.text.slice(0, length ?? undefined);
      end = line.offset + line.text.length;
      if (length === null) break;
    }
    const line = new Line(this.#source, text, pieces);
    return {
      keyword: keywordOf(line.trim().text),
      place: { source: this.#source, start: first.offset, end },
      line,
      heredocs: [],
      escape: this.#escape,
    };
  }

  /** The length of a line less what continues it; null for one that is not continued. */
  #lengthWithoutContinuation(text: string): number | null {
    let length = text.length - 1;
    while (text[length] === ' ' || text[length] === '\t') length -= 1;
    // Of two escape characters the first one takes the meaning of the second one away.
    const goesOn = text[length] === this.#escape && text[length - 1] !== this.#escape;
    return goesOn ? length : null;
  }

  #withHeredocs(instruction: Instruction): Instruction {
    if (!instruction.line.text.includes('<<') || !takesHeredocs(instruction)) return instruction;
    const starts = heredocsIn(instruction.line.text);
    if (starts === null) {
      this.mistakes.push({
        message: 'docker finds no sense in the name of the heredoc',
        advice: 'write it as `<<EOF`, or put `<<` into quotes if none is meant',
        place: instruction.place,
      });
      return instruction;
    }
    const heredocs: Heredoc[] = [];
    let { end } = instruction.place;
    for (const start of starts) {
      const heredoc = this.#heredoc(start, instruction.place);
      heredocs.push({ ...start, content: heredoc.content });
      end = heredoc.end;
    }
    return { ...instruction, heredocs, place: { ...instruction.place, end } };
  }

  #heredoc(start: HeredocStart, place: Place): { content: Place; end: number } {
    const all = this.#source.text.length;
    const content = {
      source: this.#source,
      start: this.#lines[this.#next]?.offset ?? all,
      end: all,
    };
    for (let line = this.#take(); line !== null; line = this.#take()) {
      if (!endsHeredoc(line.whole, start)) continue;
      return { content: { ...content, end: line.offset }, end: line.offset + line.text.length };
    }
    this.mistakes.push({
      message: `the heredoc \`${start.name}\` has no end`,
      advice: `end it with a line that says \`${start.name}\` and nothing else`,
      place,
    });
    return { content, end: all };
  }

  #checkLengths(): void {
    for (const { text, whole, offset } of this.#lines) {
      if (whole.length * 3 < LONGEST_LINE) continue;
      const bytes = new TextEncoder().encode(whole).length + (whole.endsWith('\n') ? 0 : 1);
      if (bytes <= LONGEST_LINE) continue;
      this.mistakes.push({
        message: `the line is longer than the ${LONGEST_LINE - 1} bytes that docker reads`,
        advice: 'part it with a `\\` at the end of a line',
        place: { source: this.#source, start: offset, end: offset + text.length },
      });
    }
  }
}

function linesOf(text: string): Physical[] {
  const mark = text.startsWith('\ufeff') ? 1 : 0;
  return [...text.slice(mark).matchAll(/[^\n]*\n|[^\n]+$/g)].map(({ 0: whole, index }) => ({
    text: whole.replace(/[\r\n]+$/, ''),
    whole,
    offset: index + mark,
  }));
}

/** An ONBUILD takes those of the instruction in it. */
function takesHeredocs(instruction: Instruction): boolean {
  const meant = onbuildOf(instruction) ?? instruction;
  return TAKES_HEREDOCS.includes(meant.keyword) && !argumentsOf(meant).json;
}
