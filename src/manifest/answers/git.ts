import { type Git, type GitEnded, gitOutput, gitTrouble } from '../../model/git.ts';
import type { GitName } from '../interpolation/template.ts';
import type { Answer } from '../interpolation/values.ts';

/** Asks git about the repository of a folder, each thing once. */
export function createGitQuestions(run: Git): (folder: string, name: string) => Promise<Answer> {
  const known = new Map<string, Promise<GitEnded>>();
  const once: Git = (folder, argv) => {
    const id = [folder, ...argv].join('\0');
    const asked = known.get(id) ?? run(folder, argv);
    known.set(id, asked);
    return asked;
  };
  return async (folder, name) => {
    // The manifests of one repository get one answer.
    const top = await once(folder, ['rev-parse', '--show-toplevel']);
    const root = gitOutput(top);
    if (root === null || root === '') return troubleOf(top, folder);
    return FACTS[name as GitName](once, root);
  };
}

type Fact = (git: Git, root: string) => Promise<Answer>;

const FACTS: Readonly<Record<GitName, Fact>> = {
  sha: async (git, root) => answerOf(await git(root, SHA), root, noCommit),
  short_sha: async (git, root) => {
    const answer = answerOf(await git(root, SHA), root, noCommit);
    // Git's own short form grows with the repository, and so differs between clones.
    return answer.is === 'value' ? { ...answer, value: answer.value.slice(0, 7) } : answer;
  },
  branch: async (git, root) =>
    answerOf(await git(root, ['symbolic-ref', '--short', '--quiet', 'HEAD']), root, () => ({
      is: 'none',
      message: `no branch is checked out in ${root}: HEAD is detached`,
      advice:
        "use a variable of the pipeline's, such as `${GITHUB_REF_NAME}` or `${CI_COMMIT_REF_NAME}`",
    })),
  tag: async (git, root) =>
    answerOf(await git(root, ['describe', '--tags', '--exact-match', 'HEAD']), root, (stderr) =>
      isEmpty(stderr)
        ? noCommit(stderr, root)
        : {
            is: 'none',
            message: `no tag is at the commit that is checked out in ${root}`,
            advice: 'tag it, fetch tags (`git fetch --tags`)',
          },
    ),
  describe: async (git, root) =>
    answerOf(await git(root, ['describe', '--tags', 'HEAD']), root, (stderr) =>
      isEmpty(stderr)
        ? noCommit(stderr, root)
        : {
            is: 'none',
            message: `no tag can be reached from the commit that is checked out in ${root}`,
            advice: 'tag one, fetch tags and history (`git fetch --tags --unshallow`)',
          },
    ),
  dirty: async (git, root) => {
    const ended = await git(root, ['status', '--porcelain', '--untracked-files=no']);
    const answer = answerOf(ended, root, () => null);
    return answer.is !== 'value' || answer.value === '' ? answer : { ...answer, value: 'dirty' };
  },
};

const SHA = ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'];

function noCommit(_: string, root: string): Answer {
  return {
    is: 'none',
    message: `the git repository ${root} has no commit yet`,
    advice: 'commit something',
  };
}

function isEmpty(stderr: string): boolean {
  return /not a valid object name|unknown revision|bad revision/i.test(stderr);
}

/** `absent` is what it means that git says no; null: that it failed. */
function answerOf(
  ended: GitEnded,
  root: string,
  absent: (stderr: string, root: string) => Answer | null,
): Answer {
  const value = gitOutput(ended);
  if (value !== null) return { is: 'value', value };
  const isNo = ended.is === 'ended' && !/dubious ownership|unsafe repository/i.test(ended.stderr);
  return (isNo ? absent(ended.stderr, root) : null) ?? troubleOf(ended, root);
}

/** Without git, or outside of a repository, a default may stand in; a repository that git refuses is another thing. */
function troubleOf(ended: GitEnded, folder: string): Answer {
  const { message, advice } = gitTrouble(ended, folder);
  const isNone = ended.is === 'missing' || /not a git repository/i.test(ended.stderr);
  return { is: isNone ? 'none' : 'wrong', message, advice };
}
