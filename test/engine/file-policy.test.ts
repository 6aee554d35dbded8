import { expect } from 'vitest';
import { fates, succeeded } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn();

const POLICIES: Record<string, string> = {
  usual: '',
  all: 'files: all',
  nothing: 'files: nothing',
  only: 'files: { only: [src, "*.md", "!src/skip.txt"] }',
  all_but: 'files: { all_but: [src, "**/*.log"] }',
  mixed: 'files: { only: ["src/**", "*.md"], all_but: ["**/skip.txt"] }',
};

const FILES = {
  '.dockerignore': '# as docker build\n*.md\n!KEEP.md\nsrc/*\n!src/main.sh\n',
  '.hidden': 'h',
  'KEEP.md': 'k',
  'NOTES.md': 'n',
  'src/main.sh': { text: 'echo main\n', mode: 0o755 },
  'src/skip.txt': 's',
  'src/deep/run.log': 'l',
  'we[i]rd !name $x.txt': 'w',
};

/** What each policy makes of the files above. */
const SEEN: Record<string, string[]> = {
  usual: ['.dockerignore', '.hidden', 'KEEP.md', 'src/main.sh', 'we[i]rd !name $x.txt'],
  all: Object.keys(FILES),
  nothing: [],
  only: ['KEEP.md', 'NOTES.md', 'src/main.sh', 'src/deep/run.log'],
  all_but: ['.dockerignore', '.hidden', 'KEEP.md', 'NOTES.md', 'we[i]rd !name $x.txt'],
  mixed: ['KEEP.md', 'NOTES.md', 'src/main.sh', 'src/deep/run.log'],
};

it('the file policy says what the build can see, and what is hashed: the same files', async ({
  project,
  images,
  scope,
}) => {
  const { up, write } = await project({
    'ensure.yaml': [
      'defaults: { with_hash: true, build: { directory: app, dockerfile: ../Dockerfile } }',
      'images:',
      ...Object.entries(POLICIES).map(
        ([key, files]) => `  ${key}: { name: ${scope}/${key}, build: { ${files} } }`,
      ),
    ].join('\n'),
    Dockerfile: 'FROM docker-ensure-seed:1\nCOPY . /c\n',
    ...inApp(FILES),
  });

  // The build sees them.
  const { result } = succeeded(await up());
  const refs = new Map(result.images.map(({ image, ref }) => [image, ref]));
  for (const [key, files] of Object.entries(SEEN)) {
    const found = await images.run(refs.get(key) ?? '', 'cd /c && find . -type f | sort');
    expect(found.split('\n').filter(Boolean), key).toEqual(files.map((file) => `./${file}`).sort());
  }
  const main = await images.run(refs.get('all') ?? '', 'cd /c/src && stat -c %a main.sh skip.txt');
  expect(main).toBe('755\n644');

  // The hash covers them, and nothing else: a change is seen by those policies that see the file.
  for (const file of ['NOTES.md', 'src/skip.txt', '.hidden', 'src/deep/run.log']) {
    await write(inApp({ [file]: 'changed' }));
    const changed = succeeded(await up(['--dry-run']));
    const hashing = Object.keys(POLICIES).filter((key) => SEEN[key]?.includes(file));
    const rebuilt = Object.entries(fates(changed)).filter(([, fate]) => fate === 'build');
    expect(
      rebuilt.map(([key]) => key),
      file,
    ).toEqual(hashing);
    await write(inApp({ [file]: FILES[file as keyof typeof FILES] }));
  }
  expect(new Set(Object.values(fates(succeeded(await up(['--dry-run'])))))).toEqual(
    new Set(['none']),
  );
});

it("a Dockerfile's own ignore file comes before .dockerignore", async ({
  project,
  images,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      images:
        own: { name: ${scope}/own, build: { dockerfile: own.Dockerfile } }
        all: { name: ${scope}/all, build: { dockerfile: own.Dockerfile, files: all } }
    `,
    'own.Dockerfile': 'FROM docker-ensure-seed:1\nCOPY [ab] /c/\n',
    'own.Dockerfile.dockerignore': 'a\n',
    '.dockerignore': 'b\n',
    a: '',
    b: '',
  });

  succeeded(await up());
  expect(await images.run(`${scope}/own`, 'ls /c')).toBe('b');
  expect(await images.run(`${scope}/all`, 'ls /c')).toBe('a\nb');
});

/** The files, in the folder `app`. */
function inApp<T>(files: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(files).map(([path, file]) => [`app/${path}`, file]));
}
