import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../rig/temporary-tree.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MANIFEST =
  'images: { app: { build: { files: nothing, dockerfile_inline: FROM scratch } } }\n';

/** A copy of the installed program, a project, and a cache folder of its own. */
async function installed() {
  const root = await temporaryFolder();
  for (const part of ['bin', 'dist', 'package.json'])
    cpSync(join(ROOT, part), join(root, part), { recursive: true });
  const project = join(root, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'ensure.yaml'), MANIFEST);
  const cache = join(root, 'cache');
  const bundle = join(root, 'dist/docker-ensure.cjs');
  const run = async (args: readonly string[], cwd = project) => {
    const options = { cwd, env: { DOCKER_ENSURE_CACHE: cache, HOME: '/nonexistent' } };
    const argv = [join(root, 'bin/docker-ensure.js'), ...args];
    return promisify(execFile)(process.execPath, argv, options).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  };
  const codeFolder = join(cache, 'docker-ensure-cache/code');
  const kept = () => readdirSync(codeFolder).map((name) => join(codeFolder, name));
  return { root, project, cache, bundle, run, codeFolder, kept };
}

const GOOD = { code: 0, stdout: 'app\n', stderr: '' };

describe('the compiled code that is kept', () => {
  it('is one private file a command, of this bundle and this Node', async () => {
    const { run, kept } = await installed();
    expect(await run(['ref', 'app'])).toEqual(GOOD);
    const [file = ''] = kept();
    expect(file).toMatch(new RegExp(`/[0-9a-f]{16}-${process.version}-${process.arch}-ref$`));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { ino } = statSync(file);
    expect(await run(['ref', 'app'])).toEqual(GOOD);
    expect(statSync(file).ino).toBe(ino);
    await run(['refs']);
    expect(kept()).toHaveLength(2);
  });

  it('is made anew where it is spoiled', async () => {
    const { run, kept } = await installed();
    await run(['ref', 'app']);
    const [file = ''] = kept();
    const whole = readFileSync(file);
    for (const spoiled of [
      Buffer.alloc(0),
      Buffer.from('x'),
      whole.subarray(0, 5000),
      Buffer.alloc(whole.length),
    ]) {
      writeFileSync(file, spoiled);
      expect(await run(['ref', 'app'])).toEqual(GOOD);
      expect(readFileSync(file).length).toBeGreaterThan(100_000);
    }
  });

  it('is not taken from a file that others can write', async () => {
    const { run, kept } = await installed();
    await run(['ref', 'app']);
    const [file = ''] = kept();
    chmodSync(file, 0o666);
    expect(await run(['ref', 'app'])).toEqual(GOOD);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is another one for another bundle of the same length', async () => {
    const { run, bundle, kept } = await installed();
    await run(['ref', 'app']);
    const text = readFileSync(bundle, 'latin1');
    const other = `${text.slice(0, -16)}0123456789abcdef`.replace(
      'the manifest has no image',
      'the manifest LACKS image ',
    );
    expect(other).toHaveLength(text.length);
    writeFileSync(bundle, other);
    expect(await run(['ref', 'app'])).toEqual(GOOD);
    expect(kept()).toHaveLength(2);
    expect((await run(['ref', 'ap'])).stderr).toContain('the manifest LACKS image');
  });

  it('is not kept where there is no folder for it, and of a run that failed', async () => {
    const { run, cache } = await installed();
    expect(await run(['ref', 'ap'])).toMatchObject({ code: 2 });
    writeFileSync(cache, 'a file');
    expect(await run(['ref', 'app'])).toEqual(GOOD);
    expect(readFileSync(cache, 'utf8')).toBe('a file');
  });

  it('stays within bounds', async () => {
    const { run, codeFolder, kept } = await installed();
    mkdirSync(codeFolder, { recursive: true });
    const old = (at: number) => `${String(at).padStart(16, '0')}-v20.1.0-x64-up`;
    for (let at = 0; at < 30; at += 1) writeFileSync(join(codeFolder, old(at)), '');
    writeFileSync(join(codeFolder, 'somebody-elses'), '');
    expect(await run(['ref', 'app'])).toEqual(GOOD);
    expect(kept()).toHaveLength(2);
    expect(kept().map((path) => path.slice(codeFolder.length + 1))).toContain('somebody-elses');
  });

  it('is no input of an image whose project holds it', async () => {
    const { run, project } = await installed();
    writeFileSync(
      join(project, 'ensure.yaml'),
      'images: { app: { with_hash: true, build: { files: all, dockerfile_inline: FROM scratch } } }\n',
    );
    const options = { env: { DOCKER_ENSURE_CACHE: project, HOME: '/nonexistent' }, cwd: project };
    const argv = [join(project, '../bin/docker-ensure.js'), 'ref', 'app'];
    const ref = async () => (await promisify(execFile)(process.execPath, argv, options)).stdout;
    const before = await ref();
    expect(readdirSync(join(project, 'docker-ensure-cache/code'))).toHaveLength(1);
    expect(await ref()).toBe(before);
    expect((await run(['ref', 'app'])).stdout).not.toBe('');
  });
});

describe('the installed command', () => {
  /** Runs it by its name, in a project, as a shell does. */
  async function byName(args: readonly string[]) {
    const { project } = await installed();
    symlinkSync('../bin/docker-ensure.js', join(project, 'docker-ensure'));
    writeFileSync(join(project, 'one.env'), 'NAME=a\n');
    writeFileSync(join(project, 'two.env'), 'NAME=b\n');
    writeFileSync(join(project, 'ensure.yaml'), 'images: { app: { name: "${NAME}" } }\n');
    const options = { cwd: project, env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent' } };
    return promisify(execFile)(join(project, 'docker-ensure'), args, options).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  }

  it('has its --env-file for itself, of which Node would read a file in its own way', async () => {
    const args = ['--env-file', 'one.env', '--env-file=two.env', 'ref', 'app'];
    expect(await byName(args)).toEqual({ code: 0, stdout: 'b\n', stderr: '' });
    expect(await byName(['ref', 'app', '--env-file', 'nowhere.env'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^error: there is no file nowhere\.env \(unusable-env-file\)\n/,
      ),
    });
  });
});

describe('a bug', () => {
  /** In the bundle: a text of src/cli/project.ts. */
  const UNKNOWN = /`the manifest has no image/;

  it('is reported though the source map is spoiled', async () => {
    const { run, bundle } = await installed();
    const text = readFileSync(bundle, 'latin1');
    writeFileSync(bundle, text.replace(UNKNOWN, 'null.oops+$&'));
    writeFileSync(`${bundle}.map`, '{');
    const { stderr } = await run(['ref', 'other']);
    expect(stderr).toMatch(/^This is a bug .*\ndocker-ensure .*\nTypeError: .*'oops'/);
  });

  it('is reported with versions, and with places in the source', async () => {
    const { run, bundle } = await installed();
    const text = readFileSync(bundle, 'latin1');
    const broken = text.replace(UNKNOWN, 'null.oops+$&');
    expect(broken).not.toBe(text);
    writeFileSync(bundle, broken);
    const { code, stdout, stderr } = await run(['ref', 'other']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const lines = stderr.split('\n');
    expect(lines[0]).toBe(
      'This is a bug in docker-ensure. Please send these lines to its issue tracker, with what you ran:',
    );
    expect(lines[1]).toMatch(/^docker-ensure \d+\.\d+\.\d+, Node v\d+\.\d+\.\d+, \w+ \w+$/);
    expect(lines[2]).toMatch(/^TypeError: .*'oops'/);
    expect(lines[3]).toMatch(/^ {4}at src\/cli\/project\.ts:\d+:\d+$/);
  });
});

describe('what is always answered alike', () => {
  it.each([
    [['--help'], ['help']],
    [['-h'], ['help']],
    [['-V'], ['--quiet', '--version']],
    [['--version'], ['--quiet', '--version']],
    [['schema'], ['--quiet', 'schema']],
  ])('%j is what the program says, without it', async (short, long) => {
    const { run, bundle } = await installed();
    const whole = await run(long);
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    writeFileSync(bundle, 'throw new Error("loaded")');
    expect(await run(short)).toEqual(whole);
  });

  it('is told by the program where its file is missing', async () => {
    const { run, root } = await installed();
    const before = await run(['schema']);
    rmSync(join(root, 'dist/answers'), { recursive: true });
    expect(await run(['schema'])).toEqual(before);
  });
});
