import { expect, test } from 'vitest';
import { completeManifest } from '../../src/inputs/find-parents.ts';
import { resolveImages } from '../../src/inputs/resolve.ts';
import { loadManifest } from '../../src/manifest/load.ts';
import { temporaryTree } from '../rig/temporary-tree.ts';

/** What Dockerfiles of apache/arrow copy of their root context. The files are made up: docs/performance.md. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  conda: ['ci/scripts/install_conda.sh', 'ci/conda_env_unix.txt'],
  'conda-cpp': [
    ...['ci/scripts/install_minio.sh', 'ci/conda_env_cpp.txt', 'ci/conda_env_gandiva.txt'],
    ...['ci/scripts/install_gcs_testbench.sh', 'ci/scripts/install_sccache.sh'],
  ],
  'debian-13-cpp': [
    ...['ci/scripts/install_minio.sh', 'ci/scripts/install_gcs_testbench.sh'],
    ...['ci/scripts/install_azurite.sh', 'ci/scripts/install_sccache.sh'],
  ],
  'linux-apt-docs': [
    ...['ci/scripts/util_download_apache.sh', 'docs/requirements.txt', 'c_glib/Gemfile'],
    ...['ci/etc/rprofile', 'ci/scripts/r_deps.sh', 'r/DESCRIPTION'],
  ],
  'linux-r': [
    ...['ci/scripts/r_docker_configure.sh', 'ci/etc/rprofile', 'ci/scripts/install_minio.sh'],
    ...['ci/scripts/r_deps.sh', 'r/DESCRIPTION'],
  ],
  pixi: [],
};

test('images of one root context have only what each of them copies', async () => {
  const others = Array.from({ length: 200 }, (_, at) => `cpp/src/part-${at % 10}/file-${at}.cc`);
  const copied = Object.values(SOURCES).flat();
  const names = Object.keys(SOURCES);
  const dockerfiles = names.map((name): [string, string] => [
    `ci/docker/${name}.dockerfile`,
    [
      'ARG base',
      'FROM ${base}',
      ...(SOURCES[name] ?? []).map((path) => `COPY ${path} /arrow/${path}`),
    ].join('\n'),
  ]);
  const entries = names.flatMap((name) =>
    ['copied', 'context'].map(
      (files) =>
        `  ${name}-${files}: { build: { dockerfile: ci/docker/${name}.dockerfile, files: ${files}, build_args: { base: "debian:13" } } }\n`,
    ),
  );
  const cwd = await temporaryTree({
    'ensure.yaml': `images:\n${entries.join('')}`,
    ...Object.fromEntries([...others, ...copied].map((path) => [path, path])),
    ...Object.fromEntries(dockerfiles),
  });
  const { manifest } = await loadManifest({ cwd, file: null, envFiles: [], env: {} });
  const conditions = { now: 0, platform: 'linux/amd64' };
  const complete = await completeManifest(manifest!, conditions);
  const keys = manifest!.images.keys();
  const { images } = await resolveImages(complete.manifest, complete.graph!, keys, conditions);
  const counts = names.map((name) =>
    ['copied', 'context'].map(
      (files) => images.get(`${name}-${files}`)?.build?.files.list.entries.size,
    ),
  );
  const all = others.length + new Set(copied).size + names.length + 1;
  expect(counts).toEqual(names.map((name) => [SOURCES[name]?.length, all]));
});
