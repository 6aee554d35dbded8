const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|$)/y;

/**
 * The fields of a CSV record, which is how docker reads several of its options; null where a quote
 * stands in the wrong place.
 *
 * Rules: https://pkg.go.dev/encoding/csv
 */
export function parseRecord(text: string): string[] | null {
  const fields: string[] = [];
  for (let at = 0; ; ) {
    FIELD.lastIndex = at;
    const match = FIELD.exec(text);
    if (match === null) return null;
    const [all, quoted, plain = '', comma] = match;
    fields.push(quoted?.replaceAll('""', '"') ?? plain);
    if (comma === '') return fields;
    at += all.length;
  }
}

/** Fields as a CSV record. */
export function formatRecord(fields: readonly string[]): string {
  return fields
    .map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',');
}
