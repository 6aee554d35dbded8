import {
  type BuildOptions,
  makeOptions,
  type Shape,
  type Shapes,
} from '../../model/build-options.ts';
import type { Text } from '../../model/text.ts';
import { readCaches } from './caches.ts';
import type { Context } from './context.ts';
import type { Fields } from './fields.ts';
import { readBuildSecrets, readBuildSsh } from './mounts.ts';

type Readers = {
  readonly [H in Shape]: (key: string, fields: Fields, context: Context) => Shapes<Text>[H];
};

/** By shape, how a value is read; what is absent or wrong is empty. */
const READERS: Readers = {
  text: (key, fields) => fields.text(key),
  map: (key, fields) => fields.textMap(key),
  arguments: (key, fields, { variables }) =>
    fields.textMap(key, (name) => variables.get(name) ?? null),
  cacheSources: (_, fields, context) => readCaches('cache_from', fields, context),
  cacheTargets: (_, fields, context) => readCaches('cache_to', fields, context),
  flag: (key, fields) => fields.flag(key, false),
  secrets: readBuildSecrets,
  ssh: readBuildSsh,
};

/** The plain options of a build. */
export function readOptions(fields: Fields, context: Context): BuildOptions<Text> {
  return makeOptions((_, { key, shape }) => READERS[shape](key, fields, context));
}
