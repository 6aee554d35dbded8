import { describe, expect, test } from 'vitest';
import { complaints } from './checking.ts';

/** What is found with the unhashed arguments LOOSE and SPARE, and the hashed FIRM. */
async function found(dockerfile: string, build = ''): Promise<string[]> {
  const lines = await complaints({
    'ensure.yaml': `images:
  app:
    build:
      unhashed_build_args: { LOOSE: loose/, SPARE: null }
      build_args: { FIRM: firm }
      ${build}
`,
    Dockerfile: dockerfile,
    loose: '',
  });
  return lines.filter((line) => line.includes('unhashed-content'));
}

const told = (place: string, name: string, keyword: string) =>
  `Dockerfile:${place} warning unhashed-content: the unhashed build argument \`${name}\` goes into \`${keyword}\`: it changes the image, but not its hash (move \`${name}\` to \`build_args\`)`;

describe('an unhashed argument goes into the image', () => {
  test.each([
    ['ENV', 'ARG LOOSE\nENV A=1 B=${LOOSE}', '3:9'],
    ['ENV', 'ARG LOOSE\nENV B some $LOOSE words', '3:5'],
    ['ENV', 'ARG LOOSE\nENV A="x \\\n  $LOOSE y"', '3:5'],
    ['LABEL', 'ARG LOOSE\nLABEL a=b "c d"="x $LOOSE"', '3:11'],
    ['LABEL', 'ARG LOOSE\nLABEL $LOOSE=b', '3:7'],
    ['COPY', 'ARG LOOSE\nCOPY $LOOSE /x', '3:6'],
    ['COPY', 'ARG LOOSE\nCOPY ["loose", "/$LOOSE"]', '3:16'],
    ['COPY', 'ARG LOOSE\nCOPY --chown=$LOOSE loose /x', '3:6'],
    ['ADD', 'ARG LOOSE\nADD https://example.com/$LOOSE /x', '3:5'],
    ['WORKDIR', 'ARG LOOSE\nWORKDIR /$LOOSE', '3:9'],
    ['USER', 'ARG LOOSE\nUSER ${LOOSE:-root}', '3:6'],
    ['EXPOSE', 'ARG LOOSE\nEXPOSE 80 $LOOSE', '3:11'],
    ['VOLUME', 'ARG LOOSE\nVOLUME ["/$LOOSE"]', '3:9'],
    ['ENV', 'ARG LOOSE\nARG OTHER="x$LOOSE"\nENV A=$OTHER', '4:5'],
    ['ENV', 'ARG A=1 LOOSE B=2\nENV A=$A B=${B:+$LOOSE}', '3:10'],
    ['ENV', 'ARG LOOSE=standard\nENV A=$LOOSE', '3:5'],
    ['ENV', 'ARG LOOSE\nENV A=\'$B\' C="$LOOSE"', '3:12'],
  ])('by %s: %s', async (keyword, lines, place) => {
    expect(await found(`FROM busybox\n${lines}\n`)).toEqual([told(place, 'LOOSE', keyword)]);
  });

  test('each once, at the first place', async () => {
    const dockerfile = `FROM busybox AS one
ARG LOOSE
ENV A=$LOOSE
LABEL a=$A b=$LOOSE
ARG SPARE
FROM one
LABEL c=$A d=$SPARE
`;
    expect(await found(dockerfile)).toEqual([
      told('3:5', 'LOOSE', 'ENV'),
      told('7:12', 'SPARE', 'LABEL'),
    ]);
  });

  test('by way of the arguments before the first stage', async () => {
    const dockerfile = 'ARG LOOSE\nARG NAME=a-$LOOSE\nFROM busybox\nARG NAME\nLABEL a=$NAME\n';
    expect(await found(dockerfile)).toEqual([told('5:7', 'LOOSE', 'LABEL')]);
  });

  test('as the name of an image', async () => {
    expect(await found('ARG SPARE=x\nFROM busybox:$SPARE\n')).toEqual([
      told('2:6', 'SPARE', 'FROM'),
    ]);
    expect(await found('ARG SPARE=x\nFROM ${SPARE:-team/busybox}\n')).toEqual([
      told('2:6', 'SPARE', 'FROM'),
    ]);
    expect(await found('ARG SPARE=x\nFROM ${SPARE}busybox\n')).toEqual([
      told('2:6', 'SPARE', 'FROM'),
    ]);
  });
});

describe('it stays out of the image', () => {
  test.each([
    ['in a RUN', 'ARG LOOSE\nRUN echo $LOOSE'],
    [
      'in a shell at run time',
      'ARG LOOSE\nCMD echo $LOOSE\nENTRYPOINT ["$LOOSE"]\nHEALTHCHECK CMD $LOOSE',
    ],
    ['in single quotes', "ARG LOOSE\nENV A='$LOOSE'"],
    ['behind an escape', 'ARG LOOSE\nENV A=\\$LOOSE'],
    ['where no ARG declares it', 'ENV A=$LOOSE'],
    ['where an ENV has replaced it', 'ARG LOOSE\nENV LOOSE=firm\nENV A=$LOOSE'],
    ['where a hashed one is meant', 'ARG FIRM=$LOOSE\nARG LOOSE\nENV A=$FIRM'],
    ['in a longer name', 'ARG LOOSE\nENV A=$LOOSER'],
    ['in a comment', 'ARG LOOSE\n# ENV A=$LOOSE'],
    ['in a heredoc', 'ARG LOOSE\nCOPY <<EOF /x\n$LOOSE\nEOF'],
    ['in an instruction for later images', 'ARG LOOSE\nONBUILD ENV A=$LOOSE'],
  ])('%s', async (_, lines) => {
    expect(await found(`FROM busybox\n${lines}\n`)).toEqual([]);
  });

  test('in a stage that is not built', async () => {
    expect(await found('FROM busybox AS one\nARG LOOSE\nENV A=$LOOSE\nFROM busybox\n')).toEqual([]);
    const dockerfile = 'FROM busybox AS one\nFROM busybox\nARG LOOSE\nENV A=$LOOSE\n';
    expect(await found(dockerfile, 'target: one')).toEqual([]);
  });

  test('in a stage of another scope', async () => {
    expect(
      await found(
        'FROM busybox AS one\nARG LOOSE\nFROM busybox\nENV A=$LOOSE\nCOPY --from=one / /\n',
      ),
    ).toEqual([]);
  });

  test('as a mirror before the name of an image', async () => {
    expect(await found('ARG SPARE=x\nFROM $SPARE/busybox:1\n')).toEqual([]);
    expect(await found('ARG SPARE=x\nFROM ${SPARE:-docker.io}/team/busybox:1\n')).toEqual([]);
    expect(await found('ARG LOOSE\nFROM ${LOOSE}busybox:1\n')).toEqual([]);
  });
});
