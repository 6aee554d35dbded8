import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { expect } from 'vitest';
import { readDockerfile } from '../../src/dockerfile/read.ts';
import { argumentsOf, flagValues } from '../../src/dockerfile/words.ts';
import { positionOf } from '../../src/model/source.ts';
import { test } from '../rig/engine-test.ts';
import { onThisStore } from '../rig/one-store.ts';
import { randomFrom } from '../rig/random.ts';

const MUTANTS = 12;
const REFUSAL = /ERROR: (dockerfile parse error|unterminated heredoc)/;
const WHOLE = [
  'ARG V=1\nFROM a:$V AS One\nRUN echo \\\n  # c\n  b\nFROM one\nCOPY --from=one /a /b\n',
  'FROM a\nCOPY <<x <<-"y z" /d/\nFROM no\nx\n\ty z\nFROM b AS c\nLABEL a="b c" d=e\n',
  '# escape=`\nFROM --platform=linux/amd64 a\nRUN ["a", "b"]\nENV A=b `\n C=d\nFROM c as d\n',
];
const PIECES = [
  ...['\\', '\\\n', '\n', '\r', '"', "'", ' ', '\t', '\u00a0', '#', '<<E', '<<-E\n', 'E\n', '`'],
  ...['\nFROM n\n', ' AS x', '--from=y ', '# escape=`\n', '$A', '[', ',', '=', '$((1<<2))'],
];

test('mutated Dockerfiles have the stages, or the refusal, that docker says', async ({
  engine,
}) => {
  const random = randomFrom(20);
  const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-mutants-'));
  const docker = async (text: string, at: number) => {
    const path = join(folder, String(at));
    await writeFile(path, text);
    const print = ['--print=targets,format=json', '--file', path, folder];
    const ask = () =>
      engine.docker(['buildx', 'build', ...print], { env: { BUILDX_EXPERIMENTAL: '1' } });
    let ended = await ask();
    // An engine under load may fail for a reason of its own, which says nothing about the Dockerfile.
    if (ended.exitCode !== 0 && !REFUSAL.test(ended.stderr)) ended = await ask();
    if (ended.exitCode !== 0) return REFUSAL.test(ended.stderr) ? null : ended.stderr;
    const { targets } = JSON.parse(ended.stdout) as { targets: Target[] };
    return targets.map(({ name = '', base = '', platform = '', location }) => [
      ...[name, base, platform],
      location.ranges[0]?.start.line,
    ]);
  };
  const mutants = Array.from({ length: MUTANTS }, () => {
    let text = random.pick(WHOLE);
    for (const piece of random.several(1, 3, () => random.pick(PIECES))) {
      const at = random.below(text.length);
      text = text.slice(0, at) + piece + text.slice(at + (random.chance(30) ? 2 : 0));
    }
    return text;
  });
  const texts = onThisStore(mutants);
  try {
    const limit = pLimit(4);
    const said = await Promise.all(texts.map((text, at) => limit(() => docker(text, at))));
    expect(texts.map((text) => [text, ours(text)])).toEqual(
      texts.map((text, at) => [text, said[at]]),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

interface Target {
  readonly name?: string;
  readonly base?: string;
  readonly platform?: string;
  readonly location: { readonly ranges: readonly { readonly start: { readonly line: number } }[] };
}

function ours(text: string) {
  const { stages, mistakes } = readDockerfile({ path: 'D', text }, new Map());
  if (mistakes.length > 0) return null;
  return stages.map(({ name, image, from }) => [
    name?.toLowerCase() ?? '',
    image?.text ?? '',
    flagValues(argumentsOf(from), 'platform')[0]?.text ?? '',
    positionOf(from.place).line,
  ]);
}
