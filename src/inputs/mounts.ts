import { open, stat } from 'node:fs/promises';
import type { BuildSecret, BuildSsh } from '../model/build-options.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Image } from '../model/manifest.ts';

/**
 * The sources of an image's `secrets` and `ssh` that a build on this machine could not read. What docker
 * itself would refuse is an error; a variable that is not set may be where the image is built. `agent` is
 * SSH_AUTH_SOCK.
 */
export async function unreadableMounts(
  image: Image,
  agent: string | undefined,
): Promise<Diagnostic[]> {
  const { build } = image;
  if (build === null) return [];
  const told = async (key: 'secrets' | 'ssh', problems: readonly Promise<Problem | null>[]) =>
    (await Promise.all(problems)).flatMap((problem): Diagnostic[] => {
      const code = key === 'ssh' ? 'unreadable-ssh' : 'unreadable-secret';
      const place = build.places.get(key) ?? image.place;
      return problem === null ? [] : [{ ...problem, code, image: image.key, place }];
    });
  return [
    ...(await told('secrets', build.secrets.map(secretProblem))),
    ...(await told(
      'ssh',
      build.ssh.flatMap((ssh) => sshProblems(ssh, agent)),
    )),
  ];
}

type Problem = Pick<Diagnostic, 'severity' | 'message' | 'advice'>;

async function secretProblem({ id, from }: BuildSecret): Promise<Problem | null> {
  if ('env' in from) {
    if (from.value !== null) return null;
    const message = `the variable ${from.env}, which has the secret \`${id}\`, is not set`;
    return { severity: 'warning', message, advice: 'set it where the image is built' };
  }
  const problem = await problemOf(from.file);
  if (problem === null) return null;
  const message = `${from.file}, which has the secret \`${id}\`, ${problem}`;
  return { severity: 'error', message, advice: 'check the path, or name a variable' };
}

function sshProblems({ id, paths }: BuildSsh, agent: string | undefined) {
  const used = paths.length > 0 ? paths : agent ? [agent] : [];
  if (used.length === 0) {
    const message = `there is no agent for the ssh id \`${id}\`: SSH_AUTH_SOCK is not set`;
    const advice = `start an agent, or write \`${id}=KEY_FILE\``;
    return [Promise.resolve<Problem>({ severity: 'error', message, advice })];
  }
  return used.map(async (path): Promise<Problem | null> => {
    const problem = await problemOf(path);
    if (problem === null) return null;
    const message = `${path}, for the ssh id \`${id}\`, ${problem}`;
    return { severity: 'error', message, advice: 'check the path' };
  });
}

/** Why docker could not use a path; null where it could. */
async function problemOf(path: string): Promise<string | null> {
  try {
    const status = await stat(path);
    if (status.isDirectory()) return 'is a folder';
    // An agent's socket cannot be opened like a file, and a fifo would wait.
    if (status.isFile()) await (await open(path)).close();
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'does not exist' : `cannot be read: ${message}`;
  }
}
