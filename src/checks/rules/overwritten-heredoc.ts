import { inlineFilesOf } from '../../dockerfile/inline-files.ts';
import { chainOf } from '../../dockerfile/stages.ts';
import { argumentsOf } from '../../dockerfile/words.ts';
import { type InlineFile, lookAlike } from '../../model/inline-file.ts';
import { positionOf } from '../../model/source.ts';
import type { Finding, Subject } from '../subject.ts';

/**
 * Heredocs that are written over others of the same size: BuildKit may leave the second one out. Only where
 * both are written to the same words, and none of them needs docker to say what it is.
 */
export function overwrittenHeredocs({ stages, build }: Subject): Finding[] {
  return stages.flatMap((stage) => {
    const written = new Map<string, { readonly file: InlineFile; readonly line: number }>();
    let folder = '';
    return chainOf(stage)
      .reverse()
      .flatMap((each) => each.instructions.map((instruction) => ({ instruction, each })))
      .flatMap(({ instruction, each }): Finding[] => {
        if (instruction.keyword === 'WORKDIR') {
          folder = resolve(folder, argumentsOf(instruction).words[0]?.text ?? '');
        }
        return inlineFilesOf(instruction).flatMap((file): Finding[] => {
          const path = resolve(folder, file.path);
          const before = written.get(path);
          written.set(path, { file, line: positionOf(instruction.place).line });
          if (each !== stage || before === undefined || file.content === null) return [];
          if (before.file.content === null || !lookAlike(before.file, file)) return [];
          return [
            {
              severity: 'error',
              code: 'overwritten-heredoc',
              message: `\`${file.path}\` is written in line ${before.line} of ${build.dockerfile.shown}, too, with as many bytes: BuildKit may keep the text from there`,
              advice:
                'write the file once, or let the two differ in length, for instance by a comment',
              place: instruction.place,
            },
          ];
        });
      });
  });
}

/** A path as the Dockerfile says it, from the root of the image or from where its base image is. */
function resolve(folder: string, path: string): string {
  return (path.startsWith('/') ? path : `${folder}/${path}`).replace(/\/(\.?\/)+/g, '/');
}
