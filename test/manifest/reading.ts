import { type ReadManifest, readManifest } from '../../src/manifest/read.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import type { Build, Image } from '../../src/model/manifest.ts';
import { formatPlace } from '../../src/model/source.ts';

type Variables = Readonly<Record<string, string>>;

/** Reads a manifest that is not on disk: /project/ensure.yaml. */
export function read(text: string, variables: Variables = {}): ReadManifest {
  const source = { path: 'ensure.yaml', text };
  const path = '/project/ensure.yaml';
  return readManifest([{ source, path, variables: new Map(Object.entries(variables)) }]);
}

/** What is wrong with a manifest, in the words that a user sees, less the code frame. */
export function complaints(text: string, variables: Variables = {}): string[] {
  return read(text, variables).diagnostics.map(complaint);
}

/** `line:column message (advice)` */
export function complaint({ place, severity, message, advice }: Diagnostic): string {
  const at = place === undefined ? '' : `${formatPlace(place).replace(/^ensure\.yaml:/, '')} `;
  const kind = severity === 'warning' ? 'warning: ' : '';
  return `${at}${kind}${message}${advice === undefined ? '' : ` (${advice})`}`;
}

/** An image of a manifest without mistakes. */
export function readImage(key: string, text: string, variables: Variables = {}): Image {
  const { manifest, diagnostics } = read(text, variables);
  const image = manifest?.images.get(key);
  const errors = diagnostics.filter(({ severity }) => severity === 'error').map(complaint);
  if (image === undefined || errors.length > 0) throw new Error(`no image ${key}: ${errors}`);
  return image;
}

/** The build of the image `app` with the given lines beneath `build`. */
export function readBuild(lines: string, variables: Variables = {}): Build {
  const indented = lines.replaceAll(/^/gm, '      ');
  const { build } = readImage(
    'app',
    `images:\n  app:\n    build:\n${indented}\n  base: {}\n`,
    variables,
  );
  if (build === null) throw new Error('the image app has no build');
  return build;
}
