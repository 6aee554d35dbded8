/** How a run of git ended; `missing`: there is no git command. */
export type GitEnded =
  | { readonly is: 'missing' }
  | {
      readonly is: 'ended';
      readonly exitCode: number;
      /** As bytes: names of files need not be UTF-8. */
      readonly stdout: Uint8Array;
      readonly stderr: string;
    };

/** Runs git in a folder. The words go to git as they are. */
export type Git = (folder: string, argv: readonly string[]) => Promise<GitEnded>;

/** Why git cannot answer. */
export interface GitTrouble {
  readonly message: string;
  readonly advice: string;
}

/** What a run of git printed, the last newline removed; null where it failed. */
export function gitOutput(ended: GitEnded): string | null {
  if (ended.is === 'missing' || ended.exitCode !== 0) return null;
  return new TextDecoder().decode(ended.stdout).replace(/\r?\n$/, '');
}

/** Why a run of git in a folder failed, for people. What it may say for the command's own sake is up to the caller. */
export function gitTrouble(ended: GitEnded, folder: string): GitTrouble {
  if (ended.is === 'missing')
    return { message: 'there is no `git` command', advice: 'install git' };
  const { stderr } = ended;
  if (/not a git repository/i.test(stderr))
    return {
      message: `${folder} is in no git repository`,
      advice: 'run it in a clone; what is copied without its `.git` folder is none',
    };
  if (/dubious ownership|unsafe repository/i.test(stderr))
    return {
      message: `git refuses the repository of ${folder}, which belongs to another user`,
      advice: `trust it: \`git config --global --add safe.directory ${folder}\``,
    };
  const [line = ''] = stderr.split('\n').filter((each) => each.trim() !== '');
  const words = line.replace(/^(fatal|error): /, '').trim();
  return {
    message: `git failed in ${folder}: ${words === '' ? `exit code ${ended.exitCode}` : words}`,
    advice: 'does `git status` work there?',
  };
}
