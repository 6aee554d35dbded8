import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';
import { fates, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn();

const HASH = 'dev.docker-ensure.hash';
const INPUTS = 'dev.docker-ensure.inputs';

const FROM = 'FROM docker-ensure-seed:1';

/** Dockerfiles by name, with the target to build where there is one; `/said` is what was run. */
const DOCKERFILES: Record<string, readonly [string, string?]> = {
  plain: [`${FROM}\nRUN echo plain >/said\n`],
  'no-newline': [`${FROM}\nRUN echo no-newline >/said`],
  'only-from': [FROM],
  comment: [`${FROM}\nRUN echo comment >/said\n# the end`],
  'comment-goes-on': [`${FROM}\nRUN echo comment-goes-on >/said\n# the end \\`],
  crlf: [`${FROM}\r\nRUN echo crlf >/said\r\n# a comment\r\n`],
  'goes-on': [`${FROM}\nRUN echo goes-on >/said \\\n`],
  'goes-on-crlf': [`${FROM}\r\nRUN echo goes-on-crlf >/said \\ \t\r\n\r\n`],
  'goes-on-comment': [`${FROM}\nRUN echo goes-on-comment >/said \\\n  # and\n\\\n\n`],
  escape: [`# escape=\`\n${FROM}\nRUN echo escape \`\n  >/said`],
  'escape-goes-on': [`# escape=\`\n${FROM}\nENV A=\\\nRUN echo escape-goes-on >/said \``],
  heredoc: [`${FROM}\nRUN <<"E" >/said\necho heredoc \\\nE\n`],
  'heredoc-from': [
    `${FROM} AS one\nCOPY <<A <<-"B" /x/\nFROM nothing AS one\nA\n\tFROM b \\\n\tB\nRUN cat /x/A >/said\nFROM one\nRUN false`,
    'one',
  ],
  mark: [`\ufeff${FROM} AS one\nRUN echo mark >/said\nFROM one AS two\nRUN false`, 'one'],
  target: [`${FROM} AS one\nRUN echo target >/said\n# two\n\nFROM one\nRUN false`, 'one'],
  'target-last': [`${FROM} AS one\nFROM one AS two\nRUN echo target-last >/said \\`, 'two'],
  'target-case': [
    `from docker-ensure-seed:1 as One\nrun echo target-case >/said\n${FROM} as two\nrun false`,
    'oNE',
  ],
  'target-twice': [
    `${FROM} AS one\nRUN false\n${FROM} AS one\nRUN echo target-twice >/said\nFROM one\nRUN false`,
    'one',
  ],
  'target-lines': [
    `FROM \\\n  docker-ensure-seed:1 \\\n  AS one\nRUN echo target-lines >/said \\\nFROM\nFROM one\nRUN false`,
    'one',
  ],
  'own-label': [`${FROM}\nLABEL ${HASH}=wrong ${INPUTS}=wrong\nRUN echo own-label >/said`],
  // What BuildKit checks in a Dockerfile is the user's own alone.
  checked: [`# check=error=true\nfrom docker-ensure-seed:1\nrun echo checked >/said\n`],
  'checked-target': [
    'from docker-ensure-seed:1 as one\nrun echo checked-target >/said\nfrom one\nrun false',
    'one',
  ],
  numbered: [
    `${FROM} AS one\nRUN cat 3<<PY <&3 >/said\nimport os\nfrom pathlib import Path\nPY\nFROM one\nRUN false`,
    'one',
  ],
  shell: [`${FROM}\nRUN echo shell >/said\nSHELL ["/no/such/shell"]\nONBUILD RUN false\n`],
};

/** What stands in `/said` where it is not the name. */
const SAID: Readonly<Record<string, string>> = {
  'target-lines': 'target-lines FROM',
  numbered: 'import os\nfrom pathlib import Path',
};

/** The same as a directive, for the engines that check. */
const CHECK = { 'checked-target': { BUILDKIT_DOCKERFILE_CHECK: 'error=true' } };

/** Printed by the tests; LABELS_SEED replays one. */
const aSeed = () => Number(process.env.LABELS_SEED ?? fc.sample(fc.integer(), 1)[0]);

/** Strings of every kind, but for what no variable can hold. */
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.string({ unit: 'binary-ascii', maxLength: 40 }),
    fc.constantFrom(
      ...['', ' ', "'", '"', '\\', '`', '$', '${X}', '$(id)', '#', '=', '\n', '\r\n', '\t', '<<E'],
      ...[`it's "so"`, '\\\n', "'\"'\"'", '{"a":"b"}', 'a=b', ',', '%s', '\u2028', '\u{1f600}'],
    ),
  )
  .filter((string) => !string.includes('\0') && string.isWellFormed());

/** Only such text can bake be told: see the test of what it cannot. */
const isComposed = (string: string) => string === string.normalize('NFC');

test('labels: whatever the Dockerfile is like, and whatever is in the inputs document', async ({
  project,
  images,
  scope,
}) => {
  const seed = aSeed();
  const names = Object.keys(DOCKERFILES);
  const documents = fc.sample(fc.array(text.filter(isComposed), { minLength: 3, maxLength: 6 }), {
    seed,
    numRuns: names.length,
  });
  const manifest = {
    defaults: { skip_checks: ['unknown-argument'], build: { files: 'nothing' } },
    images: Object.fromEntries(
      Object.entries(DOCKERFILES).map(([name, [, target]], index) => [
        name,
        {
          name: `${scope}/${name}`,
          build: {
            dockerfile: name,
            ...(target === undefined ? {} : { target }),
            metadata: escaped(documents[index] ?? []),
            build_args: {
              ...escaped(documents.at(-1 - index) ?? []),
              ...CHECK[name as keyof typeof CHECK],
            },
          },
        },
      ]),
    ),
  };
  const { up, run } = await project({
    'ensure.yaml': JSON.stringify(manifest),
    ...Object.fromEntries(Object.entries(DOCKERFILES).map(([name, [file]]) => [name, file])),
  });

  const { result } = succeeded(await up());
  expect(fates({ result })).toEqual(Object.fromEntries(names.map((name) => [name, 'build'])));
  for (const [index, { image, hash }] of result.images.entries()) {
    const { [HASH]: label, [INPUTS]: inputs = '' } = await images.labels(`${scope}/${image}`);
    const about = `${image}, seed ${seed}`;
    expect(label, about).toBe(hash);
    expect(createHash('sha256').update(inputs).digest('hex'), about).toBe(hash);
    expect(Object.values(JSON.parse(inputs).metadata), about).toEqual(documents[index]);
    // For some, that `inputs` prints the very same: the hash has said so already.
    if (index % 7 > 0) continue;
    expect(succeeded(await run(['inputs', image])).stdout, about).toBe(inputs);
  }
  for (const name of ['goes-on', 'goes-on-comment', 'escape-goes-on', 'mark', ...Object.keys(SAID)])
    expect(await images.read(`${scope}/${name}`, '/said')).toBe(SAID[name] ?? name);
  console.log(`labels: ${names.length} Dockerfiles, seed ${seed}`);
});

test('labels: an inputs document that is longer than a line of a Dockerfile may be', async ({
  project,
  images,
  scope,
}) => {
  const metadata = 'so long '.repeat(8200);
  const { up } = await project({
    'ensure.yaml': `images: { app: { name: ${scope}/app, build: { metadata: ${metadata} } } }`,
    Dockerfile: FROM,
  });

  succeeded(await up());
  const { [INPUTS]: inputs = '' } = await images.labels(`${scope}/app`);
  expect(JSON.parse(inputs).metadata).toBe(metadata.trim());
  expect(inputs.length).toBeGreaterThan(65_535);
});

test('labels: text that HCL would compose arrives as it is, in a plain build', async ({
  project,
  images,
  scope,
}) => {
  const decomposed = 'e\u0301';
  const { up } = await project({
    'ensure.yaml': JSON.stringify({
      images: {
        app: {
          name: `${scope}/app`,
          build: { build_args: { ARGUMENT: decomposed }, labels: { own: decomposed } },
        },
      },
    }),
    Dockerfile: `${FROM}\nARG ARGUMENT\nENV SEEN=$ARGUMENT\n`,
  });

  const { result } = succeeded(await up());
  expect((await images.env(`${scope}/app`)).SEEN).toBe(decomposed);
  // Its inputs document would show the argument in a process list.
  const { own, ...ours } = await images.labels(`${scope}/app`);
  expect([own, ours]).toEqual([decomposed, { [HASH]: result.images[0]?.hash }]);
});

test('build arguments: every value arrives as it is, whatever docker does with variables of that name', async ({
  project,
  images,
  scope,
}) => {
  const seed = aSeed();
  const values = fc.sample(text, { seed, numRuns: 60 });
  // Variables that docker, buildx or Go look at, but not such as would send them elsewhere.
  const known = {
    ...{ HTTP_PROXY: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9', NO_PROXY: 'x' },
    ...{ LC_ALL: 'de_DE.UTF-8', LANG: 'tr_TR.UTF-8', TZ: 'Asia/Tokyo', TERM: 'none', USER: 'x' },
    ...{ NO_COLOR: '1', BUILDKIT_PROGRESS: 'tty', BUILDKIT_COLORS: 'x', DOCKER_VERSION: '1' },
    ...{ DOCKER_DEFAULT_PLATFORM: 'linux/s390x', SOURCE_DATE_EPOCH: '86400', BUILDX_VERSION: '1' },
    ...{ PWD: '/nowhere', SHELL: '/nowhere', HOSTNAME: 'x', GOMAXPROCS: '1', NODE_OPTIONS: '--x' },
  };
  const args = new Map([
    ...Object.entries(known),
    ...values.map((value, index): [string, string] => [`A${index}`, value]),
  ]);
  const hashed = [...args.keys()].filter((_, index) => index % 3 > 0);
  const { up } = await project({
    'ensure.yaml': JSON.stringify({
      images: {
        app: {
          name: `${scope}/app`,
          build: {
            build_args: escaped(Object.fromEntries(hashed.map((name) => [name, args.get(name)]))),
            unhashed_build_args: escaped(
              Object.fromEntries([...args].filter(([name]) => !hashed.includes(name))),
            ),
          },
        },
      },
    }),
    Dockerfile: [
      FROM,
      ...[...args.keys()].flatMap((name) => [`ARG ${name}`, `ENV SEEN_${name}="\${${name}}"`]),
    ].join('\n'),
  });

  succeeded(await up());
  const env = await images.env(`${scope}/app`);
  for (const [name, value] of args) {
    expect(env[`SEEN_${name}`], `${name}, seed ${seed}`).toBe(value);
  }
  console.log(`build arguments: ${args.size}, seed ${seed}`);
});

it('what is in the environment reaches a build by its arguments only', async ({
  project,
  images,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      images:
        none: { name: ${scope}/none, build: {} }
        named: { name: ${scope}/named, build: { build_args: { SOURCE_DATE_EPOCH: , ANY: } } }
    `,
    Dockerfile: `${FROM}\nARG SOURCE_DATE_EPOCH=none\nARG ANY=none\nENV SEEN="$SOURCE_DATE_EPOCH $ANY"\n`,
  });

  succeeded(
    await up([], { env: { SOURCE_DATE_EPOCH: '86400', ANY: 'any', BUILDX_GIT_LABELS: '1' } }),
  );
  expect((await images.env(`${scope}/none`)).SEEN).toBe('none none');
  expect((await images.env(`${scope}/named`)).SEEN).toBe('86400 any');
  expect(Object.keys(await images.labels(`${scope}/named`)).sort()).toEqual([HASH, INPUTS]);
});

/** The strings as a manifest has them, under names of their own: `$` is for interpolation. */
function escaped(strings: readonly string[] | Record<string, string | undefined>) {
  return Object.fromEntries(
    Object.entries(strings).map(([name, string = '']) => [
      Array.isArray(strings) ? `M${name}` : name,
      string.replaceAll('$', '$$$$'),
    ]),
  );
}
