/** The two kinds of failure that are told to a person in one line. */

/** A reason, in one line, why this machine cannot have a private engine. Then one is borrowed. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** Something asked for that makes no sense: told in one line, without a stack. */
export class Mistake extends Error {
  override readonly name = 'Mistake';
}
