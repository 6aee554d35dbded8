import { describe, expect, it } from 'vitest';
import { makeProject } from '../rig/project.ts';

const NO_DOCKER = { DOCKER_DEFAULT_PLATFORM: 'linux/amd64', PATH: '/nowhere' };

const FILES = {
  'ensure.yaml': `images:
  base: { build: { dockerfile: base.Dockerfile, files: nothing } }
  app:
    build:
      directory: app
      additional_contexts: { conf: conf }
`,
  'base.Dockerfile': 'FROM scratch\nONBUILD COPY *.md /\n',
  'app/Dockerfile': `FROM base
ARG FROM=src
COPY src/*.c ./lib \\
  /
COPY src/b.c $FROM/c.h /
RUN --mount=type=bind,source=tool,target=/tool true
COPY --from=conf . /
`,
  'app/src/a.c': '',
  'app/src/b.c': '',
  'app/src/c.h': '',
  'app/lib/deep/d': '',
  'app/README.md': '',
  'app/tool': '',
  'conf/x': '',
};

async function explain(files: Readonly<Record<string, string>>, ...args: string[]) {
  const project = await makeProject({ ...FILES, ...files });
  return project.run(['inputs', 'app', '--explain', ...args], { env: NO_DOCKER });
}

describe('inputs --explain', () => {
  it('names the line of a Dockerfile that lets each file in', async () => {
    expect(await explain({})).toEqual({
      exitCode: 0,
      stderr:
        'note: the whole additional context `conf` of `app` is hashed: `COPY` takes all of it (app/Dockerfile:7:18)\n',
      stdout: `README.md  base.Dockerfile:2:14 COPY *.md
lib/deep/d  app/Dockerfile:3:14 COPY ./lib
src/a.c  app/Dockerfile:3:6 COPY src/*.c
src/b.c  app/Dockerfile:3:6 COPY src/*.c
src/c.h  app/Dockerfile:5:14 COPY src/c.h
tool  app/Dockerfile:6:5 RUN --mount tool
conf: x  app/Dockerfile:7:18 \`COPY\` takes all of it
`,
    });
  });

  it('names the policy where that decides', async () => {
    const manifest =
      'images:\n  app: { build: { directory: app, dockerfile_inline: FROM scratch, files: { only: [src] } } }\n';
    expect(
      (await explain({ 'ensure.yaml': manifest })).stdout,
    ).toBe(`src/a.c  the policy of \`files\`, \`only\` and \`all_but\`
src/b.c  the policy of \`files\`, \`only\` and \`all_but\`
src/c.h  the policy of \`files\`, \`only\` and \`all_but\`
`);
  });

  it('contradicts --files', async () => {
    expect(await explain({}, '--files')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'error: --files and --explain contradict each other\n  help: leave one of them out\n',
    });
  });
});
