import { describe, expect, test } from 'vitest';
import { complaints } from './checking.ts';

const found = async (dockerfile: string, build = '{}') => {
  const lines = await complaints({
    'ensure.yaml': `images: { app: { build: ${build} } }`,
    Dockerfile: dockerfile,
  });
  return lines.filter((line) => line.includes('overwritten-heredoc'));
};

const told = (place: string, path: string, line: number) =>
  `Dockerfile:${place} error overwritten-heredoc: \`${path}\` is written in line ${line} of Dockerfile, too, with as many bytes: BuildKit may keep the text from there (write the file once, or let the two differ in length, for instance by a comment)`;

const write = (to: string, content: string, mark = 'E') =>
  `COPY <<${mark} ${to}\n${content}\n${mark.replace(/["'-]/g, '')}\n`;

describe('a heredoc is written over another one of the same size', () => {
  test.each([
    ['twice in a stage', `FROM a\n${write('/x', 'one')}${write('/x', 'two')}`, '5:1', '/x', 2],
    [
      'in two stages',
      `FROM a AS b\n${write('/x', '1')}FROM b\n${write('/x', '2')}`,
      '6:1',
      '/x',
      2,
    ],
    ['in a folder', `FROM a\n${write('/f/', '1')}${write('/f/', '2')}`, '5:1', '/f//E', 2],
    ['by ADD', `FROM a\n${write('/x', '1')}ADD <<E /x\n2\nE\n`, '5:1', '/x', 2],
    [
      'by a WORKDIR',
      `FROM a\nWORKDIR /f\n${write('x', '1')}${write('/f/./x', '2')}`,
      '6:1',
      '/f/./x',
      3,
    ],
    ['quoted', `FROM a\n${write('/x', '$A', '"E"')}${write('/x', '$B', '"E"')}`, '5:1', '/x', 2],
    ['tabs taken off', `FROM a\n${write('/x', '\t1', '-E')}${write('/x', '2')}`, '5:1', '/x', 2],
  ])('%s', async (_, dockerfile, place, path, line) => {
    expect(await found(dockerfile)).toEqual([told(place, path, line)]);
  });

  test('each time', async () => {
    const thrice = `FROM a\n${write('/x', '1')}${write('/x', '2')}${write('/x', '3')}`;
    expect(await found(thrice)).toEqual([told('5:1', '/x', 2), told('8:1', '/x', 5)]);
  });
});

describe('nothing is said', () => {
  test.each([
    ['of the same text', `FROM a\n${write('/x', 'one')}${write('/x', 'one')}`],
    ['of another size', `FROM a\n${write('/x', 'one')}${write('/x', 'three')}`],
    ['of another path', `FROM a\n${write('/x', 'one')}${write('/y', 'two')}`],
    ['of another folder', `FROM a\n${write('x', '1')}WORKDIR /f\n${write('x', '2')}`],
    ['of variables', `FROM a\n${write('/x', '$A')}${write('/x', '$B')}`],
    ['of a RUN', 'FROM a\nRUN <<E\necho 1\nE\nRUN <<E\necho 2\nE\n'],
    [
      'of stages side by side',
      `FROM a AS b\n${write('/x', '1')}FROM a\n${write('/x', '2')}COPY --from=b / /`,
    ],
    ['of a stage that is not built', `FROM a AS b\n${write('/x', '1')}${write('/x', '2')}FROM a\n`],
  ])('%s', async (_, dockerfile) => {
    expect(await found(dockerfile)).toEqual([]);
  });
});
