import { expect } from 'vitest';
import { succeeded, test } from '../rig/engine-test.ts';

/** Instructions that copy the context and say which Dockerfile this was. */
const saying = (word: string) => `FROM docker-ensure-seed:1\nENV FROM_FILE=${word}\nCOPY . /c\n`;

test('directory and dockerfile say what is built: in the directory, outside it, or inline', async ({
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
  expect(await list('inline')).toBe('inline\n./source');
  expect(await images.env(`${scope}/inline`)).toMatchObject({ COST: '$5' });
});
