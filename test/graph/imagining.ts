import { buildGraph } from '../../src/graph/build-graph.ts';
import type { Build, Image } from '../../src/model/manifest.ts';
import { formatPlace } from '../../src/model/source.ts';
import { NO_OPTIONS } from '../rig/imagined.ts';

type Written = Partial<Omit<Image, 'build'>> & {
  readonly build?: Partial<Omit<Build, 'parents'>> & { readonly parents?: readonly string[] };
};

/**
 * Images without a manifest. Their places are made up: the first image is in line 1, its key in
 * column 1, its first parent in column 2, and so on.
 */
export function imagine(written: Readonly<Record<string, Written>>): Map<string, Image> {
  const keys = Object.keys(written);
  const source = { path: 'ensure.yaml', text: `${' '.repeat(99)}\n`.repeat(keys.length) };
  const at = (line: number, column: number) => {
    const start = 100 * line + column;
    return { source, start, end: start + 1 };
  };
  return new Map(
    Object.entries(written).map(([key, { build, ...image }], line): [string, Image] => {
      const parents = (build?.parents ?? []).map((parent, i) => ({
        key: parent,
        place: at(line, i + 1),
      }));
      return [
        key,
        {
          key,
          place: at(line, 0),
          folder: '/project',
          name: key,
          version: null,
          withHash: false,
          hashLength: 16,
          forceBuild: false,
          homes: [],
          prependServer: true,
          remotePolicy: 'all',
          require: 'local',
          onRegistryError: 'fail',
          tags: [],
          skipChecks: new Set(),
          tests: [],
          ...image,
          build: build === undefined ? null : { ...NO_BUILD, ...build, parents },
        },
      ];
    }),
  );
}

/** What is wrong with the images together: `line:column message (advice)`. */
export function complaints(images: Map<string, Image>, broken?: ReadonlySet<string>): string[] {
  return buildGraph(images, broken).diagnostics.map(({ place, message, advice, severity }) => {
    const at = place === undefined ? '' : formatPlace(place).replace('ensure.yaml:', '');
    return `${at} ${severity === 'warning' ? 'warning: ' : ''}${message} (${advice})`;
  });
}

const NO_BUILD: Build = {
  directory: '/project',
  dockerfile: { kind: 'file', path: '/project/Dockerfile' },
  files: { kind: 'context' },
  parents: [],
  metadata: null,
  interval: null,
  cache: null,
  platforms: null,
  additionalContexts: new Map(),
  contextFiles: new Map(),
  ...NO_OPTIONS,
  places: new Map(),
};
