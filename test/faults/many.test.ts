import { expect } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../rig/fault-proxy.ts';
import { countFault } from '../rig/fault-tally.ts';
import { makeProject, type Running } from '../rig/project.ts';
import { hashesOf, ownTemporary, otherEngine as test } from './looking.ts';
import {
  chosen,
  held,
  manifestOf,
  recovers,
  repeated,
  succeeded,
  survives,
  type World,
  wholeSuite,
} from './rig.ts';

const CROWDS = chosen(
  [2, 4, 8].flatMap((count) => [
    { count, of: 'one project', wants: [[]], quick: false },
    { count, of: 'projects of their own', wants: [[]], quick: count === 2 },
    // Their groups overlap: each has the base, and one child that the next one has not.
    {
      count,
      of: 'projects of their own, for other children',
      wants: [['left'], ['right']],
      quick: count === 2,
    },
  ]),
);

const familyOf = (world: World) => ({
  'ensure.yaml': manifestOf(
    world,
    `
  base: { name: ${world.scope}/base, build: { dockerfile: Base } }
  left: { name: ${world.scope}/left, build: { parents: [base], dockerfile: Left } }
  right: { name: ${world.scope}/right, build: { parents: [base], dockerfile: Right } }`,
    { defaults: 'build: { files: nothing }' },
  ),
  Base: `FROM docker-ensure-seed:1\nRUN echo ${world.scope} >/base\n`,
  Left: `FROM ${world.scope}/base\nRUN echo left >/child\n`,
  Right: `FROM ${world.scope}/base\nRUN echo right >/child\n`,
});

/** Waits until all but one of the runs have said the text. */
async function saidByOthers(runs: readonly Running[], text: string): Promise<void> {
  let said = 0;
  await new Promise<void>((resolve, reject) => {
    const one = () => {
      said += 1;
      if (said === runs.length - 1) resolve();
    };
    // The one that works ends without a word of it.
    for (const run of runs) run.saw(text).then(one, () => reject(new Error('one did not wait')));
  });
}

test.for(CROWDS)(
  '$count runs at once of $of build and push each image once',
  async ({ count, of, wants }, { world, engine, project }) => {
    const { scope, proxy } = world;
    const first = await project(familyOf(world));
    const env = { TMPDIR: await ownTemporary(first) };
    const projects = [first];
    while (projects.length < count)
      projects.push(
        of === 'one project' ? first : await makeProject(familyOf(world), { env: engine.env }),
      );
    await survives(`${count} runs at once of ${of}`, world, async () => {
      const slow = proxy.inject({ on: { path: /\/base\/manifests\// }, does: 'stall' });
      const runs = projects.map(({ start }, at) =>
        start(['up', ...(wants[at % wants.length] ?? [])], { env }),
      );
      await saidByOthers(runs, `works on ${scope}/base:`);
      slow.lift();

      const ended = await Promise.all(runs.map((run) => run.ended));
      for (const run of ended) succeeded(run);
      const lines = ended.flatMap(({ stderr }) => stderr.split('\n'));
      for (const verb of ['built', 'pushed']) {
        const said = lines.filter((line) => new RegExp(`^\\w+ +${verb} `).test(line));
        const images = said.map((line) => line.split(' ')[0]).sort();
        expect(images, verb).toEqual(['base', 'left', 'right']);
      }
      const waiting = lines.filter((line) =>
        /^base +waiting +another run \(process \d+\)/.test(line),
      );
      // One that asks, and then builds, may have to wait twice.
      expect(waiting.length).toBeGreaterThanOrEqual(count - 1);
      expect(proxy.uploads()).toHaveLength(3);
      await recovers(world, first, [], { env });
    });
  },
);

/** A base, and layers of children that are each built on one or two of the layer below. */
function layersOf(scope: string, layers: readonly number[]) {
  const files: Record<string, string> = { i0: 'FROM docker-ensure-seed:1\nENV SELF=i0\n' };
  const rows = [`  i0: { name: ${scope}/i0, build: { dockerfile: i0 } }`];
  let below = ['i0'];
  for (const size of layers) {
    const layer = Array.from({ length: size }, (_, at) => `i${rows.length + at}`);
    for (const [at, key] of layer.entries()) {
      const parents = [...new Set([below[at % below.length]!, below[(at + 1) % below.length]!])];
      const [first, second] = parents;
      const copy =
        second === undefined ? '' : `COPY --from=${scope}/${second} /etc/group /${key}\n`;
      files[key] = `FROM ${scope}/${first}\n${copy}ENV SELF=${key}\n`;
      const build = `{ parents: [${parents.join(', ')}], dockerfile: ${key} }`;
      rows.push(`  ${key}: { name: ${scope}/${key}, build: ${build} }`);
    }
    below = layer;
  }
  return { files, rows: rows.join('\n'), keys: Object.keys(files) };
}

/** The tags that were uploaded although the same machine had been told that they are there. */
function uploadedInVain(proxy: FaultProxy): string[] {
  const there = new Set<string>();
  return proxy.requests().flatMap(({ method, url, status }) => {
    if (!/\/manifests\/[^:]+$/.test(url)) return [];
    if (method === 'GET' && status === 200) there.add(url);
    return method === 'PUT' && there.has(url) ? [url] : [];
  });
}

test('two machines that begin together end with the same images, and none that lies', async ({
  world,
  engine,
  other,
  registry,
}) => {
  const { scope, proxy } = world;
  const { files, rows, keys } = layersOf(scope, wholeSuite ? [6, 6, 7] : [1, 2]);
  const second = await startFaultProxy(registry.host);
  const record = { fault: 'two machines begin together', survived: false, imagesLost: 0 };
  const twice = () => repeated([...proxy.uploads(), ...second.uploads()]);
  try {
    const machines = await Promise.all(
      [
        { ...world, engine },
        { ...world, engine: other, proxy: second },
      ].map(async (machine) => {
        const manifest = manifestOf(machine, rows, { defaults: 'build: { files: nothing }' });
        const mine = await makeProject(
          { ...files, 'ensure.yaml': manifest },
          { env: machine.engine.env },
        );
        return { machine, mine, env: { TMPDIR: await ownTemporary(mine) } };
      }),
    );
    const runs = await Promise.all(machines.map(({ mine, env }) => mine.up([], { env })));
    const refs = runs.map((run) => succeeded(run).result.images.map(({ ref }) => ref));
    expect(refs[0]).toHaveLength(keys.length);
    expect(refs[1]).toEqual(refs[0]);

    const hashes = await hashesOf(machines[0]!.mine, keys);
    const tags = new Map(
      keys.map((key) => [`${scope}/${key}:${hashes.get(key)!.slice(0, 16)}`, key]),
    );
    const { remote } = await held(world);
    expect([...remote.keys()].sort()).toEqual([...tags.keys()].sort());
    for (const [tag, key] of tags)
      expect(remote.get(tag), tag).toMatchObject({ hash: hashes.get(key) });
    for (const { machine } of machines) {
      const { local } = await held(machine);
      for (const [tag, key] of tags)
        expect(local.get(tag), tag).toMatchObject({ hash: hashes.get(key) });
      expect(uploadedInVain(machine.proxy)).toEqual([]);
    }
    // A run by itself uploads nothing twice.
    expect([repeated(proxy.uploads()), repeated(second.uploads())]).toEqual([[], []]);
    record.survived = true;
  } finally {
    console.log(
      `uploads by two machines: ${proxy.uploads().length} + ${second.uploads().length}, twice: ${twice().length}`,
    );
    await countFault({ ...record, uploadsTwice: twice().length });
    await second.stop();
  }
});
