import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { type FakeDocker, fakeDocker, having } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../schema/graph.schema.json', import.meta.url), 'utf8'),
);
const validate = new Ajv().compile(schema);

const FILES = {
  'ensure.yaml': `defaults: { build: { files: nothing } }
images:
  alone: { build: { dockerfile_inline: FROM scratch } }
  base: { name: team/base, build: { dockerfile: base.Dockerfile, parents: [os] } }
  tools: { name: team/tools, build: { dockerfile_inline: "FROM team/base" } }
  app:
    name: team/app
    build: { dockerfile: app.Dockerfile, parents: [tools, base, os] }
  os: { name: debian, version: "12" }
`,
  'base.Dockerfile': '# what all are built on\nFROM debian:12\n',
  'app.Dockerfile':
    'FROM team/tools\nRUN --mount=from=team/base,target=/base true\nCOPY --from=team/base / /\n',
};
const PLATFORM = { DOCKER_DEFAULT_PLATFORM: 'linux/amd64' };
/** No docker, nor anything else, is on the PATH. */
const NO_DOCKER = { ...PLATFORM, PATH: '/nowhere' };

async function graph(args: readonly string[], docker?: FakeDocker) {
  const project = await makeProject(FILES);
  const env = docker === undefined ? NO_DOCKER : { ...docker.env, ...PLATFORM };
  return project.run(['graph', ...args], { env });
}

describe('validate', () => {
  it('names the line that makes a parent of an image, where no list does', async () => {
    const project = await makeProject({
      'ensure.yaml': `images:
  os: { name: debian, version: "12" }
  base: { build: { dockerfile: base.Dockerfile } }
  app: { build: { parents: [os], dockerfile_inline: "FROM base\\nCOPY --from=debian:12 / /" } }
`,
      'base.Dockerfile': 'FROM debian:12\nONBUILD COPY --from=debian:12 /a /b\n',
    });
    expect(await project.run(['validate'], { env: NO_DOCKER })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: `note: \`base\` is built on \`os\`: \`FROM\` names it (base.Dockerfile:1:1)
note: \`app\` is built on \`base\`: \`FROM\` names it (ensure.yaml (dockerfile_inline of app):1:1)
${project.folder}/ensure.yaml: 3 images, all well
`,
    });
  });

  it('shows a circle of Dockerfiles by their lines', async () => {
    const project = await makeProject({
      'ensure.yaml': `images:
  a: { build: { dockerfile: a.Dockerfile } }
  b: { build: { dockerfile: b.Dockerfile } }
`,
      'a.Dockerfile': 'FROM b\n',
      'b.Dockerfile': 'FROM scratch\nCOPY --from=a / /\n',
    });
    expect(await project.run(['up', '--dry-run'], { env: NO_DOCKER })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `error: these images are built on each other in a circle: a → b → a (circle)
  at a.Dockerfile:1:1
  1 | FROM b
    | ^^^^^^
  help: an arrow leads from an image to its parent, as in a.Dockerfile:1:1 (\`FROM\` names \`b\`), b.Dockerfile:2:1 (\`COPY --from\` names \`a\`); where an image from elsewhere is meant, say which: \`additional_contexts: { NAME: docker-image://… }\`
`,
    });
  });
});

describe('graph', () => {
  it('shows every image that nothing is built on, and beneath it what it is built on', async () => {
    expect(await graph([])).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: `alone  alone
app  team/app
├─ tools  team/tools
│  └─ base  team/base
│     └─ os  debian:12
├─ base  team/base  (see above)
└─ os  debian:12
`,
    });
  });

  it('shows the named images alone, by keys and globs', async () => {
    const { stdout } = await graph(['to*', 'alone']);
    expect(stdout).toBe(
      'alone  alone\ntools  team/tools\n└─ base  team/base\n   └─ os  debian:12\n',
    );
  });

  it('names the line behind each arrow, where there is one', async () => {
    expect((await graph(['app', '--why'])).stdout).toBe(`app  team/app
├─ tools  team/tools  app.Dockerfile:1:1 FROM
│  └─ base  team/base  ensure.yaml (dockerfile_inline of tools):1:1 FROM
│     └─ os  debian:12  base.Dockerfile:2:1 FROM
├─ base  team/base  app.Dockerfile:2:1 RUN --mount  (see above)
└─ os  debian:12
`);
  });

  it('shows what is built on an image', async () => {
    expect((await graph(['--dependents', 'base', '--why'])).stdout).toBe(`base  team/base
├─ tools  team/tools  ensure.yaml (dockerfile_inline of tools):1:1 FROM
│  └─ app  team/app  app.Dockerfile:1:1 FROM
└─ app  team/app  app.Dockerfile:2:1 RUN --mount
`);
  });

  it('says what is here, by either name, and asks docker once', async () => {
    const docker = await fakeDocker(having('debian:12', 'team/tools:latest'));
    expect((await graph(['tools', '--status'], docker)).stdout).toBe(`tools  team/tools  here
└─ base  team/base  not here
   └─ os  debian:12  here
`);
  });

  it('draws for mermaid', async () => {
    const docker = await fakeDocker(having('debian:12'));
    expect(
      (await graph(['base', '--format', 'mermaid', '--why', '--status'], docker)).stdout,
    ).toBe(`flowchart TD
  i0["base"]
  i1["os"]
  i1 -->|"base.Dockerfile:2 FROM"| i0
  classDef absent stroke-dasharray: 5 5
  class i0 absent
`);
  });

  it('draws for dot', async () => {
    const docker = await fakeDocker(having('debian:12'));
    expect(
      (await graph(['base', '--format', 'dot', '--why', '--status'], docker)).stdout,
    ).toBe(`digraph images {
  node [shape=box];
  "base" [style=dashed];
  "os";
  "os" -> "base" [label="base.Dockerfile:2 FROM"];
}
`);
  });

  it('prints a document of all arrows', async () => {
    const { stdout } = await graph(['app', '--format', 'json']);
    const document = JSON.parse(stdout);
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(Object.keys(document)).toEqual(['format', 'images']);
    expect(document.images).toEqual([
      { image: 'base', ref: 'team/base', parents: [{ image: 'os', line: 2 }] },
      { image: 'tools', ref: 'team/tools', parents: [{ image: 'base', line: 1 }] },
      {
        image: 'app',
        ref: 'team/app',
        parents: [
          { image: 'tools', line: 1 },
          { image: 'base', line: 2 },
          { image: 'os', line: null },
        ],
      },
      { image: 'os', ref: 'debian:12', parents: [] },
    ]);
  });

  it('has what is here in the document, and all parents of dependents', async () => {
    const docker = await fakeDocker(having('team/tools:latest'));
    const args = ['--dependents', 'tools', '--format', 'json', '--status'];
    const document = JSON.parse((await graph(args, docker)).stdout);
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(document.images).toMatchObject([
      { image: 'tools', present: true, parents: [{ image: 'base' }] },
      { image: 'app', present: false, parents: [{}, {}, { image: 'os' }] },
    ]);
  });
});

describe('graph refuses', () => {
  it.each([
    [['apq'], 'error: the manifest has no image `apq`\n  help: did you mean `app`?\n'],
    [
      ['x*'],
      'error: no image matches `x*`\n  help: the manifest has: alone, base, tools, app, os\n',
    ],
    [
      ['--dependents', 'bose'],
      'error: the manifest has no image `bose`\n  help: did you mean `base`?\n',
    ],
    [
      ['app', '--dependents', 'base'],
      'error: images and --dependents contradict each other\n  help: name the images whose parents are wanted, or the one whose dependents are\n',
    ],
  ])('%j', async (args, stderr) => {
    expect(await graph(args)).toEqual({ exitCode: 2, stdout: '', stderr });
  });

  it('to say what is here without a docker', async () => {
    const ran = await graph(['--status']);
    expect(ran).toMatchObject({ exitCode: 3, stdout: '' });
    expect(ran.stderr).toMatch(/^error: the docker command was not found\n/);
  });
});
