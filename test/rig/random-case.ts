import type { FilePattern, SelectionPolicy } from '../../src/model/manifest.ts';
import type { Tree, TreeEntry } from './planted.ts';
import { type Random, randomFrom } from './random.ts';

/** One trial: what lies in a build directory, and what of it is to be taken. */
export interface Case {
  readonly seed: number;
  readonly tree: Tree;
  /** The text of `.dockerignore` and of `Dockerfile.dockerignore`; null where there is none. */
  readonly ignore: string | null;
  readonly ownIgnore: string | null;
  /** Where `.dockerignore` points, if it is a link; its text is then in `rules/ignore`. */
  readonly ignoreLink: string | null;
  readonly policy: SelectionPolicy;
}

const NAMES = [
  ...['a', 'b', 'ab', 'A', 'aa', 'file.txt', 'x.log', 'main.py', 'node_modules', 'src', 'lib'],
  ...['.git', '.env', '.a', '..a', '...', '__proto__', 'constructor', '-dash', '~t', '@at', '%41'],
  ...[' lead', 'trail ', 'sp ace', 'tab\t', 'new\nline', 'a\nb', '\u0001', '\u007f', '\u00a0nb'],
  ...[
    "q'uote",
    'd"q',
    'back\\slash',
    'back\\',
    '`tick',
    '$dollar',
    '#hash',
    '!bang',
    'semi;',
    'a&b',
  ],
  ...[
    'st*r',
    '**',
    '*',
    'qu?m',
    '[id]',
    '[a-c]',
    '(grp)',
    '{a,b}',
    'a+b',
    'a|b',
    'a^b',
    '^c',
    'a.b',
  ],
  ...[
    '\u00e9',
    'e\u0301',
    '日本',
    '😀',
    'ß',
    '\u0085',
    '\ufeffbom',
    '\u2028',
    ',comma',
    'a=b',
    'a:b',
  ],
  'long'.repeat(50),
];

const MODES = [0o644, 0o644, 0o755, 0o755, 0o600, 0o664, 0o775, 0o700, 0o444, 0o544, 0o654, 0o000];

const IGNORE_LINKS = ['rules/ignore', '/rules/ignore', '../../rules/./ignore', 'rules/../ignore'];

/** The case of that seed. */
export function randomCase(seed: number): Case {
  const random = randomFrom(seed);
  const names = random.several(2, 7, () => random.pick(NAMES));
  const tree = randomTree(random, names);
  const paths = [...tree.keys()];
  return {
    seed,
    tree,
    ignore: random.chance(90) ? ignoreFile(random, paths) : null,
    ownIgnore: random.chance(10) ? ignoreFile(random, paths) : null,
    ignoreLink: random.chance(5) ? random.pick(IGNORE_LINKS) : null,
    policy: randomPolicy(random, paths),
  };
}

function randomTree(random: Random, names: readonly string[]): Tree {
  const tree = new Map<string, TreeEntry>();
  const leaves = new Set<string>();
  random.several(1, 20, () => {
    const parts = random.several(1, random.chance(10) ? 7 : 4, () => random.pick(names));
    const above = parts.map((_, index) => parts.slice(0, index).join('/'));
    const path = parts.join('/');
    const taken = above.some((folder) => leaves.has(folder)) || tree.has(path);
    const isFolder = [...tree.keys()].some((other) => other.startsWith(`${path}/`));
    if (taken || isFolder) return;
    const entry = randomEntry(random, [...tree.keys()]);
    tree.set(path, entry);
    leaves.add(path);
  });
  return tree;
}

function randomEntry(random: Random, others: readonly string[]): TreeEntry {
  if (random.chance(10)) return { kind: 'folder' };
  if (random.chance(15)) {
    const targets = [
      'nowhere',
      '/nowhere',
      '../outside',
      '.',
      '..',
      '/etc',
      'a b',
      '\u00e9\n',
      ...others,
    ];
    return { kind: 'link', target: random.pick(targets) };
  }
  const bytes = random.chance(10) ? '' : `content ${random.below(1000)}`;
  return { kind: 'file', bytes, mode: random.pick(MODES) };
}

function ignoreFile(random: Random, paths: readonly string[]): string {
  const end = random.chance(10) ? '\r\n' : '\n';
  const lines = random.several(0, 6, () => {
    if (random.chance(5)) return random.pick(['', '# comment', ' # no comment', '#', '  ']);
    const pattern = random.chance(12) ? junk(random) : ignorePattern(random, paths);
    const negated = random.chance(35) ? `!${random.chance(10) ? ' ' : ''}${pattern}` : pattern;
    return random.chance(5) ? ` ${negated} ` : negated;
  });
  const first = random.chance(20) ? [random.pick(['*', '**', '**/*'])] : [];
  return `${random.chance(4) ? '\ufeff' : ''}${[...first, ...lines].join(end)}${random.chance(70) ? end : ''}`;
}

/** A path of the tree, or a folder on the way to it, more or less disguised. */
function ignorePattern(random: Random, paths: readonly string[]): string {
  const parts = (random.pick(paths) ?? 'a').split('/');
  const some = parts.slice(0, 1 + random.below(parts.length));
  const disguised = some.map((part) => disguise(random, part)).join('/');
  const before = random.pick(['', '', '', '', '/', './', '**/', '**', '*/', 'a/../', '//', '../']);
  const after = random.pick([
    '',
    '',
    '',
    '',
    '/',
    '/**',
    '/*',
    '**',
    '*',
    '/*/**',
    '/.',
    '/x/..',
    '/**/*',
  ]);
  return `${before}${disguised}${after}`.replaceAll('\n', '?');
}

function disguise(random: Random, part: string): string {
  if (random.chance(55)) return part;
  if (random.chance(30))
    return random.pick(['*', '**', '?', '???', '*.*', '[a-z]*', '[^a]*', '.*', '^*']);
  const chars = [...part];
  const at = random.below(chars.length);
  const char = chars[at] ?? 'a';
  const swapped = [
    ...[
      '*',
      '?',
      '**',
      `[${char}]`,
      `[^${char}]`,
      `\\${char}`,
      `[\\${char}]`,
      '[a-c]',
      '[a?]',
      '[!a]',
    ],
    ...[
      `${char}*`,
      `*${char}`,
      `**${char}`,
      '.',
      char.toUpperCase(),
      '[[:alpha:]]',
      '\\w',
      '[\\w-z]',
    ],
  ];
  return [...chars.slice(0, at), random.pick(swapped), ...chars.slice(at + 1)].join('');
}

function junk(random: Random): string {
  const alphabet = [...'aabb**??//..[]^-\\!# ()+{}|$é😀d'];
  return random.several(1, 9, () => random.pick(alphabet)).join('');
}

function randomPolicy(random: Random, paths: readonly string[]): SelectionPolicy {
  if (random.chance(10)) return { kind: 'all' };
  if (random.chance(10)) return { kind: 'context' };
  if (random.chance(5)) return { kind: 'nothing' };
  const patterns = () => random.several(0, 4, () => filePattern(random, paths));
  const only = random.chance(70) ? patterns() : null;
  const allBut = only === null || random.chance(50) ? patterns() : null;
  return { kind: 'patterns', only, allBut };
}

function filePattern(random: Random, paths: readonly string[]): FilePattern {
  const parts = (random.pick(paths) ?? 'a').split('/');
  const some = parts.slice(0, 1 + random.below(parts.length));
  const globs = ['*', '**', '?*', '*.{txt,py}', '[a-m]*', '+(a|b)', '!(a)', '.*', '{a,b}'];
  const disguised = some.map((part) => (random.chance(70) ? part : random.pick(globs)));
  const before = random.pick(['', '', '', '', './', '**/', '!', '!']);
  const text = `${before}${disguised.join('/')}${random.pick(['', '', '', '/', '/**', '/*'])}`;
  const source = { path: 'ensure.yaml', text };
  return { text, place: { source, start: 0, end: text.length } };
}
