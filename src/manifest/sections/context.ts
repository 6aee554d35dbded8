import type { Registry } from '../../model/registry.ts';
import type { Findings } from '../findings.ts';
import type { Variables } from '../interpolation/variables.ts';

/** What the readers of the manifest's parts share. */
export interface Context {
  /** Absolute path of the manifest's folder. */
  readonly folder: string;
  readonly variables: Variables;
  readonly findings: Findings;
  /** Null where the section is no map: then it is not known which there are. */
  readonly registries: ReadonlyMap<string, Registry> | null;
  /** Collects the values that must never be shown. */
  readonly secrets: Set<string>;
}
