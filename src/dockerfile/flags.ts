import { nearest } from '../model/nearest.ts';
import type { Instruction } from './instruction.ts';
import type { Mistake } from './mistake.ts';
import { argumentsOf } from './words.ts';

/** What a flag is followed by. Only `several` may be given more than once. */
type FlagKind = 'switch' | 'value' | 'several';

/**
 * Every flag that a frontend of docker's takes, those of its newest included: an older one refuses
 * some of them, but which one reads the file is not known here.
 */
const FLAGS: Readonly<Record<string, Readonly<Record<string, FlagKind>>>> = {
  ADD: {
    chown: 'value',
    chmod: 'value',
    link: 'switch',
    'keep-git-dir': 'switch',
    checksum: 'value',
    unpack: 'switch',
    exclude: 'several',
  },
  COPY: {
    chown: 'value',
    chmod: 'value',
    from: 'value',
    link: 'switch',
    parents: 'switch',
    exclude: 'several',
  },
  FROM: { platform: 'value' },
  HEALTHCHECK: {
    interval: 'value',
    timeout: 'value',
    'start-period': 'value',
    'start-interval': 'value',
    retries: 'value',
  },
  RUN: { mount: 'several', network: 'value', security: 'value', device: 'several' },
};

/** Instructions whose flags docker never looks at. */
const UNREAD = ['ARG', 'STOPSIGNAL'];

/** What is wrong with the flags of an instruction; null for nothing. */
export function flagMistake(instruction: Instruction): Mistake | null {
  const { keyword } = instruction;
  const { flags, rest } = argumentsOf(instruction);
  if (UNREAD.includes(keyword)) return null;
  if (keyword === 'HEALTHCHECK' && /^none$/i.test(rest.text)) return null;
  const known = FLAGS[keyword] ?? {};
  const seen = new Set<string>();
  for (const { text, place } of flags) {
    const [, name = '', value = null] = /^--([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) return { ...unknownFlag(keyword, name, Object.keys(known)), place };
    if (seen.has(name) && kind !== 'several') {
      const message = `\`${keyword}\` has the flag \`--${name}\` twice`;
      return { message, advice: 'remove one of them', place };
    }
    seen.add(name);
    const wrong = valueMistake(name, kind, value);
    if (wrong !== null) return { ...wrong, place };
  }
  return null;
}

function unknownFlag(keyword: string, name: string, known: readonly string[]) {
  const meant = nearest(name, known);
  return {
    message: `\`${keyword}\` has no flag \`--${name}\``,
    advice:
      meant === null
        ? known.length === 0
          ? `\`${keyword}\` takes no flags: remove it`
          : `it takes ${known.map((flag) => `\`--${flag}\``).join(', ')}`
        : `did you mean \`--${meant}\`?`,
  };
}

function valueMistake(name: string, kind: FlagKind, value: string | null) {
  if (kind !== 'switch') {
    if (value !== null) return null;
    return { message: `the flag \`--${name}\` has no value`, advice: `write \`--${name}=…\`` };
  }
  if (value === null || /^(true|false)$/i.test(value)) return null;
  return {
    message: `the flag \`--${name}\` takes no other values than \`true\` and \`false\``,
    advice: `write \`--${name}\` alone`,
  };
}
