import type { BuildOptions } from './build-options.ts';
import type { ContextFiles } from './file-list.ts';
import type { InlineFile } from './inline-file.ts';
import type { BuildCache, Image } from './manifest.ts';
import type { Registry, RemotePolicy } from './registry.ts';
import type { Place } from './source.ts';

/** An image whose hash and references are known; docker was not asked for any of it. */
export interface ResolvedImage {
  readonly image: Image;
  /** The name it has on this machine. */
  readonly ref: string;
  /**
   * Where registries have it, in the order in which they are asked. Of an image that has no registry and is not
   * built here: where docker looks for its own name.
   */
  readonly homes: readonly ResolvedHome[];
  /** The input hash, 64 hex digits; null for an image that is not built here. */
  readonly hash: string | null;
  readonly build: ResolvedBuild | null;
  /** It has tests, or an image that it is built on has. */
  readonly isTested: boolean;
}

/** A place in a registry. */
export interface ResolvedHome {
  /** Null: none of the manifest's. */
  readonly registry: Registry | null;
  readonly remotePolicy: RemotePolicy;
  /** The name that it has the image by: no other of the image's homes has that. */
  readonly ref: string;
}

/** All that a build needs, every string final. */
export interface ResolvedBuild extends BuildOptions<string> {
  readonly hash: string;
  /** The inputs document: the bytes whose SHA-256 is the hash. */
  readonly inputs: string;
  /** The build context. */
  readonly files: ContextFiles;
  readonly dockerfile: Dockerfile;
  readonly parents: readonly BoundParent[];
  /** The other images that the Dockerfile uses, as far as their names are known. */
  readonly baseImages: readonly string[];
  readonly names: BuildNames;
  /** Images that stages begin with, whose ONBUILDs must not copy of those contexts. */
  readonly unseenBases: readonly UnseenBase[];
  /** The contexts of which the build is given only what is copied, by name; null: its own. */
  readonly copiedContexts: readonly (string | null)[];
  /** Where the Dockerfile, or an ONBUILD of a parent, asks for a parent; in order. */
  readonly parentUses: readonly ParentUse[];
  /** The files whose content stands in the Dockerfile, as far as the build takes them. */
  readonly inlineFiles: readonly InlineFile[];
  /** True where a step may ask for a secret or an ssh agent, whether the build has any or not. */
  readonly mayAskForSecrets: boolean;
  /**
   * Names that the build may ask for by ONBUILDs that nobody has seen, with the parents that they stand
   * for; null: it is to fail then. Set by a run.
   */
  readonly unseen?: ReadonlyMap<string, Pick<BoundParent, 'key' | 'ref'> | null>;
  /** The image that interprets the Dockerfile, where it or a build argument names one. */
  readonly syntax: string | null;
  readonly platforms: readonly string[];
  /** Changes no hash. */
  readonly cache: BuildCache | null;
  readonly additionalContexts: ReadonlyMap<string, AdditionalContext>;
}

export interface Dockerfile {
  /** Absolute path of the file, or null for an inline one. */
  readonly path: string | null;
  /** How it is called in messages. */
  readonly shown: string;
  readonly bytes: Uint8Array;
}

/** A parent as a build sees it. */
export interface BoundParent {
  readonly key: string;
  /** What a Dockerfile calls it: `name`, or `name:version`. */
  readonly name: string;
  /** The names under which the build is given it: those by which its Dockerfile may ask for it. */
  readonly contexts: readonly string[];
  /** What those names stand for. */
  readonly ref: string;
  /** The hash that went into the child; null for a parent that is not built here. */
  readonly hash: string | null;
}

/** An instruction that takes a parent. */
export interface ParentUse {
  /** The parent's key. */
  readonly parent: string;
  /** `FROM`, `COPY --from`, … */
  readonly instruction: string;
  readonly place: Place;
}

/** What is known of the names in a build before docker is asked. */
export interface BuildNames {
  readonly meaningOf: (name: string) => Meaning;
  /** The images without a `build` here that stages of the target begin with. */
  readonly bases: readonly BaseUse[];
  /** By the key of a parent: the platforms that it is taken for, as far as they are known. */
  readonly platforms: ReadonlyMap<string, readonly string[]>;
  /** Every name by which a build may ask for a parent. */
  readonly namesOf: (key: string) => readonly string[];
  /** The names of the manifest's other images, which a build must not get from elsewhere. */
  readonly others: () => readonly string[];
}

/** An image that a stage begins with, whose configuration may hold ONBUILDs. */
export interface BaseUse {
  /** As docker looks it up. */
  readonly name: string;
  /** The key of the parent that it is; null for one outside the manifest. */
  readonly parent: string | null;
  /** The images that the stage then asks for, by the ONBUILDs that the image's configuration has. */
  readonly askedBy: (onBuild: readonly string[]) => readonly AskedName[];
}

/** An image that a stage begins with, and that only docker has seen. */
export interface UnseenBase {
  /** As the FROM has it, variables replaced. */
  readonly name: string;
  /** The `--platform` of the FROM, variables replaced as far as they are known; null without one. */
  readonly platform: string | null;
}

interface AskedName {
  readonly instruction: string;
  /** As docker looks it up; null where a variable hides it. */
  readonly name: string | null;
}

/** What a name in a Dockerfile means, as far as a manifest knows. */
export type Meaning =
  /** A parent: the build is given it under this name. */
  | { readonly is: 'parent'; readonly key: string }
  /** Two parents answer to it. */
  | { readonly is: 'shared'; readonly keys: readonly string[] }
  /** An image of the manifest that is no parent has exactly this name. */
  | { readonly is: 'undeclared'; readonly key: string }
  /** Nothing of the manifest's; docker looks for it on this machine and in registries. */
  | { readonly is: 'outside' };

/** A further build context: a folder, staged like the main one, or text that is for docker to read. */
export type AdditionalContext =
  | { readonly kind: 'folder'; readonly files: ContextFiles }
  | { readonly kind: 'remote'; readonly source: string };

/** The reference of an additional context that is an image; null for others. */
export function imageInContext(context: AdditionalContext): string | null {
  const source = context.kind === 'remote' ? context.source : '';
  return /^docker-image:\/\/(.+)$/s.exec(source)?.[1] ?? null;
}
