import type { CheckUp } from '../model/check-up.ts';
import type { Style } from './text.ts';

/** schema/doctor.schema.json. */
export function checkUpsDocument(checkUps: readonly CheckUp[]): string {
  const checks = checkUps.map(({ what, state, message, advice }) => ({
    ...{ check: what, state, message, advice },
  }));
  return `${JSON.stringify({ format: 'docker-ensure/doctor/v1', checks }, null, 2)}\n`;
}

/** A line each, and what to do beneath it. */
export function formatCheckUps(checkUps: readonly CheckUp[], style: Style): string {
  const width = Math.max(...checkUps.map(({ what }) => what.length));
  const state = {
    ok: style.good('ok     '),
    warning: style.warning('warning'),
    broken: style.bad('broken '),
  };
  return checkUps
    .map((each) => {
      const line = `${state[each.state]}  ${each.what.padEnd(width)}  ${each.message}\n`;
      return each.advice === null ? line : `${line}  ${style.good('help')}: ${each.advice}\n`;
    })
    .join('');
}
