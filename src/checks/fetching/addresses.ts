import { has, type Judge, operands } from './judge.ts';

const LOCAL = /^file:|^https?:\/\/(localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)([:/]|$)/;

/** A part of a path that says that it moves. */
const MOVING =
  /(^|[/._-])(latest|nightly|master|main|head|heads|stable|snapshot|trunk|develop|canary)([/._-]|$)/i;

/** The area `main` of Debian's and Alpine's archives is no branch. */
const AREA = /\/(pool|v\d+\.\d+)\/main\//g;

/** True where the path of an address has a version, a date or a digest in it, and no moving name. */
function isVersioned(url: string): boolean {
  const [, path = ''] = /^[\w+.-]+:\/\/[^/]*(.*)$/s.exec(url) ?? [];
  if (MOVING.test(path.replace(AREA, '/'))) return false;
  return /(^|[^\d.])\d+\.\d+|\d{8}|[0-9a-f]{40}/.test(path);
}

/** True where what an address names may be another thing tomorrow. */
export function isMoving(url: string): boolean {
  return !LOCAL.test(url) && !isVersioned(url);
}

/** `curl` and its like. Where no address shows, a variable has it. */
export const download: Judge = (args) => {
  if (has(args, '-I', '--head', '--spider')) return false;
  const urls = args.filter((arg) => /:\/\//.test(arg));
  return urls.length === 0 ? operands(args).length > 0 : urls.some(isMoving);
};

const COMMIT = /\b[0-9a-f]{40}$/;
/** A tag with a version in it, or the beginning of a commit ID. */
const REVISION =
  /^(--branch=|(refs\/)?tags\/)?([a-z_-]*[-_]?v?\d+(\.\d+)+[\w.+-]*|(?=[a-f]*\d)[0-9a-f]{7,39})$/i;

/** True for a commit, or a tag with a version in it. */
export function isRevision(word: string): boolean {
  return COMMIT.test(word) || REVISION.test(word);
}

const GIT_SOURCE = /^(git@|(ssh|git):\/\/|https?:\/\/[^#]*\.git(#|$))/;

/** True for an `ADD` source that is fetched, and by nothing in its address pinned. */
export function isMovingSource(source: string): boolean {
  if (!GIT_SOURCE.test(source)) return /^https?:\/\//.test(source) && isMoving(source);
  const [, ref = ''] = source.split('#');
  return !isRevision(ref.replace(/:.*$/s, ''));
}
