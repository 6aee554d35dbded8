import type { Place } from '../model/source.ts';

/** Something for which docker refuses a Dockerfile. */
export interface Mistake {
  readonly message: string;
  readonly advice: string;
  readonly place: Place;
}
