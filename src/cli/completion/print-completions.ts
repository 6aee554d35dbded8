import type { Command } from 'commander';
import { loadManifest } from '../../manifest/load.ts';
import { gitOf } from '../ask-git.ts';
import type { Context } from '../context.ts';
import { type Candidate, complete, givenValues, IMAGE } from './complete.ts';

/** What cobra calls "no file names", which docker's own completion understands, too. */
const NO_FILES = 4;

/**
 * Prints what may stand in the place of the last of these words: a line each, `WORD<tab>MEANING`, then
 * `:0` where names of files may stand there, else `:4`. That is how commands made with cobra answer, docker
 * among them. https://github.com/spf13/cobra/blob/main/site/content/completions/_index.md
 */
export async function printCompletions(
  program: Command,
  words: readonly string[],
  context: Context,
): Promise<void> {
  const names = () => imageNames(words.slice(0, -1), context);
  const { candidates, files } = await complete(program, words, names);
  const lines = candidates.map(({ value, description }) => `${value}\t${description}`);
  context.out(`${[...lines, `:${files ? 0 : NO_FILES}`].join('\n')}\n`);
}

/** The images of the manifest at hand, as far as it can be understood. */
async function imageNames(
  words: readonly string[],
  context: Context,
): Promise<readonly Candidate[]> {
  const { cwd, env } = context;
  const git = gitOf(context, false);
  const file = givenValues(words, ['-f', '--file']).at(-1) ?? null;
  const envFiles = givenValues(words, ['--env-file']);
  const { manifest } = await loadManifest({ file, envFiles, cwd, env, git });
  if (manifest === null) return [];
  const named = (keys: Iterable<string>, description: string) =>
    [...keys].map((value) => ({ value, description }));
  const entries = [...manifest.entries.keys()].filter((key) => !manifest.images.has(key));
  return [
    ...named(manifest.images.keys(), IMAGE),
    ...named(entries, 'images of a matrix'),
    ...named(manifest.groups.keys(), 'group'),
  ];
}
