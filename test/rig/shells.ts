import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { temporaryFolder } from './temporary-tree.ts';

const BINARY = fileURLToPath(new URL('../../bin/docker-ensure.js', import.meta.url));

const CTRL_A = '\u0001';
const CTRL_E = '\u0005';

/** A shell with its completion of docker-ensure, on a terminal. */
export interface CompletingShell {
  /**
   * Types command lines, has the last word of each completed, and gives the words that stand there then instead of
   * it: all candidates, sorted.
   */
  complete(lines: readonly string[], cwd: string): Promise<Record<string, string[]>>;
}

/** What each shell is told at its start, and the keys that put all candidates in the place of a word. */
const ON_TERMINALS = {
  bash: {
    argv: 'bash --norc --noprofile -i',
    start: 'bind "set enable-bracketed-paste off"; source "$script"',
    keys: '\u001b*',
  },
  zsh: {
    argv: 'zsh -f -i',
    start: `unsetopt zle_bracketed_paste; bindkey -e; autoload -U compinit; compinit -u -D; source "$script"
      zstyle ":completion:*" completer _all_matches _complete
      zstyle ":completion:*:all-matches:*" insert true
      zstyle ":completion:*:all-matches:*" old_matches false`,
    keys: '\t',
  },
} as const;

const SHOW = 'printf "<%s>\\n" ';

/** One of the shells that completion is for. Throws where it is not installed, and says so. */
export async function completingShell(name: 'bash' | 'zsh' | 'fish'): Promise<CompletingShell> {
  const home = await temporaryFolder();
  await symlink(BINARY, join(home, 'docker-ensure'));
  const env = {
    HOME: home,
    PATH: `${home}:${process.env.PATH ?? ''}`,
    TERM: 'dumb',
    DOCKER_ENSURE_CACHE: join(home, 'cache'),
    script: join(home, 'completion'),
  };
  const options = { env, reject: false, stripFinalNewline: false } as const;
  const { stdout: there } = await execa('/bin/sh', ['-c', `command -v ${name}`], options);
  if (there === '') throw new Error(`this test needs ${name} (Debian: apt-get install ${name})`);
  const { stdout } = await execa(join(home, 'docker-ensure'), ['completion', name], options);
  await writeFile(env.script, stdout);
  const ask = name === 'fish' ? askFish : askOnTerminal(ON_TERMINALS[name]);
  return {
    async complete(lines, cwd) {
      const answers = await ask(lines, (argv, input) =>
        execa(argv[0] ?? '', argv.slice(1), { ...options, cwd, input }),
      );
      return Object.fromEntries(lines.map((line, at) => [line, (answers[at] ?? []).toSorted()]));
    },
  };
}

type Run = (argv: readonly string[], input: string) => Promise<{ readonly stdout: string }>;

/** Fish answers without a terminal. Descriptions stand behind tabs. */
async function askFish(lines: readonly string[], run: Run): Promise<string[][]> {
  const asked = lines.map((line) => `complete -C '${line}'; echo end`);
  const argv = ['fish', '--no-config', '-c', ['source $script', ...asked].join('\n')];
  const { stdout } = await run(argv, '');
  return stdout.split('end\n').map((answer) => answer.split('\n').filter((word) => word !== ''));
}

/** The completed line becomes the arguments of a command that prints them. */
function askOnTerminal({ argv, start, keys }: (typeof ON_TERMINALS)['bash' | 'zsh']) {
  return async (lines: readonly string[], run: Run): Promise<string[][]> => {
    const asked = lines.map((line) => `${line}${keys}${CTRL_A}${SHOW}${CTRL_E} end`);
    const typed = `${[start, ...asked, 'exit'].join('\n')}\n`;
    const { stdout } = await run(['script', '-qec', argv, '/dev/null'], typed);
    const words = [...stdout.matchAll(/^<(.*)>\r?$/gm)].map(([, word]) => word);
    return words
      .join('\n')
      .split('\nend')
      .map((line, at) => {
        const untouched = lines[at]?.split(' ').slice(0, -1) ?? [];
        return line.trim().split('\n').slice(untouched.length);
      });
  };
}
