import type { Style } from './text.ts';

/** A mistake that no file is to blame for: what is wrong, and what to do. */
export function formatMistake(message: string, advice: string | undefined, style: Style): string {
  const help = advice === undefined ? '' : `  ${style.good('help')}: ${advice}\n`;
  return `${style.bad('error')}: ${message}\n${help}`;
}
