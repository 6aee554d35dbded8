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

test('target, labels and the other options of docker build reach the build', async ({
  project,
  engine,
  images,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      images:
        app:
          name: ${scope}/app
          build:
            files: nothing
            target: wanted
            labels: { "org.example.text": "with, comma = and \\"quotes\\"" }
            extra_hosts: { registry.internal: 10.1.2.3 }
            network: none
            shm_size: 32m
            ulimits: { nofile: "99:99" }
            additional_contexts: { config: ./config }
            secrets: [{ id: word, env: SECRET_WORD }, { id: text, src: ./secret.txt }]
            no_cache: true
    `,
    Dockerfile: `
FROM docker-ensure-seed:1 AS first
FROM first AS wanted
COPY --from=config . /config
RUN --mount=type=secret,id=word --mount=type=secret,id=text \\
  { grep registry.internal /etc/hosts; ulimit -n; df -k /dev/shm | tail -n 1 | tr -s ' ' | cut -d ' ' -f 2; \\
    ls /sys/class/net; cat /run/secrets/word /run/secrets/text | wc -c; } >/seen
FROM wanted AS unwanted
RUN false
`,
    'config/setting': 'on',
    'secret.txt': 'a file of secrets',
  });

  succeeded(await up([], { env: { SECRET_WORD: 'hush' } }));
  expect(await images.run(`${scope}/app`, 'cat /seen /config/setting')).toBe(
    '10.1.2.3\tregistry.internal\n99\n32768\nlo\n21\non',
  );
  expect((await images.labels(`${scope}/app`))['org.example.text']).toBe(
    'with, comma = and "quotes"',
  );
  const history = await engine.docker(['history', '--no-trunc', `${scope}/app`]);
  expect(history.stdout).not.toContain('hush');
});
