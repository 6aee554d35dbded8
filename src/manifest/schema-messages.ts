import type { ErrorObject } from 'ajv';
import schema from '../../schema/ensure.schema.json' with { type: 'json' };
import { nearest } from '../model/nearest.ts';
import type { Mistake } from './findings.ts';
import { readPlain } from './interpolation/read-plain.ts';
import type { Tree } from './tree.ts';

/** A mistake that the schema found, in words for people. The schema's `title`s say what is wanted. */
export function mistakeOf(error: ErrorObject, path: readonly string[], tree: Tree): Mistake {
  if (error.propertyName !== undefined) return badName(error, error.propertyName, path);
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(String(error.params.additionalProperty), knownKeys(error), path);
    case 'required':
      return {
        code: 'missing-key',
        message: `${subjectOf(path)} needs the key \`${error.params.missingProperty}\``,
      };
    case 'enum':
      return unknownCheck(tree, error.params.allowedValues);
    default:
      return wrongValue(error, path, tree);
  }
}

/** The names of checks are the schema's only choice that nothing else may stand in for. */
function unknownCheck(tree: Tree, known: readonly string[]): Mistake {
  const name = tree.kind === 'scalar' ? tree.written : '';
  const near = nearest(name, known);
  return {
    code: 'unknown-check',
    message: `no check is called ${describe(tree)}`,
    advice: near === null ? `the checks are ${quoteAll(known)}` : `did you mean \`${near}\`?`,
  };
}

function unknownKey(key: string, known: readonly string[], path: readonly string[]): Mistake {
  const message = `${subjectOf(path)} has no key \`${key}\``;
  return { code: 'unknown-key', message, advice: adviceForKey(key, known, path) };
}

function adviceForKey(key: string, known: readonly string[], path: readonly string[]): string {
  if (path.at(-1) === 'build' && Object.hasOwn(schema.definitions.image.properties, key)) {
    return `\`${key}\` belongs to the image, one level up`;
  }
  if (known.includes('build') && Object.hasOwn(schema.definitions.build.properties, key)) {
    return `\`${key}\` belongs beneath \`build\``;
  }
  if (known.includes('matrix') && (key === 'include' || key === 'exclude')) {
    return `\`${key}\` belongs beneath \`matrix\``;
  }
  const near = nearest(key, known);
  return near === null ? `the keys are ${quoteAll(known)}` : `did you mean \`${near}\`?`;
}

function badName(error: ErrorObject, name: string, path: readonly string[]): Mistake {
  return {
    code: 'bad-key',
    message: `\`${name}\` cannot be a key of ${subjectOf(path)}`,
    advice: `a key is ${titleOf(error)}`,
  };
}

function wrongValue(error: ErrorObject, path: readonly string[], tree: Tree): Mistake {
  const wanted = titleOf(error);
  const isQuoted = wanted.startsWith('a whole number') && isQuotedNumber(tree);
  const advice = adviceFor(wanted, path, tree);
  return {
    code: 'bad-value',
    message: `${subjectOf(path)} must be ${wanted}, not ${isQuoted ? 'the string ' : ''}${describe(tree)}`,
    ...(advice === null ? {} : { advice }),
  };
}

/** How to write what was probably meant. */
function adviceFor(wanted: string, path: readonly string[], tree: Tree): string | null {
  const key = path.at(-1) ?? '';
  if (wanted === 'true or false' && tree.kind === 'scalar') {
    if (/^(yes|on|y|true|1)$/i.test(tree.written)) return `write \`${key}: true\``;
    return /^(no|off|n|false|0)$/i.test(tree.written) ? `write \`${key}: false\`` : null;
  }
  if (key === '') return null;
  if (wanted.startsWith('a whole number') && isQuotedNumber(tree)) {
    return `write \`${key}: ${describedText(tree)}\`, without quotes`;
  }
  if (wanted.startsWith('a list') && tree.kind === 'scalar')
    return `write \`${key}: [${tree.written}]\``;
  return wanted.startsWith('a map') && tree.kind === 'list' && !/^[0-9]+$/.test(key)
    ? `write \`${key}: { NAME: value }\``
    : null;
}

function describe(tree: Tree): string {
  if (tree.kind === 'list') return tree.items.length === 0 ? 'an empty list' : 'a list';
  if (tree.kind === 'mapping') return tree.entries.size === 0 ? 'an empty map' : 'a map';
  if (tree.value === null) return 'empty';
  const text = describedText(tree);
  const [line = '', ...more] = text.split('\n');
  return line.length > 40 || more.length > 0 ? `\`${line.slice(0, 40)}…\`` : `\`${line}\``;
}

function describedText(tree: Tree): string {
  if (tree.kind !== 'scalar') return '';
  return tree.refs.length > 0 ? tree.written : tree.text.join('');
}

function isQuotedNumber(tree: Tree): boolean {
  return (
    tree.kind === 'scalar' &&
    typeof tree.value === 'string' &&
    typeof readPlain(describedText(tree)) === 'number'
  );
}

/**
 * What a path is called in a message: its end, since the place shows the rest. The keys of images
 * and registries stay, as in `the image app`.
 */
function subjectOf(path: readonly string[]): string {
  if (path.length === 0) return 'the manifest';
  const [section, key = '', ...rest] = path;
  if (section === 'images' && rest.length === 0 && key !== '') return `the image \`${key}\``;
  if (section === 'registries' && rest.length === 0 && key !== '') return `the registry \`${key}\``;
  const inner = section === 'defaults' ? path.slice(1) : rest;
  const shown = inner[0] === 'build' && inner.length > 1 ? inner.slice(1) : inner;
  return `\`${joinPath(shown.length === 0 ? path : shown)}\``;
}

function joinPath(path: readonly string[]): string {
  return path.reduce((joined, part) => {
    if (/^[0-9]+$/.test(part)) return `${joined}[${part}]`;
    return joined === '' ? part : `${joined}.${part}`;
  }, '');
}

function titleOf({ parentSchema }: ErrorObject): string {
  const title: unknown = parentSchema?.title;
  return typeof title === 'string' ? title : 'something else';
}

function knownKeys({ parentSchema }: ErrorObject): string[] {
  const properties: unknown = parentSchema?.properties;
  return Object.keys(properties ?? {});
}

function quoteAll(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
