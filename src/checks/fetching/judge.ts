/** True where a call of a program fetches something that may be another thing tomorrow. */
export type Judge = (args: readonly string[]) => boolean;

/** True for one of the options, with or without `=` and a value. */
export function has(args: readonly string[], ...options: readonly string[]): boolean {
  return args.some((arg) =>
    options.some((option) => arg === option || arg.startsWith(`${option}=`)),
  );
}

/** Options with a value of their own, which is no subcommand. */
const VALUED =
  /^(-[CcotuRbX]|--(virtual|repository|branch|output|prefix|cwd|dir|root|proxy|registry|index-url|filter|cache-dir|config|location))$/;

/** The words that are no options, nor values of those that are `valued`. */
export function operands(args: readonly string[], valued = VALUED): string[] {
  return args.filter((arg, at) => !arg.startsWith('-') && !valued.test(args[at - 1] ?? ''));
}

/** Fetches with these subcommands, unless an option says that it does not, or pins what it gets. */
export function subcommands(names: readonly string[], ...unless: readonly string[]): Judge {
  return (args) => names.includes(operands(args)[0] ?? '') && !has(args, ...unless);
}

/** True where some packages are named, and each with its version. */
export function allPinned(packages: readonly string[], pin: RegExp): boolean {
  return packages.length > 0 && packages.every((name) => pin.test(name));
}

/** The same as `judge`, less those that name the version of every package. */
export function unlessPinned(judge: Judge, pin: RegExp, valued = VALUED): Judge {
  return (args) => judge(args) && !allPinned(operands(args, valued).slice(1), pin);
}

/** `name=1.2`, as system packages and conda are pinned. */
export const EQUALS = /[^=]=+\d/;
/** `name@1.2.3` */
export const AT = /.@v?\d/;
