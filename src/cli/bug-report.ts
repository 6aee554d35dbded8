import { SourceMap, type SourceMapPayload } from 'node:module';

/** What is needed to mend a bug: the versions and the platform where it was seen. */
export interface BugReportOptions {
  /** Of docker-ensure. */
  readonly version: string;
  readonly nodeVersion: string;
  /** Operating system and processor. */
  readonly platform: string;
  /** The bundle that runs: the stack names places in it. */
  readonly bundle: string;
  /** Its source map, as JSON; null where it cannot be read. */
  readonly readMap: () => string | null;
}

/** The report that a user is asked to send, with places in the source. */
export function bugReport(
  error: unknown,
  { version, nodeVersion, platform, bundle, readMap }: BugReportOptions,
): string {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    'This is a bug in docker-ensure. Please send these lines to its issue tracker, with what you ran:',
    `docker-ensure ${version}, Node ${nodeVersion}, ${platform}`,
    tryToMap(trace, bundle, readMap),
    '',
  ].join('\n');
}

/** A map that is spoiled must not hide the bug. */
function tryToMap(...[trace, bundle, readMap]: Parameters<typeof withSources>): string {
  try {
    return withSources(trace, bundle, readMap);
  } catch {
    return trace;
  }
}

function withSources(trace: string, bundle: string, readMap: BugReportOptions['readMap']): string {
  const json = trace.includes(bundle) ? readMap() : null;
  if (json === null) return trace;
  const map = new SourceMap(JSON.parse(json) as SourceMapPayload);
  const [before = '', ...places] = trace.split(bundle);
  const mapped = places.map((text) =>
    text.replace(/^:(\d+):(\d+)/, (place, line: string, column: string) => {
      const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
      if (!('originalSource' in entry)) return `${bundle}${place}`;
      const { originalSource, originalLine, originalColumn } = entry;
      const source = originalSource.replace(/^(\.\.\/)+/, '');
      return `${source}:${originalLine + 1}:${originalColumn + 1}`;
    }),
  );
  // The names of functions are those of the bundle, which mean nothing.
  return [before, ...mapped].join('').replace(/ \S+ \((src\/[^)]*)\)$/gm, ' $1');
}
