import { describe, expect, it } from 'vitest';
import { createDocker } from '../../src/docker/docker-cli.ts';
import type { Call, Ended } from '../../src/docker/exec.ts';
import { holderName } from '../../src/machine/process-identity.ts';
import type { ResolvedBuild } from '../../src/model/resolved.ts';
import { alone, BUILT, buildWith, DIGEST, imageLine, stage, succeeds } from './scripted.ts';

const CONTAINERD = '[["driver-type","io.containerd.snapshotter.v1"]]';
const PARENTS = [{ key: 'base', name: 'base', contexts: ['base'], ref: 'base:1', hash: null }];

/** Builds on an engine of the containerd store, where these are here by name. */
async function build(
  keys: Partial<ResolvedBuild>,
  {
    offline = false,
    left = '',
    said = '',
    driver = 'docker',
    store = CONTAINERD,
    refused = '',
  } = {},
) {
  const staged = await stage();
  const calls: string[][] = [];
  const definitions: string[] = [];
  const well: Ended = { exitCode: 0, stdout: '', stderr: '', missing: false, timedOut: false };
  const answer = async (words: readonly string[], call: Call): Promise<Partial<Ended>> => {
    const line = words.join(' ');
    if (words[0] === 'tag' && words[1] === refused)
      return { exitCode: 1, stderr: 'no space left on device\n' };
    if (words[0] === 'info') return { stdout: store };
    if (line.startsWith('buildx inspect')) return { stdout: `Name: x\nDriver:   ${driver}\n` };
    if (line.includes('reference=127.0.0.1:0/docker-ensure')) return { stdout: left };
    if (line.startsWith('image ls')) {
      return {
        stdout: imageLine('base', '1', 'sha256:aa') + imageLine('alpine', '3', 'sha256:bb'),
      };
    }
    if (line.startsWith('image inspect --format {{.Id}} alpine@')) return { stdout: 'sha256:cc\n' };
    if (line.startsWith('buildx bake')) {
      definitions.push(call.input ?? '');
      for (const each of said.split('\n')) call.onLine?.(each.replace('ALIAS', aliasIn(call)));
      return succeeds(staged)();
    }
    return {};
  };
  const docker = createDocker(async (call) => {
    calls.push([...call.argv]);
    return { ...well, ...(await answer(call.argv, call)) };
  });
  const lines: string[] = [];
  const request = alone(buildWith(keys), staged, {
    offline,
    onLog: (_, line) => lines.push(line),
  });
  const outcome = await docker.build(request);
  const argvs = () => calls.map((words) => words.join(' '));
  return { outcome, lines, docker, request, argvs, definitions };
}

function aliasIn({ input = '' }: Call): string {
  return input.match(/127\.0\.0\.1:0\/docker-ensure:[\w.-]+/)?.[0] ?? 'none';
}

describe('on the containerd store', () => {
  it('a parent is taken from a name that no registry can have, and that is taken away again', async () => {
    const { outcome, argvs, definitions } = await build({ parents: PARENTS });
    expect(outcome).toEqual(BUILT);
    const holder = await holderName();
    const alias = argvs()
      .find((argv) => argv.startsWith('tag '))
      ?.split(' ')
      .at(-1);
    expect(alias).toMatch(new RegExp(`^127\\.0\\.0\\.1:0/docker-ensure:${holder}\\.\\d+$`));
    expect(argvs()).toContain(`tag sha256:aa ${alias}`);
    expect(definitions[0]).toContain(`contexts = { "base" = "docker-image://${alias}" }`);
    expect(argvs().at(-1)).toBe(`image rm --no-prune ${alias}`);
  });

  it('the store is asked for once a run', async () => {
    const { docker, request, argvs } = await build({ parents: PARENTS });
    await docker.build(request);
    expect(argvs().filter((argv) => argv.startsWith('info'))).toHaveLength(1);
  });

  it('nothing is asked for a build without parents', async () => {
    const { argvs } = await build({ baseImages: ['alpine:3'] });
    expect(argvs().map((argv) => argv.split(' ')[0])).not.toContain('info');
  });

  it('offline every image is taken so: base images, contexts and frontend', async () => {
    const { argvs, definitions } = await build(
      {
        parents: PARENTS,
        baseImages: ['alpine:3', `alpine@${DIGEST}`],
        syntax: 'alpine:3',
        buildArgs: new Map([['BUILDKIT_SYNTAX', 'alpine:3']]),
        additionalContexts: new Map([
          ['tools', { kind: 'remote', source: 'docker-image://alpine:3' }],
          ['page', { kind: 'remote', source: 'https://example.test/page.tar' }],
        ]),
      },
      { offline: true },
    );
    const tags = argvs().filter((argv) => argv.startsWith('tag '));
    expect(tags.map((tag) => tag.split(' ')[1]).sort()).toEqual([
      'sha256:aa',
      'sha256:bb',
      'sha256:cc',
    ]);
    const alias = (id: string) => tags.find((tag) => tag.includes(id))?.split(' ')[2];
    const contexts = /contexts = \{ (.*) \}/.exec(definitions[0] ?? '')?.[1];
    expect(contexts?.split(', ')).toEqual([
      `"base" = "docker-image://${alias('aa')}"`,
      `"alpine:3" = "docker-image://${alias('bb')}"`,
      `"alpine@${DIGEST}" = "docker-image://${alias('cc')}"`,
      `"tools" = "docker-image://${alias('bb')}"`,
      '"page" = "https://example.test/page.tar"',
    ]);
    expect(definitions[0]).toContain(`args = { "BUILDKIT_SYNTAX" = "${alias('bb')}" }`);
    const given = tags.map((tag) => tag.split(' ')[2]);
    expect(argvs().at(-1)).toBe(`image rm --no-prune ${given.join(' ')}`);
  });

  it('where one cannot be given its name nothing is built, and the others lose theirs', async () => {
    const parents = [
      ...PARENTS,
      { ...PARENTS[0]!, key: 'alpine', name: 'alpine', ref: 'alpine:3' },
    ];
    const { outcome, argvs, definitions } = await build({ parents }, { refused: 'sha256:bb' });
    expect(outcome).toMatchObject({
      ok: false,
      message: 'alpine:3 could not be handed to the build: no space left on device',
    });
    expect(definitions).toEqual([]);
    const given = argvs().find((argv) => argv.startsWith('tag sha256:aa '));
    expect(argvs().at(-1)).toBe(`image rm --no-prune ${given?.split(' ')[2]}`);
  });

  it("docker's output has the names that the user knows", async () => {
    const { lines } = await build({ parents: PARENTS }, { said: '#4 [context base] ALIAS' });
    expect(lines).toContain('#4 [context base] base:1');
  });

  it('names that killed runs have left are taken away', async () => {
    const [machine] = (await holderName()).split('-');
    const dead = `127.0.0.1:0/docker-ensure:${machine}-999999999-1.4`;
    const living = `127.0.0.1:0/docker-ensure:${machine}-${process.ppid}-0.1`;
    const elsewhere = '127.0.0.1:0/docker-ensure:00000000-1-1.1';
    const other = `127.0.0.1:0/docker-ensure:${machine}-999999998-1.1`;
    const left = `${dead}\n${living}\n${elsewhere}\n${other}\n`;
    const { argvs } = await build({ parents: PARENTS }, { left });
    const removed = argvs().filter((argv) => argv.startsWith('image rm'));
    expect(removed[0]).toBe(`image rm --no-prune ${dead} ${other}`);
    expect(removed).toHaveLength(2);
  });

  it('a builder of its own is left to find the parents itself', async () => {
    const keys = { parents: PARENTS, builder: 'own' };
    const { outcome, argvs, definitions } = await build(keys, { driver: 'docker-container' });
    expect(outcome).toEqual(BUILT);
    expect(argvs()).toContain('buildx inspect own');
    expect(argvs().join('\n')).not.toContain('127.0.0.1:0/docker-ensure:');
    expect(definitions[0]).toContain('contexts = { "base" = "docker-image://base:1" }');
  });
});

describe('on either store', () => {
  it.each(['[]', CONTAINERD])('a builder of its own cannot be kept offline: %s', async (store) => {
    const options = { driver: 'docker-container', offline: true, store };
    const { outcome, definitions } = await build({ parents: PARENTS }, options);
    expect(outcome).toEqual({
      ok: false,
      key: null,
      message: 'its builder is not the one in the engine: it knows no images of this machine',
      log: [],
      advice: 'build with `builder: default`, or run without --offline',
    });
    expect(definitions).toEqual([]);
  });

  it('the classic store finds what is here by itself', async () => {
    const { argvs } = await build({ parents: PARENTS }, { store: '[]' });
    expect(argvs().map((argv) => argv.split(' ')[0])).toEqual(['info', 'buildx']);
  });
});
