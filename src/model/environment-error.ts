/** Something that a run cannot do without cannot be had: no mistake of the manifest's, no bug. */
export class EnvironmentError extends Error {
  constructor(
    message: string,
    readonly advice: string,
  ) {
    super(message);
    this.name = 'EnvironmentError';
  }
}
