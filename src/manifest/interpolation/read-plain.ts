/**
 * What YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema) takes a plain scalar
 * for, of the kinds that a manifest knows: a boolean, an integer, else a string. For text that comes
 * from a variable and stands where one of them is expected.
 */
export function readPlain(text: string): string | number | boolean {
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  return /^[-+]?[0-9]{1,15}$/.test(text) ? Number(text) : text;
}
