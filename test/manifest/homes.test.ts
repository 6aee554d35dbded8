import { describe, expect, test } from 'vitest';
import { complaints, readImage } from './reading.ts';

const manifestWith = (keys: string, defaults = '{}') =>
  `registries: { team: { server: reg.example:5000 }, mirror: { server: mirror.example }, twin: { server: mirror.example }, hub: {} }
defaults: ${defaults}
images:
  app: { ${keys} }
`;
const mistakesIn = (keys: string, variables = {}) => complaints(manifestWith(keys), variables);
const homesWith = (keys: string, variables = {}, defaults?: string) =>
  readImage('app', manifestWith(keys, defaults), variables).homes.map(
    ({ registry, remotePolicy }) => `${registry.key} ${remotePolicy}`,
  );

describe('a list of registries', () => {
  test.each<[string, readonly string[]]>([
    ['registry: team', ['team all']],
    ['registry: [team]', ['team all']],
    ['registry: [mirror, hub, team]', ['mirror all', 'hub all', 'team all']],
    [
      'registry: [team, { registry: mirror }], remote_policy: pull_only',
      ['team pull_only', 'mirror pull_only'],
    ],
    [
      'registry: [team, { registry: mirror, remote_policy: pull_only }]',
      ['team all', 'mirror pull_only'],
    ],
    [
      'registry: [{ registry: team, remote_policy: push_only }], remote_policy: none',
      ['team push_only'],
    ],
    ['registry: [team, "${M}"]', ['team all', 'mirror all']],
    [
      'registry: [team, { registry: "${M}", remote_policy: "${P}" }]',
      ['team all', 'mirror pull_only'],
    ],
    [
      'registry: [team, "${NONE:-}", { registry: "${NONE:-}", remote_policy: pull_only }]',
      ['team all'],
    ],
    ['registry: ["${NONE:-}"]', []],
    ['registry: ~', []],
  ])('%s', (keys, homes) => {
    expect(homesWith(keys, { M: 'mirror', P: 'pull_only' })).toEqual(homes);
  });

  test('of defaults gives way to one’s own', () => {
    expect(homesWith('', {}, '{ registry: [team, mirror] }')).toEqual(['team all', 'mirror all']);
    expect(homesWith('registry: hub', {}, '{ registry: [team, mirror] }')).toEqual(['hub all']);
  });

  test.each<[string, string]>([
    [
      'registry: []',
      '4:20 `registry` is an empty list (name a registry, or write `registry: ~` for none)',
    ],
    ['registry: [team, miror]', '4:27 no registry is called `miror` (did you mean `mirror`?)'],
    [
      'registry: [team, { registry: miror }]',
      '4:39 no registry is called `miror` (did you mean `mirror`?)',
    ],
    [
      'registry: [team, mirror, team]',
      '4:35 the registry `team` is in the list already (leave one of them out)',
    ],
    [
      'registry: [mirror, { registry: mirror, remote_policy: pull_only }]',
      '4:29 the registry `mirror` is in the list already (leave one of them out)',
    ],
    [
      'registry: [mirror, twin]',
      '4:29 `twin` and `mirror` are one server, mirror.example: it cannot have the image twice (leave one of them out)',
    ],
    [
      'registry: [team, { registry: mirror, remote_policy: none }]',
      '4:62 `remote_policy: none` leaves a registry of the list without use (leave the registry out of the list, or write `pull_only` or `push_only`)',
    ],
    [
      'registry: [team, { remote_policy: pull_only }]',
      '4:10 `registry[1]` needs the key `registry`',
    ],
    [
      'registry: [team, { registry: mirror, policy: pull_only }]',
      '4:47 `registry[1]` has no key `policy` (the keys are `registry`, `remote_policy`)',
    ],
    [
      'registry: [team, ~]',
      '4:27 `registry[1]` must be a key of `registries`, or a map with `registry` and `remote_policy`, not empty',
    ],
    [
      'registry: { registry: team }',
      '4:20 `registry` must be a key of `registries`, or a list of such, not a map',
    ],
    [
      'registry: [team, { registry: mirror, remote_policy: pull }]',
      '4:62 `registry[1].remote_policy` must be one of `all`, `pull_only`, `push_only`, not `pull`',
    ],
    [
      'name: reg.example:5000/app, prepend_server: false, registry: [team, mirror]',
      '4:16 `reg.example:5000/app` is on reg.example:5000, but the registry `mirror` is mirror.example (write `prepend_server: true`, and the name without a server: each registry then has its own)',
    ],
  ])('%s', (keys, mistake) => {
    expect(mistakesIn(keys)).toEqual([mistake]);
  });

  test('meets what `require` asks for where one of them may be used', () => {
    const one = '{ registry: mirror, remote_policy: pull_only }';
    expect(mistakesIn(`require: both, remote_policy: none, registry: [team, ${one}]`)).toEqual([]);
    expect(mistakesIn('require: both, remote_policy: none, registry: [team, mirror]')).toEqual([
      expect.stringContaining('`remote_policy: none` keeps it from every registry'),
    ]);
  });
});
