/** What `doctor` found of one thing that runs need. */
export interface CheckUp {
  /** `docker`, `engine`, `buildx`, `image store`, `disk`, `plugin`, `cache`, `manifest`, or `registry SERVER`. */
  readonly what: string;
  /** `broken`: no run can work, or an image that must be there cannot be had. */
  readonly state: 'ok' | 'warning' | 'broken';
  readonly message: string;
  /** What to do about it; null where there is nothing to do. */
  readonly advice: string | null;
}
