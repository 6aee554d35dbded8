import { parseReference } from '../../model/reference.ts';
import type { Findings, Mistake } from '../findings.ts';
import { type Entries, entriesOf, itemsOf } from '../tree.ts';

const OUR_LABELS = 'dev.docker-ensure.';

/** A build argument is hashed or it is not. */
export function checkArguments(build: Entries, findings: Findings): void {
  const hashed = entriesOf(build.get('build_args')?.value);
  const unhashed = entriesOf(build.get('unhashed_build_args')?.value);
  for (const { key, keyPlace, value } of unhashed.values()) {
    if (!hashed.has(key)) continue;
    const mistake: Mistake = {
      code: 'duplicate-argument',
      message: `\`${key}\` is in \`build_args\` too`,
      advice: 'remove one of the two',
    };
    findings.reject(value, mistake, keyPlace);
  }
}

/** The name of a build context is looked up like an image's. */
export function checkContexts(build: Entries, findings: Findings): void {
  const contexts = entriesOf(build.get('additional_contexts')?.value);
  for (const { key, keyPlace, value } of contexts.values()) {
    if (parseReference(key) !== null) continue;
    const mistake: Mistake = {
      code: 'bad-context-name',
      message: `\`${key}\` cannot be the name of a build context`,
      advice:
        'a name is lower-case letters, digits, and single dots, dashes or underscores between them',
    };
    findings.reject(value, mistake, keyPlace);
  }
}

/** Docker cuts a label at its first `=`, and some labels are set here. */
export function checkLabels(build: Entries, findings: Findings): void {
  for (const { key, keyPlace, value } of entriesOf(build.get('labels')?.value).values()) {
    if (key === '' || key.includes('=')) {
      const mistake: Mistake = {
        code: 'bad-label',
        message:
          key === '' ? 'a label has no name' : `the name of the label \`${key}\` has a \`=\` in it`,
        advice: 'write `NAME: value`',
      };
      findings.reject(value, mistake, keyPlace);
    }
    if (!key.startsWith(OUR_LABELS)) continue;
    const mistake: Mistake = {
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
