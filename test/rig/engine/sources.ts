/** Apt sources of another suite, made from the machine's own. Pure. */

/** One file of the machine's apt sources. */
export interface SourcesFile {
  readonly path: string;
  readonly text: string;
}

const pockets = ['', '-updates', '-security'];

/**
 * The sources of suite `to`, in deb822 form, made from those entries that serve suite `from`.
 * Mirrors, keys and options stay as the machine has them, so nothing here knows a server's name.
 * Entries of others (a vendor's repository, a source entry) are left out: one that cannot be
 * reached would fail the whole update.
 */
export function sourcesFor(files: readonly SourcesFile[], from: string, to: string): string {
  const stanzas = files.flatMap((file) =>
    file.path.endsWith('.sources') ? deb822Stanzas(file.text) : oneLineStanzas(file.text),
  );
  return stanzas.flatMap((stanza) => rewritten(stanza, from, to)).join('\n');
}

type Stanza = Map<string, string>;

function rewritten(stanza: Stanza, from: string, to: string): string[] {
  const words = (key: string) => (stanza.get(key) ?? '').split(/\s+/).filter(Boolean);
  const served = words('suites').filter((suite) => pockets.some((p) => suite === from + p));
  const components = words('components').filter((name) => name === 'main' || name === 'universe');
  const enabled = (stanza.get('enabled') ?? 'yes') !== 'no';
  if (!enabled || !words('types').includes('deb')) return [];
  if (served.length === 0 || components.length === 0) return [];
  const changed = new Map(stanza)
    .set('types', 'deb')
    .set('suites', served.map((suite) => to + suite.slice(from.length)).join(' '))
    .set('components', components.join(' '));
  return [[...changed].map(([key, value]) => `${key}: ${value}\n`).join('')];
}

/** Keys in lower case: deb822 does not mind case. Values keep their continuation lines. */
function deb822Stanzas(text: string): Stanza[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  return lines
    .join('\n')
    .split(/\n\s*\n/)
    .map((paragraph) => {
      const stanza: Stanza = new Map();
      for (const field of paragraph.split(/\n(?=\S)/)) {
        const match = /^([\w-]+):\s*([\s\S]*?)\s*$/.exec(field);
        if (match?.[1] !== undefined) stanza.set(match[1].toLowerCase(), match[2] ?? '');
      }
      return stanza;
    })
    .filter((stanza) => stanza.size > 0);
}

function oneLineStanzas(text: string): Stanza[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line);
    if (match === null) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const stanza: Stanza = new Map([
      ['types', 'deb'],
      ['uris', uri],
      ['suites', suite],
      ['components', components.trim()],
    ]);
    for (const option of options.split(/\s+/).filter(Boolean)) {
      const [key = '', value = ''] = option.split('=');
      stanza.set(optionNames[key] ?? key, value.replaceAll(',', ' '));
    }
    return [stanza];
  });
}

/** Options whose one-line name differs from the deb822 field. */
const optionNames: Record<string, string> = { arch: 'architectures', lang: 'languages' };
