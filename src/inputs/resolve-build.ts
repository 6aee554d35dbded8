import { isForeign } from '../dockerfile/frontend.ts';
import { inlineFilesOf } from '../dockerfile/inline-files.ts';
import type { Mistake } from '../dockerfile/mistake.ts';
import type { DockerfileReading } from '../dockerfile/read.ts';
import { stageMistakes } from '../dockerfile/refusals-of-stages.ts';
import { type TakenStages, takenStages } from '../dockerfile/taken-stages.ts';
import { type ImageUse, lookupName } from '../dockerfile/uses.ts';
import { sha256 } from '../files/canonical.ts';
import { type Diagnostic, hasErrors } from '../model/diagnostic.ts';
import { withoutLogin } from '../model/login-in-address.ts';
import type { Build, Image } from '../model/manifest.ts';
import type {
  AdditionalContext,
  BoundParent,
  Dockerfile,
  ResolvedBuild,
  ResolvedImage,
} from '../model/resolved.ts';
import { resolveText, type Text } from '../model/text.ts';
import { type BuildFiles, copiedContexts } from './build-files.ts';
import { buildNames, reachedUses } from './build-names.ts';
import type { Conditions } from './conditions.ts';
import type { CopyingBuild } from './copied.ts';
import { inputsDocument } from './document.ts';
import { epochOf } from './interval.ts';
import { type OwnedNames, ParentNames } from './parent-names.ts';
import { wrongPlatforms } from './parent-platforms.ts';
import {
  baseImagesOf,
  bindParents,
  contextsForParents,
  giveWay,
  hashedParents,
  hiddenParents,
  parentUsesOf,
} from './parents.ts';
import type { WrittenBuild } from './seen-dockerfile.ts';
import { mayAskForSecrets, parentTriggers, usesByTriggers } from './triggers.ts';
import { unboundNames } from './unbound.ts';
import { isBuiltHere, unseenBases } from './unseen-bases.ts';
import { readWritten } from './written-build.ts';

export interface ResolvedInputs {
  /** Null where it has errors. */
  readonly build: ResolvedBuild | null;
  /** Null where there is no Dockerfile to be read. */
  readonly dockerfile: DockerfileReading | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** What was resolved before, parents first. */
export interface Resolved {
  readonly images: ReadonlyMap<string, ResolvedImage>;
  readonly dockerfiles: ReadonlyMap<string, DockerfileReading>;
  /** The names of all images of the manifest. */
  readonly owned: OwnedNames;
}

/** What a build's Dockerfile says, before its files are known. */
export interface BuildReading extends CopyingBuild, WrittenBuild {
  readonly image: Image;
  readonly build: Build;
  readonly parents: readonly ResolvedImage[];
  readonly string: (text: Text) => string;
  readonly names: ParentNames;
  readonly triggered: readonly ImageUse[];
  readonly bound: readonly BoundParent[];
}

export interface BuildRequest {
  readonly image: Image;
  readonly build: Build;
  /** The Dockerfile; null for an inline one. */
  readonly read: Dockerfile | null;
  /** What it says, where that is known. */
  readonly written?: WrittenBuild | null;
  readonly parents: readonly ResolvedImage[];
  readonly resolved: Resolved;
  readonly conditions: Conditions;
}

/** Reads the Dockerfile of a build, every string final. Null where it could not be read. Pure. */
export function readBuild(request: BuildRequest): BuildReading | null {
  const { image, build, read, parents, resolved, conditions } = request;
  const string = (text: Text) => resolveText(text, (key) => resolved.images.get(key)?.ref ?? '');
  const written = request.written ?? readWritten(image, build, read, string, conditions);
  if (written === null) return null;
  const { dockerfile, options } = written;
  const { buildArgs, unhashedBuildArgs, target } = options;
  const names = new ParentNames(image, parents, resolved.owned);
  const own = new Set([...build.additionalContexts.keys()].map(lookupName));
  const triggers = parentTriggers(dockerfile, {
    keyOf: (name) => (own.has(name) ? null : names.parentCalled(name)),
    builtFrom: (key) => builtFrom(key, resolved),
  });
  const triggered = usesByTriggers(triggers, dockerfile);
  const asking = { dockerfile, triggered, isForeign: isForeign(dockerfile.syntax) };
  const bound = giveWay(bindParents(parents, names, asking), build);
  const contexts = build.additionalContexts.keys();
  const named = [...contexts, ...bound.flatMap((parent) => parent.contexts)];
  const stages = takenStages(dockerfile.stages, target, named);
  const unseen = unseenBases(stages.built, { triggers, names, parents, build, string });
  const taken = { buildArgs, unhashedBuildArgs, stages, triggers, triggered, names, bound, unseen };
  return { image, build, parents, string, ...written, ...taken };
}

function builtFrom(key: string, { images, dockerfiles }: Resolved) {
  const [dockerfile, resolved] = [dockerfiles.get(key), images.get(key)?.build ?? null];
  return dockerfile === undefined || resolved === null
    ? null
    : { dockerfile, target: resolved.target };
}

/** A build with its hash. Pure. */
export function resolveBuild(
  known: BuildReading,
  files: BuildFiles,
  conditions: Conditions,
): ResolvedInputs {
  const { image, build, parents, string, options, platforms, names, stages, bound } = known;
  const { dockerfile: reading, file: dockerfile, triggered } = known;
  if (files.files === null)
    return { build: null, dockerfile: null, diagnostics: files.diagnostics };
  const optional = (text: Text | null) => (text === null ? null : string(text));
  const strings = (texts: ReadonlyMap<string, Text>) =>
    new Map([...texts].map(([key, text]): [string, string] => [key, string(text)]));
  const foreign = isForeign(reading.syntax);
  const additionalContexts = contextsOf(build, files, string);
  const contexts = [...additionalContexts.keys()];
  const asking = { dockerfile: reading, triggered, isForeign: foreign };
  const uses = foreign ? [] : reachedUses(asking, stages);
  const diagnostics = [
    ...files.diagnostics,
    ...mistakesIn(reading, stages).map((mistake) => refusal(image, mistake)),
    ...hiddenParents(image, bound, reading),
    ...contextsForParents(image, build, bound),
    ...unboundNames(image, uses, names, { stages: reading.stages, contexts }),
    ...wrongPlatforms(image, uses, { names, parents, platforms, contexts }),
  ];

  const metadata =
    build.metadata === null || !(build.metadata instanceof Map)
      ? optional(build.metadata as Text | null)
      : strings(build.metadata);
  const { document, hash } = inputsDocument({
    ...options,
    platforms,
    dockerfile: sha256(dockerfile.bytes),
    files: files.files.list.hash,
    parents: hashedParents(bound),
    metadata,
    tests: image.tests,
    interval:
      build.interval === null
        ? null
        : { every: build.interval.seconds, epoch: epochOf(build.interval, conditions.now) },
    additionalContexts: new Map(
      [...additionalContexts].map(([name, context]): [string, string] => [
        name,
        context.kind === 'folder' ? context.files.list.hash : withoutLogin(context.source),
      ]),
    ),
  });
  if (hasErrors(diagnostics)) return { build: null, dockerfile: reading, diagnostics };
  return {
    dockerfile: reading,
    diagnostics,
    build: {
      ...options,
      platforms,
      hash,
      inputs: document,
      files: files.files,
      dockerfile,
      parents: bound,
      names: buildNames(uses, {
        stages: reading.stages,
        names,
        contexts: additionalContexts,
        platforms,
        isBuilt: (key) => isBuiltHere(key, parents),
      }),
      unseenBases: copiedContexts(files).length === 0 ? [] : known.unseen.bases,
      copiedContexts: copiedContexts(files),
      baseImages: baseImagesOf(reading, bound, additionalContexts.keys()),
      parentUses: parentUsesOf(uses, names, contexts),
      inlineFiles: stages.built.flatMap(({ instructions }) => instructions.flatMap(inlineFilesOf)),
      mayAskForSecrets: foreign || mayAskForSecrets(stages.built, known.triggers),
      syntax: reading.syntax,
      cache: build.cache,
      additionalContexts,
    },
  };
}

/** The stages of a file that docker cannot cut are not what they seem. */
function mistakesIn({ mistakes }: DockerfileReading, stages: TakenStages): readonly Mistake[] {
  return mistakes.length > 0 ? mistakes : stageMistakes(stages);
}

function refusal(image: Image, mistake: Mistake): Diagnostic {
  return { severity: 'error', code: 'dockerfile-syntax', image: image.key, ...mistake };
}

function contextsOf(
  build: Build,
  files: BuildFiles,
  string: (text: Text) => string,
): ReadonlyMap<string, AdditionalContext> {
  return new Map(
    [...build.additionalContexts].map(([name, text]): [string, AdditionalContext] => {
      const folder = files.additional.get(name);
      return [
        name,
        folder === undefined
          ? { kind: 'remote', source: string(text) }
          : { kind: 'folder', files: folder },
      ];
    }),
  );
}
