import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bugReport } from '../../src/cli/bug-report.ts';
import { reportError } from '../../src/cli/report-error.ts';
import { createMask } from '../../src/report/redact.ts';
import { createStyle } from '../../src/report/text.ts';
import { fakeDocker, having } from '../rig/fake-docker.ts';
import { makeProject } from '../rig/project.ts';

const BUILT = 'build: { files: nothing, dockerfile_inline: "FROM scratch" }';
const FILES = { 'ensure.yaml': `images: { one: { ${BUILT} } }\n` };
const BINARY = fileURLToPath(new URL('../../bin/docker-ensure.js', import.meta.url));

/** Runs a line of bash in a project, in which `$ensure` is the program. */
async function bash(line: string, env: Readonly<Record<string, string>> = {}, files = FILES) {
  const { folder, cache } = await makeProject(files);
  const { exitCode, stdout, stderr } = await execa('/bin/bash', ['-c', line], {
    cwd: folder,
    env: { ensure: `${process.execPath} ${BINARY}`, DOCKER_ENSURE_CACHE: cache, ...env },
    reject: false,
  });
  return { exitCode, stdout, stderr };
}

describe('surroundings that are not as they should be', () => {
  it('are a current folder that is gone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-gone-'));
    expect(await bash(`cd ${folder} && rmdir ${folder} && $ensure ref one`)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'error: the current folder is not there any more',
    });
  });

  it('are a disk that is full', async () => {
    expect(await bash('$ensure ref one >/dev/full')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'error: ENOSPC: no space left on device, write',
    });
    expect(await bash('$ensure ref nowhere 2>/dev/full')).toMatchObject({ exitCode: 2 });
  });

  it('are no folder for temporary files', async () => {
    const docker = await fakeDocker();
    const manifest = `registries: { r: { server: r.test, username: ann, password: pass } }
images: { one: { registry: r, ${BUILT} } }`;
    const env = { ...docker.env, TMPDIR: '/nowhere' };
    const { exitCode, stderr } = await bash('$ensure up', env, { 'ensure.yaml': manifest });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^error: there is no place for docker's logins in \/nowhere: ENOENT: .*\n {2}help: .* \(TMPDIR names another\)$/,
    );
    expect(docker.calls).toEqual([]);
  });

  it.each(['ensure.yaml', '/proc/nowhere'])(
    'are a cache folder that is none: %s',
    async (cache) => {
      const docker = await fakeDocker();
      const project = await makeProject(FILES, { env: docker.env });
      const env = { DOCKER_ENSURE_CACHE: resolve(project.folder, cache) };
      const { exitCode, stderr } = await project.run(['up', '-q'], { env });
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        /^error: one: the files of one could not be laid out for docker: .* \(staging-failed\)\n {2}help: see that the cache folder can be written to and has room \(DOCKER_ENSURE_CACHE names another\)\n$/,
      );
    },
  );

  it('are a home that cannot be written to', async () => {
    const docker = await fakeDocker();
    const project = await makeProject(FILES, { env: docker.env });
    const temporary = await mkdtemp(join(tmpdir(), 'docker-ensure-tmp-'));
    onTestFinished(() => rm(temporary, { recursive: true, force: true }));
    const env = { HOME: '/dev/null', DOCKER_ENSURE_CACHE: '', TMPDIR: temporary };
    expect(await project.run(['up', '-q'], { env })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('are nobody who reads what happens: what was begun is finished', async () => {
    const docker = await fakeDocker();
    const { stdout } = await bash('$ensure up 2>&1 | true; echo ${PIPESTATUS[0]}', docker.env);
    expect(stdout).toBe('0');
    expect(docker.commands().at(-1)).toMatch(/^buildx bake .* image-1$/);
  });

  it('are nobody who reads the results: a failure is one all the same', async () => {
    const docker = await fakeDocker(({ argv }) =>
      argv[1] === 'bake' ? { stderr: '#1 x\nERROR: no', exitCode: 1 } : undefined,
    );
    const line = '$ensure up --json 2>/dev/null | true; echo ${PIPESTATUS[0]}';
    expect((await bash(line, docker.env)).stdout).toBe('1');
  });

  it('are streams redirected to files of a build context, which are no inputs of it', async () => {
    const docker = await fakeDocker();
    const files = {
      'ensure.yaml': `defaults: { with_hash: true }
images:
  usual: { build: { files: context, dockerfile_inline: "FROM scratch" } }
  more: { build: { files: nothing, dockerfile_inline: "FROM scratch", additional_contexts: { x: { directory: ., files: context } } } }
  picky: { build: { dockerfile_inline: "FROM scratch", files: { only: [out] } } }
`,
      a: 'a',
    };
    const lines = [
      'for i in usual more; do $ensure ref $i; done | tr "\\n" " "; echo',
      // Appended to, and named by another name than that it is opened by.
      'echo old >out; ln out other; for i in usual more; do $ensure ref $i >>other; done; tr "\\n" " " <out; echo; rm other',
      '$ensure up usual more >out 2>log; echo $?; cat log; rm log',
      '$ensure ref usual >out; $ensure ref picky >/dev/null; [ $($ensure ref usual) = $(cat out) ] || echo other',
    ];
    const { stdout } = await bash(lines.join('\n'), docker.env, files);
    const [refs = '', again, exitCode, ...log] = stdout.split('\n');
    expect([again, exitCode, log.pop()]).toEqual([`old ${refs}`, '0', 'other']);
    for (const [place, name] of ['3:28', '4:71'].flatMap((at) => [
      [at, 'log'],
      [at, 'out'],
    ])) {
      expect(log).toContain(
        `  at ensure.yaml:${place}: the output of this run goes to ${name}: it is left out, but a run whose output goes elsewhere takes it for one of the files`,
      );
    }
    expect(log[0]).toBe('warning: 4 of one kind (output-in-files)');
    const built = docker.commands().filter((line) => line.startsWith('buildx bake'));
    expect(built.length).toBeGreaterThan(0);
    for (const ref of refs.trim().split(' ')) expect(log.join('\n')).toContain(ref);
  });

  it('are closed streams', async () => {
    expect(await bash('$ensure ref nowhere 2>&-')).toMatchObject({ exitCode: 2, stderr: '' });
    expect((await bash('$ensure ref one >&-')).stdout).toBe('');
  });

  it('are a link to the program', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-link-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, 'bin dir'));
    const line = `ln -s ${BINARY} "${folder}/bin dir/docker-ensure"; "${folder}/bin dir/docker-ensure" ref one`;
    expect(await bash(line)).toEqual({ exitCode: 0, stdout: 'one', stderr: '' });
  });
});

describe('what is told of', () => {
  const ABOUT = {
    ...{ version: '1.2.3', nodeVersion: 'v20', platform: 'os cpu', bundle: '/b.cjs' },
    readMap: () => null,
  };
  const told = (error: unknown) => {
    let text = '';
    const err = (more: string) => {
      text += more;
    };
    return {
      exitCode: reportError(
        error,
        { err, mask: createMask(['hunter22']), bugReport: (bug) => bugReport(bug, ABOUT) },
        createStyle(false),
      ),
      text,
    };
  };

  it('what the system refuses is its message', () => {
    const error = Object.assign(new Error('EACCES: permission denied, open "x"'), {
      code: 'EACCES',
      syscall: 'open',
    });
    expect(told(error)).toEqual({
      exitCode: 1,
      text: 'error: EACCES: permission denied, open "x"\n',
    });
  });

  it('a secret in it is masked', () => {
    const error = new TypeError('cannot read hunter22');
    expect(told(error).text).toContain('TypeError: cannot read ***\n');
    expect(told(error).text).not.toContain('hunter22');
    expect(told('thrown hunter22').text).toMatch(/thrown \*\*\*\n$/);
  });

  it.each([
    [new TypeError('x is undefined'), /TypeError: x is undefined\n {4}at /],
    ['thrown text', /thrown text\n$/],
    [undefined, /undefined\n$/],
  ])('a bug is where it is: %s', (error, trace) => {
    const { exitCode, text } = told(error);
    expect(exitCode).toBe(1);
    expect(text).toMatch(
      /^This is a bug in docker-ensure\. Please send these lines .*:\ndocker-ensure 1\.2\.3, Node v20, os cpu\n/,
    );
    expect(text).toMatch(trace);
  });
});

describe('secrets that are ordinary words', () => {
  it('do not change what happens, nor the names of images', async () => {
    const docker = await fakeDocker(having('done:latest'));
    const manifest = `registries: { r: { server: mirror.test } }
images:
  done: { ${BUILT} }
  build:
    registry: r
    build:
      files: nothing
      dockerfile_inline: |
        FROM scratch
        ARG A
        ARG B
        ARG C
        ARG D
      unhashed_build_args: { A: docker, B: build, C: mirror.test, D: step-started }
`;
    const project = await makeProject({ 'ensure.yaml': manifest }, { env: docker.env });
    const { exitCode, stdout, stderr } = await project.run(['up', '--json', '--debug']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).images).toMatchObject([
      { image: 'done', ref: 'done', action: 'none', outcome: 'done' },
      {
        image: 'build',
        ref: 'build',
        registry_ref: 'mirror.test/build',
        action: 'build',
        outcome: 'done',
      },
    ]);
    expect(stderr).toContain('build  pulling   mirror.test/build (not here)\n');
  });
});
