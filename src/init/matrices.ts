/** An image of a first manifest, or several, as text. */
export interface Entry {
  /** What it was found in. */
  readonly origins: readonly string[];
  readonly key: string;
  /** The YAML beneath its key. */
  readonly lines: readonly string[];
}

/** A key as those of a matrix's images are, with a version at its end. */
const VERSIONED = /^(.+)-(\d+(?:\.\d+)*)$/;

const VERSION = '${matrix.version}';

/**
 * Makes one entry with a matrix of entries that differ in nothing but the version with which their keys end. Its
 * images have the keys and the values that they had before.
 */
export function withMatrices(entries: readonly Entry[]): Entry[] {
  const families = new Map<string, { readonly template: string[]; readonly members: Entry[] }>();
  const taken = new Set(entries.map(({ key }) => key));
  for (const entry of entries) {
    const [, base = '', version = ''] = VERSIONED.exec(entry.key) ?? [];
    const template = version === '' || taken.has(base) ? null : templateOf(entry.lines, version);
    if (template === null) continue;
    const family = families.get(base) ?? { template, members: [] };
    if (family.template.join('\n') !== template.join('\n')) taken.add(base);
    family.members.push(entry);
    families.set(base, family);
  }
  return entries.flatMap((entry): Entry[] => {
    const [, base = ''] = VERSIONED.exec(entry.key) ?? [];
    const family = families.get(base);
    const isAlone = family === undefined || family.members.length < 2 || taken.has(base);
    if (isAlone || !family.members.includes(entry)) return [entry];
    return family.members[0] === entry ? [matrixOf(base, family)] : [];
  });
}

function matrixOf(
  key: string,
  { template, members }: { readonly template: string[]; readonly members: readonly Entry[] },
): Entry {
  const versions = members.map(({ key: own }) => `"${VERSIONED.exec(own)?.[2]}"`);
  return {
    origins: members.flatMap(({ origins }) => origins),
    key,
    lines: [`matrix: { version: [${versions.join(', ')}] }`, ...template],
  };
}

/** The lines with a variable for the version; null where it stands where no variable can. */
function templateOf(lines: readonly string[], version: string): string[] | null {
  const template = lines.map((line) => {
    if (!line.includes(version)) return line;
    const [, key = '', value = ''] = /^( *\w+: )([^|[\\]*)$/.exec(line) ?? [];
    return key === '' || key.includes(version) ? null : key + value.replaceAll(version, VERSION);
  });
  return template.some((line) => line === null) ? null : (template as string[]);
}
