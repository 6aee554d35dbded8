import type { Instruction } from './instruction.ts';
import type { Line, Word } from './line.ts';
import type { Mistake } from './mistake.ts';
import { argumentsOf, flagValues } from './words.ts';

/** What is wrong with the flags of a RUN, as far as docker looks at them before it builds. */
export function runMistake(instruction: Instruction): Mistake | null {
  const args = argumentsOf(instruction);
  const network = flagValues(args, 'network').find(({ text }) => !NETWORKS.includes(text));
  if (network !== undefined) return oneOf('network', network, NETWORKS);
  const security = flagValues(args, 'security').find(({ text }) => !SECURITIES.includes(text));
  if (security !== undefined) return oneOf('security', security, SECURITIES);
  for (const mount of flagValues(args, 'mount')) {
    const mistake = mountMistake(mount);
    if (mistake !== null) return mistake;
  }
  return null;
}

const NETWORKS = ['default', 'none', 'host'];
const SECURITIES = ['sandbox', 'insecure'];

function oneOf(flag: string, { text, place }: Word, known: readonly string[]): Mistake {
  const choices = known.map((each) => `\`${each}\``).join(', ');
  return { message: `\`--${flag}\` cannot be \`${text}\``, advice: `it takes ${choices}`, place };
}

function mountMistake({ text, place }: Word): Mistake | null {
  if (text === '' || !/^("([^"]|"")*"|[^",]*)(,("([^"]|"")*"|[^",]*))*$/.test(text)) {
    return {
      message: `\`--mount=${text}\` is no list of options with commas between them`,
      advice: 'write it as in `--mount=type=cache,target=/FOLDER`',
      place,
    };
  }
  if (!/(^|,)"?from=[^,]*\$[^,]/i.test(text)) return null;
  return {
    message: 'docker replaces no variables in the `from` of a `--mount`',
    advice: 'begin a stage with it, `FROM $NAME AS stage`, and name the stage here',
    place,
  };
}

/** What is wrong with a HEALTHCHECK. */
export function healthcheckMistake(instruction: Instruction): Mistake | null {
  const args = argumentsOf(instruction);
  const { place } = instruction;
  const type = args.words[0]?.text.toUpperCase();
  const example = 'write it as in `HEALTHCHECK CMD COMMAND`';
  if (type === undefined)
    return { message: '`HEALTHCHECK` has no argument', advice: example, place };
  if (type === 'NONE') {
    if (args.words.length === 1) return null;
    return { message: '`HEALTHCHECK NONE` takes no arguments', advice: 'remove them', place };
  }
  if (type !== 'CMD') {
    return { message: `\`HEALTHCHECK\` takes no \`${type}\``, advice: example, place };
  }
  if (args.words.length < 2) {
    return { message: '`HEALTHCHECK CMD` has no command', advice: example, place };
  }
  return durationMistake(args) ?? retriesMistake(args);
}

const DURATIONS = ['interval', 'timeout', 'start-period', 'start-interval'];
/** https://pkg.go.dev/time#ParseDuration */
const DURATION =
  /^[+-]?(0|(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)((\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h))*)$/;

function durationMistake(args: { flags: readonly Word[]; rest: Line }): Mistake | null {
  for (const flag of DURATIONS) {
    const wrong = flagValues(args, flag).find(({ text }) => text !== '' && !isDuration(text));
    if (wrong === undefined) continue;
    return {
      message: `\`--${flag}\` cannot be \`${wrong.text}\``,
      advice: `write a time of a millisecond at least, as in \`--${flag}=30s\``,
      place: wrong.place,
    };
  }
  return null;
}

const UNITS: Readonly<Record<string, number>> = { ns: 1e-6, ms: 1, s: 1e3, m: 6e4, h: 36e5 };

/** None at all counts as one; docker takes no shorter one than a millisecond. */
function isDuration(text: string): boolean {
  if (!DURATION.test(text)) return false;
  const parts = [...text.matchAll(/([\d.]+)(\D+)/g)];
  const sum = parts.reduce((all, [, n, unit = '']) => all + Number(n) * (UNITS[unit] ?? 1e-3), 0);
  return sum === 0 || (sum >= 1 && !text.startsWith('-'));
}

function retriesMistake(args: { flags: readonly Word[] }): Mistake | null {
  const wrong = flagValues(args, 'retries').find(
    ({ text }) => text !== '' && !(/^(\+?\d+|-0+)$/.test(text) && Number(text) < 2 ** 31),
  );
  if (wrong === undefined) return null;
  return {
    message: `\`--retries\` cannot be \`${wrong.text}\``,
    advice: 'write a whole number',
    place: wrong.place,
  };
}
