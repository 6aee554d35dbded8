import { describe, expect, it } from 'vitest';
import type { Facts, RegistryAnswer, RunPolicy } from '../../src/model/plan.ts';
import { decide } from '../../src/plan/decide.ts';
import { FREE, homeAt, type Imagined, imagine, MIRROR, TEAM } from '../rig/imagined.ts';
import { unknown } from '../rig/imagined-docker.ts';

/** What is known of an image, by the keys of its registries. */
interface Known extends Partial<Facts> {
  readonly team?: RegistryAnswer;
  readonly mirror?: RegistryAnswer;
  readonly owed?: readonly string[];
}

const both = [homeAt(TEAM), homeAt(MIRROR)];
const mirrored = [homeAt(TEAM), homeAt(MIRROR, 'pull_only')];
const mirrorFirst = [homeAt(MIRROR, 'pull_only'), homeAt(TEAM)];
const present: RegistryAnswer = { is: 'present', hash: imagine('app').hash };
const absent: RegistryAnswer = { is: 'absent' };
const here: Known = { local: true, builtFrom: imagine('app').hash };

/** A decision in a few words: what is done with which registries. */
function told(homes: Imagined['homes'], known: Known, run: Partial<RunPolicy> = {}, keys = {}) {
  const app = imagine('app', { homes: homes ?? [], ...keys });
  const { team, mirror, owed = [], ...facts } = known;
  const refOf = (key: string) => app.homes.find(({ registry }) => registry?.key === key)?.ref ?? '';
  const answers = Object.entries({ team, mirror }).flatMap(([key, answer]) =>
    answer === undefined ? [] : [[refOf(key), { answer, loggedIn: true }] as const],
  );
  const decision = decide(
    app,
    { ...FREE, ...run },
    {
      ...{ local: false, otherName: null, builtFrom: null, untested: false, meanwhile: false },
      ...{ neededFor: null, owedTo: new Set(owed.map(refOf)), answers: new Map(answers), ...facts },
    },
  );
  if (decision.action === 'fail') return `fail: ${decision.failure.message}`;
  const at = 'home' in decision ? ` ${decision.home.registry?.key}` : '';
  const pushes = 'push' in decision ? decision.push : [];
  const way = pushes.map(({ to, from }) =>
    from === null
      ? `push ${to.registry?.key}`
      : `copy ${from.registry?.key} to ${to.registry?.key}`,
  );
  return [`${decision.action}${at}`, ...way].join(', ');
}

describe('an image that must be here, and is not', () => {
  it('is looked for in one registry after the other', () => {
    expect(told(both, {})).toBe('pull team');
    expect(told(both, { team: absent })).toBe('pull mirror');
    expect(told(both, { team: absent, mirror: absent })).toBe('build, push team, push mirror');
    expect(told(mirrorFirst, {})).toBe('pull mirror');
    expect(told(mirrored, { team: absent, mirror: absent })).toBe('build, push team');
  });

  it('is pulled from the next where one cannot say whether it has it', () => {
    expect(told(mirrorFirst, { mirror: unknown('unreachable') })).toBe('pull team');
    expect(told(mirrorFirst, { mirror: unknown('unreachable'), team: absent })).toBe(
      'fail: the registry could not say whether it has mirror.test/app:' +
        `${imagine('app').hash}: unreachable`,
    );
    const brave = { onRegistryError: 'build' };
    expect(told(mirrorFirst, { mirror: unknown('timeout'), team: absent }, {}, brave)).toBe(
      'build, push team',
    );
  });

  it('is not pulled from one that is only pushed to', () => {
    const homes = [homeAt(MIRROR, 'push_only'), homeAt(TEAM)];
    expect(told(homes, {})).toBe('pull team');
    expect(told(homes, { team: absent })).toBe('build, push mirror, push team');
  });

  it('is refused where one has another under its tag', () => {
    const other: RegistryAnswer = { is: 'present', hash: 'f'.repeat(64) };
    expect(told(both, { team: absent, mirror: other })).toContain(
      `fail: mirror.test/app:${imagine('app').hash} is in the registry, but its label says`,
    );
  });
});

describe('require: registry', () => {
  const there = { require: 'registry' } as const;

  it('asks each that is pushed to, and no other as long as they have it', () => {
    expect(told(both, {}, there)).toBe('probe team');
    expect(told(both, { team: present }, there)).toBe('probe mirror');
    expect(told(both, { team: present, mirror: present }, there)).toBe('none');
    expect(told(mirrorFirst, {}, there)).toBe('probe team');
    expect(told(mirrorFirst, { team: present }, there)).toBe('none');
  });

  it('has copied what another one has', () => {
    expect(told(both, { team: absent, mirror: present }, there)).toBe('none, copy mirror to team');
    expect(told(both, { team: present, mirror: absent }, there)).toBe('none, copy team to mirror');
    expect(told(mirrored, { team: absent }, there)).toBe('probe mirror');
    expect(told(mirrored, { team: absent, mirror: present }, there)).toBe(
      'none, copy mirror to team',
    );
    expect(told(mirrored, { team: absent, mirror: absent }, there)).toBe('build, push team');
    const pushOnly = [homeAt(TEAM), homeAt(MIRROR, 'push_only')];
    expect(told(pushOnly, { team: absent, mirror: present }, there)).toBe(
      'build, push team, push mirror',
    );
  });

  it('does not build where one could not say', () => {
    expect(told(mirrored, { team: absent, mirror: unknown('timeout') }, there)).toContain(
      'fail: the registry could not say whether it has mirror.test/app',
    );
    expect(told(both, { team: unknown('timeout'), mirror: present }, there)).toContain('fail:');
  });

  it('is not met where nothing may be pushed', () => {
    const facts = { team: absent, mirror: present };
    expect(told(both, facts, { ...there, push: false })).toBe(
      `fail: registry.test:5000/app:${imagine('app').hash} must be in the registry and is not known to be, and --no-push forbids to push it`,
    );
    const pulled = [homeAt(TEAM, 'pull_only'), homeAt(MIRROR, 'pull_only')];
    expect(told(pulled, facts, there)).toBe('none');
  });

  it('pulls what a child is built on, and has it copied', () => {
    const facts = { team: absent, mirror: present, neededFor: 'child' };
    expect(told(both, facts, there)).toBe('pull mirror, copy mirror to team');
  });
});

describe('require: both', () => {
  const everywhere = { require: 'both' } as const;

  it('has copied what is the same, and pushes what is not known to be', () => {
    const facts = { ...here, team: absent, mirror: present };
    expect(told(both, facts, everywhere)).toBe('none, copy mirror to team');
    const unlabelled = { ...facts, mirror: { is: 'present', hash: null } as const };
    expect(told(both, unlabelled, everywhere)).toBe('none, push team');
    expect(told(both, { ...here, team: absent, mirror: absent }, everywhere)).toBe(
      'none, push team, push mirror',
    );
    expect(told(mirrored, { ...here, team: absent }, everywhere)).toBe('none, push team');
  });
});

it('owed pushes are made good where they are owed', () => {
  expect(told(both, { ...here, owed: ['mirror'] })).toBe('none, push mirror');
  expect(told(both, { ...here, owed: ['team', 'mirror'] })).toBe('none, push team, push mirror');
  expect(told(mirrored, { ...here, owed: ['mirror'] })).toBe('none');
  expect(told(both, { ...here, owed: ['mirror'] }, { push: false })).toBe('none');
});
