/**
 * Puts the tables of keys into docs/manifest.md, made from the schema: `npm run docs`. With `--check`
 * it only looks whether they are current, and exits 1 if they are not. The prose between them is
 * written by hand, in the page itself.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import schema from '../../schema/ensure.schema.json' with { type: 'json' };

const PAGE = 'docs/manifest.md';

interface Key {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly 'x-default'?: string;
  readonly 'x-hashed'?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Key>>;
}

const definitions: Readonly<Record<string, Key>> = schema.definitions;
const { image, build, registry, secret } = definitions;

/** The tables, by the name that marks their place in the page. */
const TABLES: Readonly<Record<string, string>> = {
  manifest: table({ properties: schema.properties }),
  registry: table(registry),
  image: table(image),
  test: table(definitions.test),
  build: table(build),
  files: table(build?.properties?.files),
  interval: table(build?.properties?.interval),
  secret: table(secret),
};

const page = await readFile(PAGE, 'utf8');
const current = page.replaceAll(
  /(<!-- keys of (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
  (_, begin: string, name: string, end: string) => begin + tableOf(name) + end,
);

if (!process.argv.includes('--check')) await writeFile(PAGE, current);
else if (page !== current) {
  console.error(`${PAGE} does not say what the schema says: run \`npm run docs\``);
  process.exitCode = 1;
}

function tableOf(name: string): string {
  const found = TABLES[name];
  if (found === undefined)
    throw new Error(`${PAGE} asks for keys of ${name}: there is no such table`);
  return found;
}

function table(section: Key | undefined): string {
  const keys = Object.entries(section?.properties ?? {});
  const hashed = keys.some(([, key]) => key['x-hashed'] !== undefined);
  const columns = ['key', 'value', 'default', ...(hashed ? ['hashed'] : []), 'meaning'];
  const rows = keys.map(([name, key]) => [
    `\`${name}\``,
    titleOf(key),
    defaultOf(key),
    ...(hashed ? [key['x-hashed'] ?? ''] : []),
    meaningOf(name, key),
  ]);
  const lines = [columns, columns.map(() => '---'), ...rows].map((cells) => row(cells));
  return `\n${lines.join('\n')}\n\n`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** A key's own word, or that of what it refers to. */
function titleOf(key: Key): string {
  return key.title ?? referred(key).title ?? '';
}

function defaultOf(key: Key): string {
  const written = { ...referred(key), ...key };
  if (written['x-default'] !== undefined) return written['x-default'];
  return written.default === undefined ? '' : `\`${flow(written.default)}\``;
}

function meaningOf(name: string, key: Key): string {
  const { description = '', examples = [] } = { ...referred(key), ...key };
  const shown = examples.map((example) => `\`${name}: ${flow(example)}\``);
  return [description, ...shown.map((example) => `<br>${example}`)].join(' ');
}

function referred({ $ref = '' }: Key): Key {
  return definitions[$ref.replace('#/definitions/', '')] ?? {};
}

/** A value as YAML in one line. */
function flow(value: unknown): string {
  const pair = stringify({ x: value }, { collectionStyle: 'flow', lineWidth: 0 }).trim();
  return pair
    .replace(/^\{ x: (.*) \}$/s, '$1')
    .replaceAll('[ ', '[')
    .replaceAll(' ]', ']');
}
