import type { ErrorObject } from 'ajv';

/**
 * Checks a manifest, as plain JSON, against schema/ensure.schema.json. The code is made by build.mjs
 * (`npm run build`, and `npm ci` does it too).
 */
declare const schemaCheck: {
  (manifest: unknown): boolean;
  /** What the last call found. */
  errors: ErrorObject[] | null;
};
export default schemaCheck;
