import { resolve } from 'node:path';
import type { Git } from '../../model/git.ts';
import { decodeSource } from '../decode.ts';
import { readFileAt } from '../files.ts';
import type { Answer, Answers, Question } from '../interpolation/values.ts';
import { unusable } from '../unusable.ts';
import { createGitQuestions } from './git.ts';

/** Asks everything that is wanted; `git` is what runs git. */
export function createAsking(git: Git): (answers: Answers) => Promise<void> {
  const askGit = createGitQuestions(git);
  const ask = ({ of, folder, name }: Question) =>
    of === 'git' ? askGit(folder, name) : textOf(name, folder);
  return async (answers) => {
    const questions = answers.wanted;
    const found = await Promise.all(questions.map(ask));
    for (const [at, question] of questions.entries()) {
      const answer = found[at];
      if (answer !== undefined) answers.set(question, answer);
    }
  };
}

/** A file's text, the blanks around it removed. */
function textOf(name: string, folder: string): Answer {
  const content = readFileAt(resolve(folder, name));
  if (content.is !== 'file') {
    const { message, advice = '' } = unusable('text', name, content);
    return { is: content.is === 'missing' ? 'none' : 'wrong', message, advice };
  }
  const source = decodeSource(name, content.bytes);
  if (!('text' in source))
    return { is: 'wrong', message: `${name}: ${source.message}`, advice: source.advice ?? '' };
  const value = source.text.trim();
  if (!value.includes('\0')) return { is: 'value', value };
  return { is: 'wrong', message: `${name} holds the character U+0000`, advice: 'is it a text?' };
}
