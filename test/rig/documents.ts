import { readdirSync, readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

const SCHEMAS = new URL('../../schema/', import.meta.url);

/** A test for each kind of document that programs read, by its name; made when it is first needed. */
const validators = new Map<string, ValidateFunction>();

/**
 * Holds what a run printed to the published schemas: the document on stdout, and the lines of events on stderr. Text
 * that says of itself that it is no document of ours is left alone, and so is one that a killed run did not end. Throws
 * what is wrong.
 */
export function checkDocuments({ stdout, stderr }: { stdout: string; stderr: string }): void {
  checkText(stdout);
  for (const line of stderr.split('\n')) {
    if (line.startsWith('{"format":"docker-ensure/')) checkText(line);
  }
}

function checkText(text: string): void {
  const [, name] = /^\{\s*"format": ?"docker-ensure\/([a-z]+)\/v\d+"/.exec(text) ?? [];
  const document = name === undefined ? undefined : parse(text);
  if (name === undefined || document === undefined) return;
  const validate = validatorOf(name);
  if (validate(document)) return;
  const errors = JSON.stringify(validate.errors, null, 2);
  throw new Error(`it does not keep to schema/${name}.schema.json: ${errors}\n${text}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function validatorOf(name: string): ValidateFunction {
  const known = validators.get(name);
  if (known !== undefined) return known;
  const path = new URL(`${name}.schema.json`, SCHEMAS);
  if (!readdirSync(SCHEMAS).includes(`${name}.schema.json`))
    throw new Error(`there is no schema for the document ${name}`);
  const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
  const validate = ajv.compile(JSON.parse(readFileSync(path, 'utf8')));
  validators.set(name, validate);
  return validate;
}
