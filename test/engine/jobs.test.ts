import { readdir } from 'node:fs/promises';
import { expect } from 'vitest';
import { spyOnDocker } from '../rig/docker-spy.ts';
import { fates, succeeded, test } from '../rig/engine-test.ts';

/** Lets no build through before so many have begun. */
const together = (count: number) => `case "$1 $2" in
  'buildx bake')
    : >"$notes/begun-$$"
    until set -- "$notes"/begun-*; [ $# -ge ${count} ]; do sleep 0.02; done ;;
esac`;

/** Notes where two docker commands run at the same time. */
const ALONE = {
  before: 'mkdir "$notes/running" 2>/dev/null || : >"$notes/overlap"',
  after: 'rmdir "$notes/running"',
};

const four = (scope: string) => ({
  'ensure.yaml': [
    'defaults: { build: { files: nothing } }',
    'images:',
    ...['a', 'b', 'c', 'd'].map((key) => `  ${key}: { name: ${scope}/${key}, build: {} }`),
  ].join('\n'),
  Dockerfile: 'FROM docker-ensure-seed:1\n',
});

test('independent images are built side by side, four at least', async ({
  project,
  engine,
  scope,
}) => {
  const { up } = await project(four(scope));
  const docker = await spyOnDocker(engine, { before: withArgv(together(4)) });

  // Were they built one after the other, the first would wait for ever.
  const all = { a: 'build', b: 'build', c: 'build', d: 'build' };
  expect(fates(succeeded(await up([], { env: docker.env })))).toEqual(all);
});

test('--jobs 1 runs one docker command at a time', async ({ project, engine, scope }) => {
  const { up } = await project(four(scope));
  const docker = await spyOnDocker(engine, ALONE);

  succeeded(await up(['--jobs', '1'], { env: docker.env }));
  expect(await readdir(docker.notes)).not.toContain('overlap');
  expect((await docker.calls()).filter(([, verb]) => verb === 'bake').length).toBe(4);
});

test('children of one parent wait for it, and then start together', async ({
  project,
  engine,
  images,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      defaults: { with_hash: true, build: { files: nothing } }
      images:
        top: { name: ${scope}/top, build: { dockerfile: top.Dockerfile, parents: [left, right] } }
        left: { name: ${scope}/left, build: { dockerfile: left.Dockerfile, parents: [base] } }
        right: { name: ${scope}/right, build: { dockerfile: right.Dockerfile, parents: [base] } }
        base: { name: ${scope}/base, build: { dockerfile: base.Dockerfile } }
    `,
    'base.Dockerfile': 'FROM docker-ensure-seed:1\nENV BASE=1\nCOPY <<E /base\nE\n',
    'left.Dockerfile': `FROM ${scope}/base\nCOPY <<E /left\nE\n`,
    'right.Dockerfile': `FROM ${scope}/base\nCOPY <<E /right\nE\n`,
    'top.Dockerfile': `FROM ${scope}/left\nCOPY --from=${scope}/right /right /base /\n`,
  });
  // The second and the third build wait for each other; the base and the top for nobody.
  const docker = await spyOnDocker(engine, {
    before: `case "$*" in 'buildx bake'*)
      cat >"$notes/input-$$"
      exec <"$notes/input-$$"
    esac
    ${withArgv(`if grep -q '/base" = "docker-image:' "$notes/input-$$" 2>/dev/null; then
      : >"$notes/begun-$$"
      until set -- "$notes"/begun-*; [ $# -ge 2 ]; do sleep 0.02; done
    fi`)}`,
  });

  const { result, stderr } = succeeded(await up([], { env: docker.env }));
  expect(result.images.map(({ image }) => image)).toEqual(['base', 'left', 'right', 'top']);
  const order = stderr.split('\n').flatMap((line) => /^(\w+) +(building|built)/.exec(line) ?? []);
  const at = (line: string) => order.findIndex((text) => text.replace(/ +/, ' ') === line);
  expect(at('base built')).toBeLessThan(Math.min(at('left building'), at('right building')));
  expect(Math.max(at('left built'), at('right built'))).toBeLessThan(at('top building'));
  expect(await images.run(result.images[3]?.ref ?? '', 'ls /base /left /right')).toBe(
    '/base\n/left\n/right',
  );
});

/** Runs shell in a function of its own, so that it may set its arguments. */
function withArgv(shell: string): string {
  return `before() {\n${shell}\n}\nbefore "$@"`;
}
