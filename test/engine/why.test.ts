import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { expect } from 'vitest';
import { pushAs, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn('containerd');

const SCHEMA = new URL('../../schema/why.schema.json', import.meta.url);

test('why: what differs from the newest image here, from a reference here, and from one in a registry', async ({
  project,
  engine,
  images,
  registry,
  scope,
}) => {
  const manifest = (python: string) => `
    defaults: { with_hash: true }
    images:
      base: { name: ${scope}/base, build: { files: nothing, dockerfile: base.Dockerfile } }
      app:
        name: ${scope}/app
        version: "1.4"
        build: { directory: app, parents: [base], build_args: { PYTHON: "${python}" } }
  `;
  const { up, run, write } = await project({
    'ensure.yaml': manifest('3.11'),
    'base.Dockerfile': 'FROM scratch\nLABEL a=1\n',
    'app/Dockerfile': `FROM ${scope}/base\nARG PYTHON\nCOPY . /app\n`,
    'app/one.txt': '1',
    'app/two.txt': '2',
  });
  const refOf = async (key: string) => (await run(['ref', key])).stdout.trim();
  const explain = async (...args: string[]) => succeeded(await run(['why', ...args])).stdout;
  const validate = new Ajv().compile(JSON.parse(await readFile(SCHEMA, 'utf8')));
  const document = async (...args: string[]) => {
    const found = JSON.parse(await explain(...args, '--json'));
    expect(validate(found), JSON.stringify(validate.errors)).toBe(true);
    return found;
  };

  const first = await refOf('app');
  expect(await explain('app')).toBe(
    `app  ${first} was never built here, and nothing else of its repository is here\n`,
  );
  succeeded(await up());
  expect(await explain('app')).toBe(
    `app  ${first} is here, and is what would be built: identical\n`,
  );

  await write({
    'ensure.yaml': manifest('3.12'),
    'base.Dockerfile': 'FROM scratch\nLABEL a=2\n',
    'app/one.txt': '3',
    'app/three.txt': '',
  });
  const second = await refOf('app');
  const differences = `  files  1 changed, 1 added
    ~ one.txt  app/Dockerfile:3:6 \`COPY\` takes all of it
    + three.txt  app/Dockerfile:3:6 \`COPY\` takes all of it
  parents.${scope}/base  the parent base changed:
    dockerfile  changed
      @@ -1,2 +1,2 @@
       FROM scratch
      -LABEL a=1
      +LABEL a=2
  build_args.PYTHON  3.11 → 3.12
`;
  const told = await explain('app');
  expect(told.replace(/built \d+ (s|min) ago/, 'built just now')).toBe(
    `app  ${second} differs from ${first}, built just now:\n${differences}`,
  );
  expect(await document('app')).toMatchObject({
    format: 'docker-ensure/why/v1',
    verdict: 'changed',
    against: { ref: first },
    differences: [
      { is: 'files', files: [{ by: 'app/Dockerfile:3:6 `COPY` takes all of it' }, {}] },
      { is: 'parent', image: 'base' },
      { input: 'build_args.PYTHON' },
    ],
  });

  // The same again for an image of a registry that is not here.
  const there = `${registry.host}/${scope}/app:old`;
  await pushAs(engine, first, there);
  succeeded(await up());
  expect(await document('app')).toMatchObject({ verdict: 'identical', against: null });
  expect(await explain('app', '--against', there)).toBe(
    `app  ${second} differs from ${there}:\n${differences}`,
  );
  expect(await document('app', '--against', second)).toMatchObject({
    verdict: 'identical',
    against: { ref: second },
    differences: [],
  });

  await images.remove(second);
  expect(await document('app')).toMatchObject({ verdict: 'removed', against: { ref: first } });
  await images.remove(first);
  expect(await explain('app')).toBe(`app  ${second} was built here, and is here no longer\n`);

  for (const [ref, message] of [
    [there.replace(':old', ':none'), 'is neither here nor in its registry'],
    ['docker-ensure-seed:1', 'does not say what it was built from'],
  ] as const) {
    const ran = await run(['why', 'app', '--against', ref]);
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' });
    expect(ran.stderr).toContain(`error: app: ${ref} ${message} (no-inputs)\n`);
  }
});

it('why: an image without a hash in its tag is compared with what has its tag', async ({
  project,
  scope,
}) => {
  const manifest = (label: string) => `
    images:
      app: { name: ${scope}/app, build: { files: nothing, labels: { a: ${label} }, dockerfile_inline: FROM scratch } }
  `;
  const { up, run, write } = await project({ 'ensure.yaml': manifest('one') });
  succeeded(await up());
  expect((await run(['why', 'app'])).stdout).toMatch(/: identical\n$/);
  await write({ 'ensure.yaml': manifest('two') });
  expect((await run(['why', 'app'])).stdout).toMatch(
    /^app {2}\S+\/app differs from \S+\/app:latest, built \d+ (s|min) ago:\n {2}labels\.a {2}one → two\n$/,
  );
});
