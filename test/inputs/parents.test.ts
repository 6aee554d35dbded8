import { describe, expect, it } from 'vitest';
import { type DockerfileReading, readDockerfile } from '../../src/dockerfile/read.ts';
import { lookupName } from '../../src/dockerfile/uses.ts';
import { ParentNames } from '../../src/inputs/parent-names.ts';
import {
  baseImagesOf,
  bindParents,
  contextsForParents,
  hashedParents,
  hiddenParents,
} from '../../src/inputs/parents.ts';
import type { ResolvedImage } from '../../src/model/resolved.ts';
import { formatPlace } from '../../src/model/source.ts';
import { readImage } from '../manifest/reading.ts';
import { imagine, TEAM } from '../rig/imagined.ts';

const dockerfile = (text: string) => readDockerfile({ path: 'app/Dockerfile', text }, new Map());

const base = imagine('base');
const python = imagine('python', { name: 'team/python', version: '3.12' });
const older = imagine('older', { name: 'team/python', version: '3.11' });
const postgres = imagine('postgres', { version: '16', parents: null });

const bind = (parents: readonly ResolvedImage[], reading: DockerfileReading) => {
  const names = new ParentNames(imagine('app').image, parents, new Map());
  return bindParents(parents, names, { dockerfile: reading, triggered: [], isForeign: false });
};

const contextsOf = (text: string, ...parents: Parameters<typeof bind>[0]) =>
  Object.fromEntries(bind(parents, dockerfile(text)).map(({ key, contexts }) => [key, contexts]));

describe('a parent is given to a build', () => {
  it.each<[string, string, string[]]>([
    ['by its name and version', 'FROM team/python:3.12\n', ['team/python:3.12']],
    ['by its bare name', 'FROM team/python\n', ['team/python']],
    [
      'by both',
      'FROM team/python\nCOPY --from=team/python:3.12 /x /y\n',
      ['team/python:3.12', 'team/python'],
    ],
    ['by its bare name, written with latest', 'FROM team/python:latest\n', ['team/python']],
    ['by its full name', 'FROM docker.io/team/python:3.12\n', ['team/python:3.12']],
    [
      'where a mount asks for it',
      'FROM scratch\nRUN --mount=from=team/python,target=/x true\n',
      ['team/python'],
    ],
    [
      'under each name where a variable hides which',
      'ARG B\nFROM $B\n',
      ['team/python:3.12', python.ref, 'team/python'],
    ],
    ['under no name that is not asked for', 'FROM scratch\n', []],
    ['under no other version', 'FROM team/python:3.13\n', []],
    ['under no name that is only a part', 'FROM python\n', []],
    ['under no name of a stage', 'FROM scratch AS x\nFROM x\n', []],
  ])('%s', (_, text, contexts) => {
    expect(contextsOf(text, python)).toEqual({ python: contexts });
  });

  const shop = imagine('shop', {
    name: 'team/shop',
    version: '1',
    registry: TEAM,
    tags: ['latest', 'stable'],
  });
  it.each([
    'team/shop:1',
    'docker.io/team/shop:1',
    'index.docker.io/team/shop',
    'team/shop:stable',
    shop.ref,
    'registry.test:5000/team/shop:1',
    'registry.test:5000/team/shop',
    'registry.test:5000/team/shop:latest',
    'registry.test:5000/team/shop:stable',
    shop.registryRef!,
  ])('by all names that are its own: %s', (name) => {
    expect(contextsOf(`FROM ${name}\n`, shop)).toEqual({ shop: [lookupName(name)] });
  });

  it.each([
    'team/shop:2',
    'shop',
    'other.test/team/shop:1',
    `team/shop:1@sha256:${'0'.repeat(64)}`,
    'registry.test:5000/library/team/shop:1',
  ])('by no name that is not: %s', (name) => {
    expect(contextsOf(`FROM ${name}\n`, shop)).toEqual({ shop: [] });
  });

  it('by a tag of its own before another parent’s name without a tag', () => {
    const newer = imagine('newer', { name: 'team/python', version: '3.13', tags: ['latest'] });
    expect(contextsOf('FROM team/python\n', python, newer)).toEqual({
      python: [],
      newer: ['team/python'],
    });
  });

  it('without a version by its name', () => {
    expect(contextsOf('FROM base\n', base)).toEqual({ base: ['base'] });
  });

  it('by its bare name only where no other parent has it', () => {
    const text = 'FROM team/python\nFROM team/python:3.12\nFROM team/python:3.11\n';
    expect(contextsOf(text, python, older)).toEqual({
      python: ['team/python:3.12'],
      older: ['team/python:3.11'],
    });
  });

  it('with the reference and the hash that it has', () => {
    expect(bind([python, postgres], dockerfile('FROM scratch\n'))).toEqual([
      {
        key: 'python',
        name: 'team/python:3.12',
        contexts: [],
        ref: python.ref,
        hash: python.hash,
      },
      { key: 'postgres', name: 'postgres:16', contexts: [], ref: 'postgres:16', hash: null },
    ]);
  });
});

it('is hashed by what a Dockerfile calls it, and its hash or its reference', () => {
  const bound = bind([python, postgres, base], dockerfile('FROM scratch\n'));
  expect(Object.fromEntries(hashedParents(bound))).toEqual({
    'team/python:3.12': python.hash,
    'postgres:16': 'postgres:16',
    base: base.hash,
  });
});

it('is hashed by a further tag too, where only `tags` tell which of two versions it means', () => {
  const newer = imagine('newer', { name: 'team/python', version: '3.13', tags: ['next'] });
  const bound = bind([python, newer], dockerfile('FROM team/python:next\nFROM team/python:3.12\n'));
  expect(Object.fromEntries(hashedParents(bound))).toEqual({
    'team/python:3.12': python.hash,
    'team/python:3.13': newer.hash,
    'team/python:next': newer.hash,
  });
  const alone = bind([newer], dockerfile('FROM team/python:next\n'));
  expect(Object.fromEntries(hashedParents(alone))).toEqual({ 'team/python:3.13': newer.hash });
});

describe('a stage that has the name of a parent', () => {
  const mistakes = (text: string) => {
    const read = dockerfile(text);
    return hiddenParents(imagine('app').image, bind([base, python], read), read);
  };

  it('is a mistake where the Dockerfile asks for the parent', () => {
    const [mistake, ...more] = mistakes('FROM base AS base\n');
    expect(more).toEqual([]);
    expect(mistake).toMatchObject({
      severity: 'error',
      code: 'stage-hides-parent',
      image: 'app',
      message:
        'the stage `base` has the name of the parent `base`: the build would take the parent for the stage',
      advice: 'give the stage another name than `base`',
    });
    expect(formatPlace(mistake!.place!)).toBe('app/Dockerfile:1:1');
  });

  it.each([
    ['whatever its case', 'FROM scratch\nFROM base AS BASE\n', 1],
    ['not where only the stage is asked for', 'FROM scratch AS base\nFROM base\n', 0],
    ['not under another name', 'FROM base AS main\n', 0],
    ['not where it has no name', 'FROM base\n', 0],
  ])('%s', (_, text, count) => {
    expect(mistakes(text)).toHaveLength(count);
  });
});

describe('an additional context that has the name of a parent', () => {
  const app = (name: string) =>
    readImage('app', `images:\n  app:\n    build: { additional_contexts: { "${name}": . } }\n`);
  const mistakes = (name: string, text: string) => {
    const image = app(name);
    return contextsForParents(image, image.build!, bind([base, python], dockerfile(text)));
  };

  it('is a mistake where the Dockerfile asks for it', () => {
    const [mistake, ...more] = mistakes('base', 'FROM base\n');
    expect(more).toEqual([]);
    expect(mistake).toMatchObject({
      code: 'context-hides-parent',
      message: 'the additional context `base` has the name of the parent `base`',
      advice: 'give the context another name than `base`',
    });
    expect(formatPlace(mistake!.place!)).toBe('ensure.yaml:3:37');
  });

  it.each([
    ['in another spelling', 'docker.io/team/python:3.12', 'FROM team/python:3.12\n', 1],
    ['not where nobody asks for the parent', 'base', 'FROM scratch\n', 0],
    ['not under another name', 'other', 'FROM base\n', 0],
  ])('%s', (_, name, text, count) => {
    expect(mistakes(name, text)).toHaveLength(count);
  });
});

describe('the base images of a build', () => {
  const bases = (text: string, contexts: readonly string[] = []) => {
    const read = dockerfile(text);
    return baseImagesOf(read, bind([base, python], read), contexts);
  };

  it.each<[string, string, string[], string[]]>([
    [
      'are what nobody ensures',
      'FROM alpine:3\nCOPY --from=node /x /y\n',
      [],
      ['alpine:3', 'node'],
    ],
    ['are none of the parents', 'FROM base\nFROM team/python:3.12\n', [], []],
    ['are no parent by its reference', `FROM ${python.ref}\n`, [], []],
    ['are no stages', 'FROM alpine AS x\nFROM x\n', [], ['alpine']],
    ['are no contexts', 'FROM alpine\nCOPY --from=shared /x /y\n', ['shared'], ['alpine']],
    ['are each named once', 'FROM alpine\nFROM docker.io/library/alpine:latest\n', [], ['alpine']],
    ['are not those that a variable hides', 'ARG B\nFROM $B\n', [], []],
    ['are not scratch', 'FROM scratch\n', [], []],
  ])('%s', (_, text, contexts, names) => {
    expect(bases(text, contexts)).toEqual(names);
  });
});
