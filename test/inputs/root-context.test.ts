import { describe, expect, test } from 'vitest';
import { completeManifest } from '../../src/inputs/find-parents.ts';
import { resolveImages } from '../../src/inputs/resolve.ts';
import { loadManifest } from '../../src/manifest/load.ts';
import { temporaryTree } from '../rig/temporary-tree.ts';

/**
 * How many files each image of a project has. The projects are public repositories, as far as their Dockerfiles name paths;
 * their files are made up: docs/performance.md.
 */
async function countFiles(
  files: Readonly<Record<string, string>>,
): Promise<Record<string, number>> {
  const cwd = await temporaryTree(files);
  const { manifest } = await loadManifest({ cwd, file: null, envFiles: [], env: {} });
  const conditions = { now: 0, platform: 'linux/amd64' };
  const complete = await completeManifest(manifest!, conditions);
  const keys = [...manifest!.images.keys()];
  const { images } = await resolveImages(complete.manifest, complete.graph!, keys, conditions);
  return Object.fromEntries(
    keys.map((key) => [key, images.get(key)?.build?.files.list.entries.size ?? -1]),
  );
}

const named = (paths: readonly string[]) => Object.fromEntries(paths.map((path) => [path, path]));
const many = (count: number, path: string) =>
  named(Array.from({ length: count }, (_, at) => `${path}-${at}`));

/** What Dockerfiles of apache/arrow copy of their root context. */
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

describe('`copied`, over the Dockerfiles of public repositories', () => {
  test('apache/arrow: images of one root context have what each of them copies', async () => {
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
    const counts = await countFiles({
      'ensure.yaml': `images:
  arrow:
    matrix: { image: [${names.join(', ')}], files: [copied, context] }
    build: { dockerfile: "ci/docker/\${matrix.image}.dockerfile", files: "\${matrix.files}", build_args: { base: "debian:13" } }
`,
      ...named([...others, ...copied]),
      ...Object.fromEntries(dockerfiles),
    });
    const all = others.length + new Set(copied).size + names.length + 1;
    const expected = names.flatMap((name) => [
      [`arrow-${name}-copied`, SOURCES[name]?.length],
      [`arrow-${name}-context`, all],
    ]);
    expect(counts).toEqual(Object.fromEntries(expected));
  });

  test('rocker-org/rocker-versioned2: a folder of scripts, some of them named before', async () => {
    const scripts = ['install_R_source.sh', 'setup_R.sh', 'install_geospatial.sh'];
    const counts = await countFiles({
      'ensure.yaml': `images:
  geospatial:
    matrix: { files: [copied, context] }
    build: { dockerfile: dockerfiles/geospatial_4.4.1.Dockerfile, files: "\${matrix.files}" }
`,
      'dockerfiles/geospatial_4.4.1.Dockerfile': [
        'FROM ubuntu:jammy',
        ...scripts.map((name) => `COPY scripts/${name} /rocker_scripts/${name}`),
        'COPY scripts/bin/ /rocker_scripts/bin/',
        'COPY scripts /rocker_scripts',
      ].join('\n'),
      ...named(scripts.map((name) => `scripts/${name}`)),
      ...named(['scripts/bin/install2.r']),
      ...many(71, 'scripts/other'),
      ...many(612, 'dockerfiles/other'),
      ...many(480, 'bakefiles/other'),
    });
    expect(counts).toEqual({ 'geospatial-copied': 75, 'geospatial-context': 1169 });
  });

  test('apache/superset: each target has what its own stages take, by mounts and globs too', async () => {
    const dockerfile = `ARG PY_VER=3.10-slim
FROM node:18 AS superset-node
WORKDIR /app/superset-frontend
RUN --mount=type=bind,target=/frontend-mem-nag.sh,src=./docker/frontend-mem-nag.sh /frontend-mem-nag.sh
RUN --mount=type=bind,target=./package.json,src=./superset-frontend/package.json \\
    --mount=type=bind,target=./package-lock.json,src=./superset-frontend/package-lock.json npm ci
COPY ./superset-frontend ./
COPY superset/translations ./superset/translations
COPY ./scripts/translations/po2json.sh ./scripts/translations/
FROM python:\${PY_VER} AS lean
COPY --chown=superset:superset pyproject.toml setup.py MANIFEST.in README.md ./
COPY --chown=superset:superset superset-frontend/package.json superset-frontend/
COPY --chown=superset:superset requirements/base.txt requirements/
COPY --chown=superset:superset --from=superset-node /app/superset/static/assets superset/static/assets
COPY --chown=superset:superset superset superset
COPY ./scripts/translations/generate_po_files.sh ./scripts/translations/
COPY --chmod=755 ./docker/run-server.sh /usr/bin/
FROM lean AS dev
COPY --chown=superset:superset requirements/development.txt requirements/
FROM lean AS ci
COPY --chown=superset:superset --chmod=755 ./docker/*.sh /app/docker/
`;
    const counts = await countFiles({
      'ensure.yaml': `images:
  superset:
    matrix: { target: [superset-node, lean, dev, ci] }
    key: \${matrix.target}
    build: { target: "\${matrix.target}" }
  all: { build: { files: context } }
`,
      Dockerfile: dockerfile,
      '.dockerignore': '**/__pycache__/\ntests/\ndocs/\n',
      ...named(['pyproject.toml', 'setup.py', 'MANIFEST.in', 'README.md', 'LICENSE.txt']),
      ...named(['requirements/base.txt', 'requirements/development.txt', 'requirements/local.txt']),
      ...named(['scripts/translations/po2json.sh', 'scripts/translations/generate_po_files.sh']),
      ...named(['docker/run-server.sh', 'docker/docker-ci.sh', 'docker/docker-init.sh']),
      ...named(['docker/frontend-mem-nag.sh', 'docker/nginx/nginx.conf', 'docker/pip/libsetup.sh']),
      ...named(['superset-frontend/package.json', 'superset-frontend/package-lock.json']),
      ...many(40, 'superset-frontend/src/file'),
      ...many(5, 'superset/translations/language'),
      ...many(30, 'superset/module'),
      ...many(3, 'superset/__pycache__/module'),
      ...many(50, 'docs/page'),
      ...many(60, 'tests/case'),
    });
    const node = 1 + 42 + 5 + 1;
    const lean = node + 4 + 1 + 30 + 1 + 1;
    expect(counts).toEqual({
      ...{ 'superset-node': node, lean, dev: lean + 1, ci: lean + 2 },
      all: 5 + 3 + 2 + 6 + 42 + 35 + 3,
    });
  });

  test('docker-library/postgres: a folder for each image has little else', async () => {
    const counts = await countFiles({
      'ensure.yaml': `images:
  postgres:
    matrix: { variant: [bookworm, alpine3.22], files: [copied, context] }
    build: { directory: "17/\${matrix.variant}", files: "\${matrix.files}" }
`,
      ...Object.fromEntries(
        ['bookworm', 'alpine3.22'].flatMap((variant) => [
          [
            `17/${variant}/Dockerfile`,
            `FROM debian:${variant}\nCOPY docker-entrypoint.sh docker-ensure-initdb.sh /usr/local/bin/\n`,
          ],
          [`17/${variant}/docker-entrypoint.sh`, ''],
          [`17/${variant}/docker-ensure-initdb.sh`, ''],
        ]),
      ),
    });
    expect(Object.values(counts)).toEqual([2, 3, 2, 3]);
  });
});
