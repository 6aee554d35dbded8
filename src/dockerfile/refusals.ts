import { nearest } from '../model/nearest.ts';
import { lengthWithoutBlanks } from './blanks.ts';
import { flagMistake } from './flags.ts';
import { heredocOf } from './heredocs.ts';
import { type Instruction, onbuildOf } from './instruction.ts';
import type { Mistake } from './mistake.ts';
import { isOldForm, pairsOf } from './pairs.ts';
import { healthcheckMistake, runMistake } from './refusals-of-flags.ts';
import { argumentsOf, hasOddJson } from './words.ts';

/**
 * What docker refuses the instructions of a Dockerfile for, one mistake an instruction: unlike docker,
 * which stops at the first. Only what all its frontends refuse is one.
 *
 * Rules: https://github.com/moby/buildkit/blob/v0.25.1/frontend/dockerfile/instructions/parse.go
 */
export function refusalsOf(instructions: readonly Instruction[]): Mistake[] {
  const first = instructions.findIndex(({ keyword }) => keyword === 'FROM');
  const mistakes = instructions.flatMap((instruction, index) => {
    const mistake = mistakeIn(instruction);
    if (mistake !== null) return [{ place: instruction.place, ...mistake }];
    if (first >= 0 && index >= first) return [];
    return instruction.keyword === 'ARG' ? [] : [beforeFrom(instruction)];
  });
  const [begin] = instructions;
  if (first < 0 && begin !== undefined && mistakes.length === 0) {
    mistakes.push({
      message: 'the Dockerfile has no `FROM`',
      advice: 'begin it with `FROM IMAGE`, or with `FROM scratch`',
      place: begin.place,
    });
  }
  return mistakes;
}

function beforeFrom({ keyword, place }: Instruction): Mistake {
  return {
    message: `\`${keyword}\` comes before the first \`FROM\`, where docker takes nothing but \`ARG\``,
    advice: 'move it behind a `FROM`',
    place,
  };
}

/** A mistake; without a place it is that of the whole instruction. */
type Found = Omit<Mistake, 'place'> & Partial<Pick<Mistake, 'place'>>;
type Check = (instruction: Instruction) => Found | null;

const CHECKS: Readonly<Record<string, Check>> = {
  ADD: copyMistake,
  ARG: pairMistake,
  CMD: () => null,
  COPY: copyMistake,
  ENTRYPOINT: () => null,
  ENV: pairMistake,
  EXPOSE: (instruction) => missing(instruction, 'EXPOSE 80'),
  FROM: fromMistake,
  HEALTHCHECK: healthcheckMistake,
  LABEL: pairMistake,
  MAINTAINER: (instruction) => missing(instruction, 'MAINTAINER NAME'),
  ONBUILD: onbuildMistake,
  RUN: runMistake,
  SHELL: shellMistake,
  STOPSIGNAL: (instruction) => missing(instruction, 'STOPSIGNAL SIGTERM'),
  USER: (instruction) => missing(instruction, 'USER NAME'),
  VOLUME: volumeMistake,
  WORKDIR: (instruction) => missing(instruction, 'WORKDIR /FOLDER'),
};

function mistakeIn(instruction: Instruction): Found | null {
  const { keyword } = instruction;
  const check = Object.hasOwn(CHECKS, keyword) ? CHECKS[keyword] : undefined;
  if (check === undefined) return unknown(instruction);
  return lineMistake(instruction) ?? flagMistake(instruction) ?? check(instruction);
}

function unknown({ keyword, line }: Instruction): Found {
  const written = /^[^\t\v\f\r ]*/.exec(line.trim().text)?.[0] ?? '';
  const meant = nearest(keyword, Object.keys(CHECKS));
  return {
    message:
      written === ''
        ? 'a line that goes on has nothing in it'
        : `docker knows no instruction \`${written}\``,
    advice:
      meant === null ? 'write an instruction, or put `#` before it' : `did you mean \`${meant}\`?`,
  };
}

/** What docker refuses as soon as it has cut a line, within an ONBUILD too. */
function lineMistake(instruction: Instruction): Found | null {
  const { keyword } = instruction;
  if (hasOddJson(instruction)) {
    return {
      message: `the JSON form of \`${keyword}\` takes nothing but strings`,
      advice: 'put each of them into double quotes',
    };
  }
  if (keyword === 'ONBUILD') {
    const inner = onbuildOf(instruction);
    return inner && lineMistake(inner);
  }
  return keyword === 'ENV' || keyword === 'LABEL' ? unpairedMistake(instruction) : null;
}

function unpairedMistake(instruction: Instruction): Found | null {
  const { keyword } = instruction;
  const { words, rest } = argumentsOf(instruction);
  if (words.length === 0) return null;
  if (isOldForm(instruction)) {
    if (/[\t\v\f\r ]/.test(rest.text)) return null;
    return {
      message: `\`${keyword} ${rest.text}\` has no value`,
      advice: `write \`${keyword} NAME=VALUE\``,
    };
  }
  const bare = words.find(({ text }) => !text.includes('='));
  if (bare === undefined) return null;
  return {
    message: `\`${bare.text}\` in \`${keyword}\` is no \`NAME=VALUE\``,
    advice: 'put a value that has blanks into quotes',
    place: bare.place,
  };
}

function missing(instruction: Instruction, example: string): Found | null {
  if (argumentsOf(instruction).words.length > 0) return null;
  const { keyword } = instruction;
  return { message: `\`${keyword}\` has no argument`, advice: `write it as in \`${example}\`` };
}

function pairMistake(instruction: Instruction): Found | null {
  const { keyword } = instruction;
  const nothing = missing(instruction, `${keyword} NAME=VALUE`);
  if (nothing !== null) return nothing;
  const nameless = pairsOf(instruction).find(({ name }) => name === '');
  if (nameless === undefined) return null;
  const { place } = nameless;
  return {
    message: `a name of \`${keyword}\` is empty`,
    advice: 'write a name before the `=`',
    place,
  };
}

function copyMistake(instruction: Instruction): Found | null {
  const { keyword } = instruction;
  const { words, json } = argumentsOf(instruction);
  const target = words.at(-1);
  if (words.length < 2 || target === undefined) {
    return {
      message: `\`${keyword}\` needs a source and a destination`,
      advice: `write it as in \`${keyword} SOURCE DESTINATION\``,
    };
  }
  if (json && !target.text.includes('<<')) return null;
  if (!heredocOf(target.text)) return null;
  return {
    message: `a heredoc is no destination of \`${keyword}\``,
    advice: 'write where its content goes behind it',
    place: target.place,
  };
}

/** As Go has them. */
function smallLetters(text: string): string {
  return text.replaceAll('\u0130', 'i').toLowerCase();
}

const STAGE_NAME = /^[a-z][a-z0-9-_.]*$/;

function fromMistake(instruction: Instruction): Found | null {
  const [image, as, name, ...others] = argumentsOf(instruction).words;
  const example = 'write `FROM IMAGE` or `FROM IMAGE AS NAME`; a comment needs a line of its own';
  if (image === undefined) return { message: '`FROM` names no image', advice: example };
  if (as === undefined) return null;
  if (name === undefined || others.length > 0 || !/^as$/i.test(as.text)) {
    return { message: '`FROM` takes one argument, or three', advice: example };
  }
  if (STAGE_NAME.test(smallLetters(name.text))) return null;
  return {
    message: `\`${name.text}\` is no name for a stage`,
    advice: 'begin it with a letter; letters, digits, `-`, `_` and `.` may follow',
    place: name.place,
  };
}

const NO_TRIGGERS = ['FROM', 'MAINTAINER', 'ONBUILD'];

function onbuildMistake(instruction: Instruction): Found | null {
  const inner = onbuildOf(instruction);
  if (inner === null) return missing(instruction, 'ONBUILD RUN COMMAND');
  if (!NO_TRIGGERS.includes(inner.keyword)) return null;
  return { message: `\`ONBUILD\` takes no \`${inner.keyword}\``, advice: 'remove it' };
}

function shellMistake(instruction: Instruction): Found | null {
  const { words, json } = argumentsOf(instruction);
  if (json && words.length > 0) return null;
  return {
    message: '`SHELL` takes nothing but the JSON form, with a string at least',
    advice: 'write it as in `SHELL ["/bin/sh", "-c"]`',
  };
}

function volumeMistake(instruction: Instruction): Found | null {
  const blank = argumentsOf(instruction).words.find(({ text }) => lengthWithoutBlanks(text) === 0);
  if (blank === undefined) return missing(instruction, 'VOLUME /FOLDER');
  return { message: 'a `VOLUME` is empty', advice: 'name its folder', place: blank.place };
}
