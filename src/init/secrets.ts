import { folderOf, joinPaths } from './paths.ts';
import { isRecord, scalarText } from './values.ts';

/** The secrets of a build in docker's own spelling, and what was not taken over. */
interface TakenSecrets {
  readonly secrets: readonly string[];
  readonly left: readonly string[];
}

interface ComposeSecrets {
  /** The `secrets` of a build: names, or `{ source, target }`. */
  readonly given: unknown;
  /** The `secrets` of the compose file, by name. */
  readonly declared: unknown;
  /** The compose file. */
  readonly path: string;
  readonly has: (path: string) => boolean;
}

/** Builds' secrets, as compose knows them: https://docs.docker.com/reference/compose-file/build/#secrets */
export function takeComposeSecrets(options: ComposeSecrets): TakenSecrets {
  const { given } = options;
  const taken = (Array.isArray(given) ? given : []).map((item) => takeSecret(item, options));
  return {
    secrets: taken.flatMap((each) => ('secret' in each ? each.secret : [])),
    left: taken.flatMap((each) => ('left' in each ? each.left : [])),
  };
}

function takeSecret(
  item: unknown,
  { declared, path, has }: ComposeSecrets,
): { readonly secret: string } | { readonly left: string } {
  const { source: from = item, target: as = from } = isRecord(item) ? item : {};
  const [source, id] = [scalarText(from), scalarText(as)];
  const declaration = isRecord(declared) ? declared[source ?? ''] : null;
  const { environment, file } = isRecord(declaration) ? declaration : {};
  const place = placeOf(scalarText(environment), scalarText(file), path);
  if (id === null || !isPlain(id) || place === null)
    return { left: `the secret ${source ?? 'without a name'} comes from where only compose looks` };
  if ('env' in place) return { secret: `id=${id},env=${place.env}` };
  if (!has(place.src)) return { left: `the secret ${source}: there is no file ${place.src}` };
  return { secret: `id=${id},src=${place.src}` };
}

function placeOf(
  variable: string | null,
  file: string | null,
  path: string,
): { readonly env: string } | { readonly src: string } | null {
  if (variable !== null) return isPlain(variable) ? { env: variable } : null;
  if (file === null || /^[/~]/.test(file) || !isPlain(file)) return null;
  return { src: joinPaths(folderOf(path), file) };
}

/** Docker's spelling has no way to write a comma, and a variable is compose's. */
function isPlain(text: string): boolean {
  return /^[^,$"'\s=]+$/.test(text);
}

/** The secrets of a bake target as `docker buildx bake --print` has them: in docker's spelling, or as maps. */
export function takeBakeSecrets(given: unknown): readonly string[] | null {
  if (!Array.isArray(given)) return null;
  const taken = given.map((item) => {
    if (!isRecord(item)) return typeof item === 'string' ? item : null;
    const pairs = ['id', 'env', 'src'].flatMap((key) => {
      const value = scalarText(item[key]);
      return value === null ? [] : [[key, value] as const];
    });
    return pairs.every(([, value]) => isPlain(value)) && pairs[0]?.[0] === 'id'
      ? pairs.map(([key, value]) => `${key}=${value}`).join(',')
      : null;
  });
  const known = taken.flatMap((text) => (text !== null && !text.includes('$') ? text : []));
  return known.length === given.length ? known : null;
}
