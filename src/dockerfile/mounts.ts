import { nearest } from '../model/nearest.ts';
import type { Instruction } from './instruction.ts';
import type { Mistake } from './mistake.ts';
import { argumentsOf, flagValues, mountFields, mountOptions, type Word } from './words.ts';

const TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];
const SHARINGS = ['shared', 'private', 'locked'];
const SWITCHES = ['readonly', 'ro', 'readwrite', 'rw', 'required'];
/** Those of docker's newest frontend included: an older one refuses `env`. */
const KEYS = [
  ...['type', 'from', 'source', 'src', 'target', 'dst', 'destination', 'id', 'sharing', 'size'],
  ...['mode', 'uid', 'gid', 'env', ...SWITCHES],
];

/** Go's strconv.ParseBool. */
const BOOLEAN = /^(1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)$/;

type Values = ReadonlyMap<string, string>;

/**
 * What is wrong with the options of a `RUN --mount` that is carried out; null for nothing. A value with a
 * variable in it is docker's to judge.
 *
 * Rules: https://github.com/moby/buildkit/blob/v0.25.1/frontend/dockerfile/instructions/commands_runmount.go
 */
export function mountMistake(mount: Word): Mistake | null {
  const values = new Map<string, string>();
  for (const field of mountFields(mount)) {
    const wrong = fieldMistake(field, values);
    if (wrong !== null) return { ...wrong, place: mount.place };
    values.set(field.name, field.value ?? '');
  }
  const wrong = wholeMistake(values);
  return wrong === null ? null : { ...wrong, place: mount.place };
}

/** True for a RUN that mounts a secret or an ssh agent, or what only docker knows to be none. */
export function asksForSecret(instruction: Instruction): boolean {
  if (instruction.keyword !== 'RUN') return false;
  return flagValues(argumentsOf(instruction), 'mount').some((mount) => {
    const type = typeOf(mountOptions(mount));
    return type === null || type === 'secret' || type === 'ssh';
  });
}

type Found = Omit<Mistake, 'place'>;
type Field = ReturnType<typeof mountFields>[number];

function fieldMistake({ name, value, text }: Field, before: Values): Found | null {
  if (!KEYS.includes(name)) {
    const meant = nearest(name, KEYS);
    const advice = meant === null ? `it takes ${listed(KEYS)}` : `did you mean \`${meant}\`?`;
    return { message: `\`--mount\` has no option \`${name}\``, advice };
  }
  if (value === null && !SWITCHES.includes(name)) {
    return { message: `\`${text}\` in \`--mount\` has no value`, advice: `write \`${name}=…\`` };
  }
  const type = typeOf(before);
  const only = name === 'size' ? ['tmpfs'] : name === 'required' ? ['secret', 'ssh'] : TYPES;
  if (type !== null && !only.includes(type)) {
    return {
      message: `\`${name}\` cannot be set for a mount of the type \`${type}\``,
      advice: `write \`type=${only[0]}\` before it, or remove it`,
    };
  }
  return value === null || isOpen(value) ? null : valueMistake(name, value);
}

function valueMistake(name: string, value: string): Found | null {
  const wrong = (advice: string) => ({
    message: `\`${name}\` of a \`--mount\` cannot be \`${value}\``,
    advice,
  });
  const small = value.toLowerCase();
  if (name === 'type' && !TYPES.includes(small)) return wrong(`it takes ${listed(TYPES)}`);
  if (name === 'sharing' && !SHARINGS.includes(small)) return wrong(`it takes ${listed(SHARINGS)}`);
  if (SWITCHES.includes(name) && !BOOLEAN.test(value)) return wrong('write `true` or `false`');
  if (name === 'mode' && !/^[0-7]+$/.test(value)) return wrong('write it in octal digits: `0400`');
  if ((name === 'uid' || name === 'gid') && !/^\d+$/.test(value)) return wrong('write a number');
  return null;
}

function wholeMistake(values: Values): Found | null {
  const type = typeOf(values);
  if (type === null) return null;
  const isFile = type === 'bind' || type === 'tmpfs';
  const odd = ['mode', 'uid', 'gid'].find((name) => isFile && values.has(name));
  const name = odd ?? (values.has('sharing') && type !== 'cache' ? 'sharing' : null);
  if (name !== null) {
    const advice = `remove it, or write \`type=${name === 'sharing' ? 'cache' : 'secret'}\``;
    return { message: `\`${name}\` cannot be set for a mount of the type \`${type}\``, advice };
  }
  const hasSource = values.has('source') || values.has('src');
  const hasTarget = ['target', 'dst', 'destination'].some((each) => values.has(each));
  if (type === 'secret') {
    if (hasSource && values.has('id')) {
      return { message: 'a secret has `id` or `source`, not both', advice: 'remove one of them' };
    }
    const isNamed = hasSource || hasTarget || values.has('id') || values.has('env');
    return isNamed ? null : { message: 'the secret is not named', advice: 'write `id=NAME`' };
  }
  if (hasTarget || type === 'ssh') return null;
  return { message: 'the mount has no `target`', advice: 'write `target=/FOLDER`' };
}

/** Null where only docker knows. */
function typeOf(values: Values): string | null {
  const type = values.get('type') ?? 'bind';
  return isOpen(type) ? null : type.toLowerCase();
}

function isOpen(value: string): boolean {
  return /[$'"\\`]/.test(value);
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
