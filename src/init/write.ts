import type { Draft, Note, Value } from './draft.ts';
import { type Entry, withMatrices } from './matrices.ts';
import { literal } from './values.ts';

/** The text of a first manifest. `notes`: what it lacks, for a comment at its end. */
export function manifestText(
  project: string,
  drafts: readonly Draft[],
  notes: readonly Note[],
): string {
  const servers = serversOf(drafts);
  return [
    comment(
      `The images of ${project}, as \`docker-ensure init\` found them. \`docker-ensure plan\` says what`,
    ),
    '# `docker-ensure up` would do; docs/manifest.md of docker-ensure explains each key.',
    '',
    ...registriesOf(servers),
    'defaults:',
    ...(servers.size === 0
      ? []
      : [
          '  remote_policy: pull_only # `all` pushes what is built here, so that nobody builds it again',
        ]),
    '  with_hash: true # the tag changes with all that goes into the build',
    '  build:',
    '    files: copied # what the Dockerfile copies; `context` is all that `docker build` would send',
    '',
    'images:',
    withMatrices(drafts.map((draft) => entryOf(draft, servers)))
      .map(entryText)
      .join('\n'),
    ...leftOut(notes),
  ].join('\n');
}

/** The registries by their servers, under keys. */
function serversOf(drafts: readonly Draft[]): ReadonlyMap<string, string> {
  const servers = new Set(drafts.flatMap(({ name }) => name?.server ?? []));
  return new Map(
    [...servers].map((server, at) => [server, at === 0 ? 'main' : `registry-${at + 1}`]),
  );
}

function registriesOf(servers: ReadonlyMap<string, string>): string[] {
  if (servers.size === 0) return [];
  const lines = [...servers].flatMap(([server, key]) => [
    `  ${key}:`,
    `    server: ${scalar(server)}`,
  ]);
  return ['registries: # with the logins that docker already has', ...lines, ''];
}

function entryOf(draft: Draft, servers: ReadonlyMap<string, string>): Entry {
  const { key, origins, name, directory, dockerfile, parents, options } = draft;
  const registry = name?.server == null ? undefined : servers.get(name.server);
  const build = [
    ...(directory === '.' ? [] : pair('directory', literal(directory))),
    ...(dockerfile === null ? [] : pair('dockerfile', literal(dockerfile))),
    ...(parents.length === 0 ? [] : pair('parents', parents)),
    ...Object.entries(options).flatMap(([option, value]) => pair(option, value)),
  ];
  const lines = [
    ...(name === null || name.repository === key ? [] : pair('name', name.repository)),
    ...(name?.version == null ? [] : pair('version', name.version)),
    ...(registry === undefined ? [] : pair('registry', registry)),
    ...(build.length === 0 ? ['build: {}'] : ['build:', ...build.map((line) => `  ${line}`)]),
  ];
  return { origins, key, lines };
}

function entryText({ origins, key, lines }: Entry): string {
  return [
    ...origins.map((origin) => `  ${comment(origin)}`),
    `  ${scalar(key)}:`,
    ...lines.map((line) => (line.trim() === '' ? '' : `    ${line}`)),
    '',
  ].join('\n');
}

function pair(key: string, value: Value): string[] {
  if (typeof value === 'boolean') return [`${key}: ${value}`];
  if (typeof value === 'string')
    return isBlock(value) ? block(key, value) : [`${key}: ${scalar(value)}`];
  if (Array.isArray(value)) return [`${key}: [${value.map(inFlow).join(', ')}]`];
  const pairs = Object.entries(value as Readonly<Record<string, string | null>>).map(
    ([name, text]) => `  ${scalar(name)}:${text === null ? '' : ` ${scalar(text)}`}`,
  );
  return [`${key}:`, ...pairs];
}

/** Lines of text that YAML takes as they are. */
function isBlock(text: string): boolean {
  const lines = text.slice(0, -1).split('\n');
  const isSafe = lines.every(
    (line) =>
      line ===
      quoted(line)
        .slice(1, -1)
        .replace(/\\(["\\])/g, '$1'),
  );
  const isEven = !/^\s/.test(text) && text.endsWith('\n') && !text.endsWith('\n\n');
  return lines.length > 1 && isSafe && isEven;
}

function block(key: string, text: string): string[] {
  return [
    `${key}: |`,
    ...text
      .slice(0, -1)
      .split('\n')
      .map((line) => `  ${line}`),
  ];
}

/** A string as YAML has it: as it is where it can be nothing else, else between quotes. */
function scalar(text: string): string {
  const isPlain =
    /^[A-Za-z_./][\w./@+-]*(?::[\w./@+-]+)*$/.test(text) &&
    !/^(?:true|false|null|y|n|yes|no|on|off|\.inf|\.nan)$/i.test(text);
  return isPlain ? text : quoted(text);
}

function inFlow(text: string): string {
  return /^[A-Za-z][\w./-]*$/.test(text) ? scalar(text) : quoted(text);
}

/** What JSON has between quotes YAML reads alike, but for characters that it wants to have escaped. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function leftOut(notes: readonly Note[]): string[] {
  if (notes.length === 0) return [];
  return [
    '# Not taken over:',
    ...notes.map(({ where, text }) => comment(`- ${where}: ${text}`)),
    '',
  ];
}

function comment(text: string): string {
  return `# ${text.replace(/[\p{Cc}\p{Cs}\u2028\u2029\ufeff\ufffe\uffff]+/gu, ' ')}`;
}
