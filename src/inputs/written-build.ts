import { readDockerfile } from '../dockerfile/read.ts';
import { mapOptions } from '../model/build-options.ts';
import type { Build, Image } from '../model/manifest.ts';
import { normalizePlatform } from '../model/platform.ts';
import type { Dockerfile } from '../model/resolved.ts';
import type { Text } from '../model/text.ts';
import type { Conditions } from './conditions.ts';
import type { WrittenBuild } from './seen-dockerfile.ts';

/** Reads the Dockerfile of a build. `read` is null for an inline one; null where there is none. Pure. */
export function readWritten(
  image: Image,
  build: Build,
  read: Dockerfile | null,
  string: (text: Text) => string,
  conditions: Conditions,
): WrittenBuild | null {
  const file = dockerfileOf(image, build, read, string);
  if (file === null) return null;
  const options = mapOptions(build, string);
  const { buildArgs, unhashedBuildArgs } = options;
  const platforms = platformsOf(build, string, conditions);
  const dockerfile = readDockerfile(
    {
      path: file.shown,
      text: Buffer.from(file.bytes).toString('utf8'),
    },
    new Map([...buildArgs, ...unhashedBuildArgs]),
    platforms,
  );
  return { file, dockerfile, options, platforms };
}

function dockerfileOf(
  image: Image,
  build: Build,
  read: Dockerfile | null,
  string: (text: Text) => string,
): Dockerfile | null {
  if (build.dockerfile.kind === 'inline') {
    const bytes = Buffer.from(string(build.dockerfile.text), 'utf8');
    return {
      path: null,
      shown: `${image.place.source.path} (dockerfile_inline of ${image.key})`,
      bytes,
    };
  }
  return read;
}

/** The image's own platforms, else the run's. The manifest has checked how they are spelt. */
function platformsOf(
  build: Build,
  string: (text: Text) => string,
  { platform, machine = platform }: Conditions,
): string[] {
  if (build.platforms === null) return [platform];
  return build.platforms.map(string).map((text) => normalizePlatform(text, machine) ?? text);
}
