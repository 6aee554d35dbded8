import { expect } from 'vitest';
import { HASH_LABEL } from '../../src/model/image-labels.ts';
import { fates, succeeded, test } from '../rig/engine-test.ts';
import { onThisStore } from '../rig/one-store.ts';

/** Each ends with `base` as its parent and `/word` in it, however oddly it is written. */
const ODD: Readonly<Record<string, (base: string) => string>> = {
  // The escape character before the last one takes its meaning away.
  'escaped-escape': (base) => `FROM scratch AS lost\nLABEL a=b\\\\\nFROM ${base}\n`,
  'other-escape': (base) => `# escape=\`\nFROM scratch AS lost\nLABEL a=b\\\nFROM \`\n  ${base}\n`,
  'late-escape': (base) =>
    `# other=x\n# escape=\`\nFROM scratch AS lost\nLABEL a=\\\nb\nFROM ${base}\n`,
  script: (base) => `#!/usr/bin/env docker\nFROM ${base}\n`,
  heredocs: (base) =>
    `FROM ${base}\nCOPY <<one <<-"two" /doc/\nFROM lost\none\n\tLABEL a=b\n\ttwo\nLABEL after=yes\n`,
  'no-heredoc': (base) => `FROM scratch AS lost\nLABEL a="<<EOF"\nFROM ${base}\nLABEL after=yes\n`,
  returns: (base) => `FROM ${base}\r\nLABEL a="b\rc" \\\r\n  d=e\r\nLABEL after=yes\r\n`,
  'no-break-space': (base) => `\u00a0FROM ${base}\u00a0\nLABEL after=yes`,
  'no-last-newline': (base) => `FROM scratch AS lost\nFROM ${base}`,
  'quoted-flag': (base) => `FROM scratch\nCOPY --chown="0:0" --from=${base} /word /word`,
  pattern: (base) => `ARG NAME=x/${base}\nFROM \${NAME#x/}\n`,
  'lower-case': (base) => `from ${base} as Last\nfrom last\nlabel after=yes\n`,
};

test('oddly written Dockerfiles are built on their parents, with their labels', async ({
  engine,
  project,
  scope,
}) => {
  const base = `${scope}/base`;
  const keys = onThisStore(Object.keys(ODD));
  const { up } = await project({
    'ensure.yaml': JSON.stringify({
      defaults: { build: { files: 'nothing' } },
      images: {
        base: { name: base, build: { dockerfile: 'base.Dockerfile', files: { only: ['word'] } } },
        ...Object.fromEntries(
          keys.map((key) => [
            key,
            { name: `${scope}/${key}`, build: { parents: ['base'], dockerfile: `${key}.odd` } },
          ]),
        ),
      },
    }),
    word: 'of the parent',
    'base.Dockerfile': 'FROM scratch\nCOPY word /word\n',
    ...Object.fromEntries(keys.map((key) => [`${key}.odd`, ODD[key]?.(base) ?? ''])),
  });

  const all = [...keys, 'base'];
  expect(fates(succeeded(await up()))).toEqual(
    Object.fromEntries(all.map((key) => [key, 'build'])),
  );

  const inspect = async (key: string) => {
    const format = '{{json .RootFS.Layers}} {{json .Config.Labels}}';
    const { stdout } = await engine.docker(['image', 'inspect', '-f', format, `${scope}/${key}`]);
    const [layers = '', labels = ''] = stdout.split(/ (?=\{)/);
    return { layers: JSON.parse(layers) as string[], labels: JSON.parse(labels) };
  };
  const [layer] = (await inspect('base')).layers;
  for (const key of keys) {
    const { layers, labels } = await inspect(key);
    if (key !== 'quoted-flag') expect([key, layers[0]]).toEqual([key, layer]);
    expect([key, layers.length]).toEqual([key, key === 'heredocs' ? 2 : 1]);
    expect(labels[HASH_LABEL]).toMatch(/^[0-9a-f]{64}$/);
    expect([key, labels.after ?? null]).toEqual([
      key,
      /LABEL after|label after/.test(ODD[key]?.('') ?? '') ? 'yes' : null,
    ]);
  }
});
