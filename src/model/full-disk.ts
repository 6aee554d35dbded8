/** True for words that say that a disk is full: docker has them from the system, whatever it was doing. */
export function isFullDisk(text: string): boolean {
  return /no space left on device/i.test(text);
}

/** What to do about it. The path in docker's words tells whose disk it is. */
export const FULL_DISK_ADVICE =
  "make room there; on the engine's disk: `docker system df` shows what takes it, `docker system prune` frees some";
