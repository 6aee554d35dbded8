import { describe, expect, test } from 'vitest';
import { complaints, read } from './reading.ts';

const IMAGES = 'images: { app: , base: , test-a: , test-b: }\n';

function groups(text: string) {
  const { manifest } = read(`${IMAGES}groups:${text}`);
  return Object.fromEntries(manifest?.groups ?? []);
}

const wrong = (text: string) => complaints(`${IMAGES}groups:${text}`);

describe('groups', () => {
  test('hold images, globs and groups, in any order', () => {
    expect(groups(' { ci: [base, tests, app], tests: ["test-*"], all: ["*"] }')).toEqual({
      ci: ['base', 'test-a', 'test-b', 'app'],
      tests: ['test-a', 'test-b'],
      all: ['app', 'base', 'test-a', 'test-b'],
    });
  });

  test('take back what stands before', () => {
    expect(
      groups(' { tests: ["test-*"], a: ["*", "!tests", test-b], b: ["!app"], c: ["!(app|base)"] }'),
    ).toEqual({
      tests: ['test-a', 'test-b'],
      a: ['app', 'base', 'test-b'],
      b: ['base', 'test-a', 'test-b'],
      c: ['test-a', 'test-b'],
    });
  });

  test('may be named by variables, and be none', () => {
    const { manifest } = read(`${IMAGES}groups: { ci: ["\${WHAT}"] }`, { WHAT: 'app' });
    expect(manifest?.groups.get('ci')).toEqual(['app']);
    expect(groups('')).toEqual({});
  });

  test.each([
    [
      ' { app: [base] }',
      '2:11 an image is called `app` too (ensure.yaml:1:11) (give the group another name)',
    ],
    [' { ci: [app, ap] }', '2:21 no image or group is called `ap` (did you mean `app`?)'],
    [
      ' { ci: [app, zzzzz], a: [app] }',
      '2:21 no image or group is called `zzzzz` (there are: app, base, test-a, test-b, ci, a)',
    ],
    [' { ci: ["x-*"] }', '2:16 no image matches `x-*` (there are: app, base, test-a, test-b, ci)'],
    [' { ci: [] }', '2:11 the group `ci` holds no image (name images in it, or remove it)'],
    [
      ' { ci: [app, "!app"] }',
      '2:11 the group `ci` holds no image (name images in it, or remove it)',
    ],
    [
      ' { ci: [app, ci] }',
      '2:21 these groups hold each other in a circle: ci → ci (an arrow leads from a group to one that it holds: remove one of these)',
    ],
    [
      ' { a: [app, b], b: [c], c: ["!a"], d: [a] }',
      '2:20 these groups hold each other in a circle: a → b → c → a (an arrow leads from a group to one that it holds: remove one of these)',
    ],
    [' { ci: app }', '2:15 `groups.ci` must be a list of strings, not `app` (write `ci: [app]`)'],
    [' [ci]', '2:9 `groups` must be a map of groups, not a list (write `groups: { NAME: value }`)'],
  ])('%s', (text, complaint) => {
    expect(wrong(text)).toEqual([complaint]);
  });
});
