import { describe, expect, it } from 'vitest';
import { makeProjectHere } from '../rig/command.ts';
import { makeProject } from '../rig/project.ts';
import { completingShell } from '../rig/shells.ts';

const FILES = {
  // A variable that is not set here is no reason to complete nothing.
  'ensure.yaml': `images:
  app: { build: { files: nothing, dockerfile_inline: FROM scratch, build_args: { A: "\${UNSET}" } } }
  api: { version: "1" }
  tools: { version: "1" }
`,
  'other/its.yaml': 'images: { else: { version: "1" } }\n',
  'other/more.env': '',
};

/** What then stands instead of the last word, unless the shell's own ways differ. */
const EXPECTED = {
  'docker-ensure up a': ['api', 'app'],
  'docker-ensure up app a': ['api'],
  'docker-ensure --debug -f other/its.yaml ref ': ['else'],
  'docker-ensure --file=other/its.yaml graph --dependents ': ['else'],
  'docker-ensure comp': ['completion'],
  'docker-ensure completion ': ['bash', 'fish', 'zsh'],
  'docker-ensure help va': ['validate'],
  'docker-ensure up --re': ['--require', '--retries'],
  'docker-ensure up --require ': ['both', 'local', 'registry'],
  'docker-ensure up --require=': ['--require=both', '--require=local', '--require=registry'],
  'docker-ensure --env-file other/m': ['other/more.env'],
  'docker-ensure --env-file=other/m': ['--env-file=other/more.env'],
  'docker-ensure run tools -v oth': ['other/'],
  'docker-ensure exec app -- cat other/i': ['other/its.yaml'],
};

/** How a shell completes the lines of `EXPECTED`. */
async function completions(name: 'bash' | 'zsh' | 'fish') {
  const { folder } = await makeProject(FILES);
  return (await completingShell(name)).complete(Object.keys(EXPECTED), folder);
}

describe('the completion of a shell', () => {
  it('is that of bash', async () => {
    expect(await completions('bash')).toEqual({
      ...EXPECTED,
      // Bash cuts words at `=`.
      'docker-ensure up --require=': ['--require=both', 'local', 'registry'],
      'docker-ensure run tools -v oth': ['other'],
    });
  });

  it('is that of zsh', async () => {
    expect(await completions('zsh')).toEqual({
      ...EXPECTED,
      'docker-ensure run tools -v oth': ['other'],
    });
  });

  it('is that of fish, which shows what the words mean', async () => {
    const described = await completions('fish');
    const words = Object.entries(described).map(([line, answer]) => [
      line,
      answer.map((each) => each.replace(/\t.*/, '')),
    ]);
    expect(Object.fromEntries(words)).toEqual(EXPECTED);
    expect(described['docker-ensure help va']?.[0]).toMatch(/^validate\tcheck the manifest/);
  });
});

describe('what the shells ask', () => {
  async function ask(...words: string[]) {
    const { run } = await makeProjectHere(FILES);
    const { exitCode, stdout, stderr } = await run(['__complete', ...words]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return stdout;
  }

  it('is answered as commands made with cobra do', async () => {
    expect(await ask('up', 't')).toBe('tools\timage\n:4\n');
    expect(await ask('--env-file', '')).toBe(':0\n');
  });

  it('is answered by nothing where nothing may stand', async () => {
    expect(await ask('ref', 'app', '')).toBe(':4\n');
    expect(await ask('upp', '-')).toBe(':0\n');
    expect(await ask('up', '--nothing=')).toBe(':4\n');
    expect(await ask('up', '--jobs', '')).toBe(':4\n');
    expect(await ask('-f', 'nowhere.yaml', 'up', '')).toBe(':4\n');
  });

  it('leaves out options that were given, but for those that may stand there again', async () => {
    const left = await ask('up', '--force', '-q', '--env-file', 'a', '-');
    expect(left).not.toMatch(/^--(force|quiet)\t/m);
    expect(left).toMatch(/^--env-file\tmore variables/m);
  });

  it('takes words after `--` for images', async () => {
    expect(await ask('up', '--', 'ap')).toBe('app\timage\napi\timage\n:4\n');
  });
});

describe('completion', () => {
  it('names the shells that there are', async () => {
    const { run } = await makeProjectHere({});
    expect(await run(['completion', 'csh'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        "error: command-argument value 'csh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish.\n(add --help for what there is)\n",
    });
  });
});
