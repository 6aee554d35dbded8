import { expect, it } from 'vitest';
import { splitCommandLine } from '../../src/cli/command-line.ts';
import { createProgram } from '../../src/cli/program.ts';
import { contextOf } from '../rig/command.ts';

const program = createProgram(contextOf({}), async () => undefined);

it.each([
  ['up a -- b', 'up a -- b', null],
  ['exec a b', 'exec a b', null],
  ['exec a -- b -- c', 'exec a', 'b -- c'],
  ['exec --', 'exec', ''],
  ['-f x exec -- b', '-f x exec', 'b'],
  ['-f exec up -- b', '-f exec up -- b', null],
  ['--file=x run a -v b -- c', '--file=x run a', '-v b -- c'],
  ['-qfx run a -v b', '-qfx run a', '-v b'],
  ['-qf x run a -v b', '-qf x run a', '-v b'],
  ['run --jobs 2 -q a -v b', 'run --jobs 2 -q a', '-v b'],
  ['run --jobs=2 a', 'run --jobs=2 a', null],
  ['run -it a b', 'run -it a', 'b'],
  ['run -- a', 'run -- a', null],
  ['help run a', 'help run a', null],
])('%s: own words and those of others', (line, own, rest) => {
  const split = splitCommandLine(program, line.split(' '));
  expect([split.own.join(' '), split.rest?.join(' ') ?? null]).toEqual([own, rest]);
});

it('the help of each command has examples of it', () => {
  const lacking = program.commands
    .filter((command) => command.name() !== 'help')
    .map((command) => {
      let text = '';
      command.configureOutput({ writeOut: (part) => (text += part) });
      command.outputHelp();
      const [, examples = ''] = text.split('\nExamples:\n');
      return { name: command.name(), isGood: examples.includes(`docker-ensure ${command.name()}`) };
    })
    .filter(({ isGood }) => !isGood);
  expect(lacking.map(({ name }) => name)).toEqual([]);
});
