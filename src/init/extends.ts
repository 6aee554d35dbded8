import { isRecord, scalarText } from './values.ts';

type Service = Readonly<Record<string, unknown>>;

/**
 * A service with what it gets by `extends`, as far as builds go; a text that says why that cannot be told. Services of other
 * files are not looked at. https://docs.docker.com/reference/compose-file/services/#extends
 */
export function extendedService(
  name: string,
  services: Readonly<Record<string, unknown>>,
  below: readonly string[] = [],
): { readonly service: Service; readonly problem: string | null } {
  const given = services[name];
  const own = isRecord(given) ? given : {};
  const { extends: base } = own;
  if (base === undefined || base === null) return { service: own, problem: null };
  const of = scalarText(isRecord(base) ? base.service : base);
  if (isRecord(base) && base.file !== undefined && base.file !== null)
    return {
      service: own,
      problem: `what it gets from ${scalarText(base.file)} was not looked at`,
    };
  if (of === null || !isRecord(services[of]) || below.includes(of) || of === name)
    return { service: own, problem: `there is no service ${of} that it could extend` };
  const { service, problem } = extendedService(of, services, [...below, name]);
  return { service: { ...service, ...own, ...mergedBuild(service.build, own.build) }, problem };
}

function mergedBuild(base: unknown, own: unknown): { readonly build?: unknown } {
  if (base === undefined || base === null) return {};
  if (own === undefined || own === null) return { build: base };
  const [below, above] = [base, own].map((each) => (isRecord(each) ? each : { context: each }));
  const build: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above ?? {}))
    build[key] = merged(build[key], value, key);
  return { build };
}

/** Maps are laid over one another, lists put together, all else replaced. */
function merged(base: unknown, own: unknown, key: string): unknown {
  if (own === null || own === undefined) return base;
  if (Array.isArray(base) && Array.isArray(own) && !MAPS.has(key)) return [...base, ...own];
  if (!MAPS.has(key)) return own;
  return { ...mapOf(base), ...mapOf(own) };
}

/** Keys of `build` that may be lists of `NAME=value`, too. */
const MAPS = new Set(['args', 'labels', 'extra_hosts', 'additional_contexts']);

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value;
  const pairs = (Array.isArray(value) ? value : []).map((item) => {
    const [, name = '', rest] = /^([^=:]+)(?:[=:](.*))?$/s.exec(String(item)) ?? [];
    return [name, rest ?? null] as const;
  });
  return Object.fromEntries(pairs);
}
