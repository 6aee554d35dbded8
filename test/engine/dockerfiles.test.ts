import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { succeeded } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn();

/** Instructions that copy the context and say which Dockerfile this was. */
const saying = (word: string) => `FROM docker-ensure-seed:1\nENV FROM_FILE=${word}\nCOPY . /c\n`;

it('directory and dockerfile say what is built: in the directory, outside it, or inline', async ({
  project,
  images,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      images:
        here: { name: ${scope}/here, build: { files: { only: [top] } } }
        inside: { name: ${scope}/inside, build: { directory: app, dockerfile: docker/App } }
        outside: { name: ${scope}/outside, build: { directory: app, dockerfile: ../Elsewhere } }
        lower: { name: ${scope}/lower, build: { directory: small } }
        inline:
          name: ${scope}/inline
          build:
            directory: app
            dockerfile_inline: |
              FROM docker-ensure-seed:1
              ENV FROM_FILE=inline COST='$$5'
              COPY source /c/
    `,
    Dockerfile: saying('default'),
    Elsewhere: saying('elsewhere'),
    top: '',
    'app/docker/App': saying('inside'),
    'app/source': '',
    // What docker takes where there is no `Dockerfile`.
    'small/dockerfile': saying('lower'),
    // None of these says what is built.
    'app/Dockerfile': 'FROM nowhere\n',
    'app/Elsewhere': 'FROM nowhere\n',
  });
  const list = (name: string) =>
    images.run(`${scope}/${name}`, 'echo $FROM_FILE; cd /c && find . -type f | sort');

  succeeded(await up());
  expect(await list('here')).toBe('default\n./top');
  const app = './Dockerfile\n./Elsewhere\n./docker/App\n./source';
  expect(await list('inside')).toBe(`inside\n${app}`);
  expect(await list('outside')).toBe(`elsewhere\n${app}`);
  expect(await list('lower')).toBe('lower\n./dockerfile');
  expect(await list('inline')).toBe('inline\n./source');
  expect(await images.env(`${scope}/inline`)).toMatchObject({ COST: '$5' });
});

it('odd names of folders, and links in the place of a Dockerfile and of its ignore file', async ({
  project,
  images,
  scope,
}) => {
  const { run, folder } = await project({
    'of all/Dockerfile': [
      'FROM docker-ensure-seed:1',
      'RUN --mount=type=secret,id=key,target=/key cat /key >/said',
      'COPY --from=more . /more',
      'COPY . /c',
    ].join('\n'),
    "it's, 1=1 #ü/ensure.yaml": JSON.stringify({
      images: {
        app: {
          name: `${scope}/odd`,
          build: {
            directory: 'in "side"',
            dockerfile: 'Docker file',
            secrets: [{ id: 'key', src: 'key,id="x"' }],
            additional_contexts: { more: 'type=local, more' },
          },
        },
      },
    }),
    'it\'s, 1=1 #ü/key,id="x"': 'opened\n',
    "it's, 1=1 #ü/type=local, more/file": '',
    'it\'s, 1=1 #ü/in "side"/kept': '',
    'it\'s, 1=1 #ü/in "side"/rules': 'left out\n',
    'it\'s, 1=1 #ü/in "side"/left out': '',
  });
  const cwd = join(folder, "it's, 1=1 #ü");
  await symlink('../../of all/Dockerfile', join(cwd, 'in "side"/Docker file'));
  await symlink('rules', join(cwd, 'in "side"/.dockerignore'));

  succeeded(await run(['up'], { cwd }));
  expect(await images.run(`${scope}/odd`, 'cat /said; ls -A /more /c')).toBe(
    'opened\n/c:\n.dockerignore\nDocker file\nkept\nrules\n\n/more:\nfile',
  );
});
