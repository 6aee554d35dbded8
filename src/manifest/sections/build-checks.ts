import type { Findings } from '../findings.ts';
import { type Entries, entriesOf, itemsOf } from '../tree.ts';

const OUR_LABELS = 'dev.docker-ensure.';

/** A build argument is hashed or it is not. */
export function checkArguments(build: Entries, findings: Findings): void {
  const hashed = entriesOf(build.get('build_args')?.value);
  for (const { key, keyPlace, value } of entriesOf(
    build.get('unhashed_build_args')?.value,
  ).values()) {
    if (!hashed.has(key)) continue;
    const mistake = {
      code: 'duplicate-argument',
      message: `\`${key}\` is in \`build_args\` too`,
      advice: 'remove one of the two',
    };
    findings.reject(value, mistake, keyPlace);
  }
}

export function checkLabels(build: Entries, findings: Findings): void {
  for (const { key, keyPlace, value } of entriesOf(build.get('labels')?.value).values()) {
    if (!key.startsWith(OUR_LABELS)) continue;
    const mistake = {
      code: 'reserved-label',
      message: `labels that begin with \`${OUR_LABELS}\` are set by docker-ensure itself`,
      advice: 'choose another name',
    };
    findings.reject(value, mistake, keyPlace);
  }
}

export function checkPlatforms(build: Entries, findings: Findings): void {
  const second = itemsOf(build.get('platforms')?.value)[1];
  if (second === undefined) return;
  findings.reject(second, {
    code: 'many-platforms',
    message: 'an image can be built for one platform only, as yet',
    advice: 'leave one, or declare an image for each',
  });
}
