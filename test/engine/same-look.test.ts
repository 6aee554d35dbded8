import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { endedWith, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';
import type { Project } from '../rig/project.ts';
import { type Random, randomFrom } from '../rig/random.ts';

const it = inTurn('containerd');

const KEYS = ['one', 'two', 'three'] as const;
const ROUNDS = 3;

/** Files of an image that all look alike from outside: of one size, and later of one time. */
function contents(key: string, random: Random): Record<string, string> {
  const word = () => String(10_000 + random.below(4));
  return {
    [`${key}/Dockerfile`]: `FROM scratch\nCOPY . /c\nCOPY --from=extra . /e\nENV W=${word()}\n`,
    [`${key}/.dockerignore`]: 'Dockerfile\n.dockerignore\n',
    [`${key}/a`]: word(),
    [`${key}/sub/b`]: word(),
    [`${key}/run`]: word(),
    [`${key}-extra/a`]: word(),
  };
}

function manifestOf(scope: string): string {
  const images = KEYS.map(
    (key) => `
      ${key}:
        name: ${scope}/${key}
        build: { directory: ${key}, additional_contexts: { extra: ${key}-extra } }`,
  );
  return `
    defaults: { with_hash: true }
    images:${images.join('')}
      all:
        name: ${scope}/all
        build: { dockerfile: All, files: nothing, parents: [${KEYS.join(', ')}] }
  `;
}

/** An image that holds all others, so that one container can show what is in them. */
function collector(scope: string): string {
  const copies = KEYS.map((key) => `COPY --from=${scope}/${key} / /all/${key}`);
  return ['FROM docker-ensure-seed:1', ...copies].join('\n');
}

async function ofOneTime({ folder }: Project): Promise<void> {
  for (const path of await readdir(folder, { recursive: true })) {
    await utimes(join(folder, path), 1_700_000_000, 1_700_000_000);
  }
}

test('files that look alike are never mixed up: siblings, edits, projects, contexts, Dockerfiles', async ({
  project,
  images,
  scope,
}) => {
  const seed = Number(process.env.SAME_LOOK_SEED ?? Date.now() % 1_000_000);
  const random = randomFrom(seed);
  const projects = await Promise.all(
    ['p', 'q'].map(async (name) => {
      const own = `${scope}/${name}`;
      return { own, made: await project({ 'ensure.yaml': manifestOf(own), All: collector(own) }) };
    }),
  );
  const wrong: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { own, made } of projects) {
      const files = Object.assign({}, ...KEYS.map((key) => contents(key, random)));
      await made.write(files);
      await ofOneTime(made);
      const { result } = succeeded(await made.up());
      const all = result.images.find(({ image }) => image === 'all');
      const found = await images.run(all?.ref ?? '', 'cd /all; grep -r . . | sort');
      const lines = found.split('\n').filter((line) => line.startsWith('./'));
      const expected = KEYS.flatMap((key) => [
        `./${key}/c/a:${files[`${key}/a`]}`,
        `./${key}/c/run:${files[`${key}/run`]}`,
        `./${key}/c/sub/b:${files[`${key}/sub/b`]}`,
        `./${key}/e/a:${files[`${key}-extra/a`]}`,
      ]).sort();
      const missing = expected.filter((line) => !lines.includes(line));
      wrong.push(...missing.map((line) => `round ${round}, ${own}: no ${line}`));
      expect(lines.length).toBe(expected.length);
      for (const key of KEYS) {
        const { ref } = result.images.find(({ image }) => image === key) ?? { ref: '' };
        const { W } = await images.env(ref);
        if (!files[`${key}/Dockerfile`].includes(`W=${W}`)) wrong.push(`${own}/${key}: W=${W}`);
      }
    }
  }
  expect(wrong, `SAME_LOOK_SEED=${seed}`).toEqual([]);
});

it('what is of docker-ensure itself is no input: its manifest, env file, cache and temporary files', async ({
  project,
  images,
  scope,
}) => {
  const { write, run, folder } = await project({
    'ensure.yaml': `
      registries: { team: { server: "127.0.0.1:1", username: robot, password: word } }
      defaults: { with_hash: true }
      images:
        usual: { name: ${scope}/usual, build: {} }
        but: { name: ${scope}/but, build: { files: { all_but: [none] } } }
        asked: { name: ${scope}/asked, build: { dockerfile_inline: "FROM docker-ensure-seed:1\\nCOPY . /c", files: { only: [ensure.yaml, .env] } } }
    `,
    '.env': 'A=1\n',
    'extra.env': 'B=1\n',
    Dockerfile: 'FROM docker-ensure-seed:1\nCOPY . /c\n',
    file: 'content',
    'tmp/mine': 'mine',
  });
  const env = { DOCKER_ENSURE_CACHE: join(folder, '.cache'), TMPDIR: join(folder, 'tmp') };
  const args = ['--env-file', 'extra.env', 'up', '--json'];
  const first = JSON.parse(succeeded(await run(args, { env })).stdout);
  const [usual, but, asked] = first.images.map(({ ref }: { ref: string }) => ref);
  const found = 'cd /c; find . -type f | sort | tr "\\n" " "';
  expect(await images.run(usual, found)).toBe('./Dockerfile ./file ./tmp/mine ');
  expect(await images.run(but, found)).toBe('./Dockerfile ./file ./tmp/mine ');
  expect(await images.run(asked, found)).toBe('./.env ./ensure.yaml ');

  await write({ '.env': 'A=2\n', 'extra.env': 'B=2\n' });
  const again = JSON.parse(succeeded(await run(args, { env })).stdout);
  const refs = again.images.map(({ ref }: { ref: string }) => ref);
  expect([refs[0], refs[1], refs[2] === asked]).toEqual([usual, but, false]);

  await write({ Dockerfile: 'FROM scratch\nCOPY ./ensure.yaml /\n' });
  const { stderr } = endedWith(2, await run(['up', 'usual'], { env }));
  expect(stderr).toContain(
    '`COPY` asks for `./ensure.yaml`, which docker-ensure reads or writes itself and leaves out of the build',
  );
});
