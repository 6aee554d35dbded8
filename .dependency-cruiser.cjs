/**
 * Who may import whom: the rooms of docs/architecture.md. A rule forbids what its name says.
 */
const room = (name) => `^src/${name}/`;
const only = (name, rooms, packages = '') => ({
  name: `${name}-imports-only-${rooms.join('-') || 'itself'}`,
  severity: 'error',
  from: { path: room(name) },
  to: {
    path: '^src/|^node_modules/',
    pathNot: [
      room(name),
      ...rooms.map(room),
      ...(packages ? [`^node_modules/(${packages})/`] : []),
    ],
  },
});
const gateway = (pattern, place) => ({
  name: `only-${place}-imports-${pattern}`,
  severity: 'error',
  from: { path: '^src/', pathNot: room(place) },
  to: { path: `^node_modules/(${pattern})/` },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    only('model', [], 'fastest-levenshtein'),
    only('graph', ['model']),
    only('manifest', ['model', 'graph'], 'yaml|ajv|picomatch'),
    only('dockerfile', ['model']),
    only('machine', [], 'chokidar'),
    only('files', ['model'], 'picomatch|canonicalize'),
    only('inputs', ['model', 'graph', 'dockerfile', 'files'], 'p-limit|diff'),
    only('checks', ['model', 'dockerfile']),
    only('staging', ['model', 'files', 'inputs', 'machine'], 'p-limit'),
    only('docker', ['model', 'machine'], 'execa'),
    only('git', ['model'], 'execa'),
    only('plan', ['model', 'graph']),
    only('init', ['model', 'dockerfile']),
    only('run', ['model', 'graph', 'plan', 'docker', 'machine'], 'p-limit'),
    only('report', ['model'], 'chalk|yaml'),
    gateway('execa', '(docker|git)'),
    gateway('chalk', 'report'),
    gateway('commander', 'cli'),
    gateway('yaml', '(manifest|report)'),
    {
      name: 'only-registry-api-speaks-http',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/docker/registry-api/' },
      to: { path: '^(node:)?(http|https|http2|tls)$' },
    },
    {
      name: 'nobody-knows-the-command-line',
      severity: 'error',
      from: { path: '^src/(?!cli/|main\\.ts)' },
      to: { path: '^src/(cli/|main\\.ts)' },
    },
    {
      name: 'pure-rooms-touch-nothing',
      comment: 'Some files of manifest/ and inputs/ read files; these rooms never do.',
      severity: 'error',
      from: { path: '^src/(model|graph|plan|report|dockerfile|checks|init)/' },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: 'src/manifest/schema-check' },
  },
};
