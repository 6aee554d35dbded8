import { isDockersVariable } from '../../model/docker-variables.ts';
import { DEFAULT_TEST_TIMEOUT_MS, type ImageTest } from '../../model/manifest.ts';
import { type Entries, entriesOf, isNone, itemsOf, type Tree } from '../tree.ts';
import type { Context } from './context.ts';
import { readDuration } from './durations.ts';
import { Fields } from './fields.ts';
import { outsidePath } from './paths.ts';

/** An image's `test`, one or a list. That of `defaults` is not meant for images that are not built here. */
export function readTests(image: Fields, own: Entries, isBuilt: boolean, context: Context) {
  const value = image.get('test');
  if (value === null) return [];
  if (!isBuilt) {
    if (own.has('test') && isNone(own.get('build')?.value))
      context.findings.reject(value, TEST_WITHOUT_BUILD);
    return [];
  }
  const each = value.kind === 'list' ? itemsOf(value) : [value];
  return each.flatMap((item) => {
    const isUsable = item.kind === 'mapping' && !context.findings.isBad(item);
    return isUsable ? readTest(item.entries, context) : [];
  });
}

const TEST_WITHOUT_BUILD = {
  code: 'test-without-build',
  message: '`test` needs a `build`: what is pulled is not tested',
  advice: 'give the image a `build`, or remove `test`',
} as const;

function readTest(entries: Entries, context: Context): ImageTest[] {
  const fields = new Fields(entries, context.findings);
  const command = wordsOf(fields, 'command');
  const entrypoint = fields.get('entrypoint') === null ? null : wordsOf(fields, 'entrypoint');
  const { env, isGivenFromOutside } = readEnvironment(fields, context);
  const timeout = fields.string('timeout') === null ? null : fields.get('timeout');
  const seconds = timeout?.kind === 'scalar' ? readDuration(timeout, fields) : null;
  const test = {
    command,
    entrypoint,
    env,
    mounts: readMounts(fields, context),
    network: fields.string('network') ?? 'none',
    timeoutMs: seconds === null ? DEFAULT_TEST_TIMEOUT_MS : seconds * 1000,
    hashed: fields.flag('hashed', false),
    isGivenFromOutside,
  };
  return command.length === 0 ? [] : [test];
}

function wordsOf(fields: Fields, key: string): string[] {
  return fields.strings(key).map(({ text }) => text);
}

/** What a variable gives a value to may be a secret; what the manifest holds is none. */
function readEnvironment(fields: Fields, { variables, secrets, findings }: Context) {
  const env = new Map<string, string>();
  let isGivenFromOutside = false;
  for (const [name, { value, keyPlace }] of entriesOf(fields.get('env') ?? undefined)) {
    if (value.kind !== 'scalar' || findings.isBad(value)) continue;
    if (isDockersVariable(name)) {
      findings.reject(value, takenVariable(name), keyPlace);
      continue;
    }
    const isPassedOn = value.value === null;
    const text = isPassedOn ? (variables.get(name) ?? null) : fields.stringOf(value);
    if (text === null) continue;
    env.set(name, text);
    if (!isPassedOn && !value.written.includes('$')) continue;
    isGivenFromOutside = true;
    if (text !== '') secrets.add(text);
  }
  return { env, isGivenFromOutside };
}

/** Docker gets the variables in its own environment, where no process list shows them. */
function takenVariable(name: string) {
  return {
    code: 'taken-variable',
    message: `\`${name}\` cannot be a variable of a test: docker itself reads the variable of that name`,
    advice: `set it in the command: \`[env, "${name}=…", …]\``,
  } as const;
}

function readMounts(fields: Fields, context: Context): ImageTest['mounts'] {
  return itemsOf(fields.get('mounts') ?? undefined).flatMap((item) => {
    const text = item.kind === 'scalar' ? fields.stringOf(item) : null;
    if (text === null) return [];
    const [, path = '', target = ''] = /^(.+):(\/[^:]*)$/s.exec(text) ?? [];
    if (path === '') {
      context.findings.reject(item, mountMistake(text, item));
      return [];
    }
    const source = outsidePath(path, item, context);
    return source === null ? [] : [{ source, target }];
  });
}

function mountMistake(text: string, { kind }: Tree) {
  const written = kind === 'scalar' && /:(ro|rw)$/.test(text);
  return {
    code: 'bad-mount',
    message: `\`${text}\` is no mount of a test`,
    advice: written
      ? 'leave the end out: a test can write to none of them'
      : 'write a path, a colon and an absolute path in the container: `./testdata:/testdata`',
  } as const;
}
