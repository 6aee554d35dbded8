/** Our own answers to what docker compose was asked, in the same form as its. */
import { gatherVariables } from '../../src/manifest/env-file/gather.ts';
import { evaluate } from '../../src/manifest/interpolation/evaluate.ts';
import { parseTemplate, TemplateError } from '../../src/manifest/interpolation/template.ts';
import { OUTSIDE, SET } from './record/compose.ts';

/** What we read of an env file; null where it has a mistake. */
export function readAsCompose(text: string): Record<string, string> | null {
  const source = { path: '.env', text: text.replace(/^\ufeff/, '') };
  const { variables, diagnostics } = gatherVariables(OUTSIDE, [source]);
  const wrong = diagnostics.some(({ severity }) => severity === 'error');
  const set = [...variables].filter(([name]) => !(name in OUTSIDE));
  return wrong ? null : Object.fromEntries(set);
}

/** What we make of a string by the rules of env files; null where it has a mistake. */
export function interpolateAsCompose(text: string): string | null {
  const variables = new Map(Object.entries({ ...SET, ...OUTSIDE }));
  try {
    const template = parseTemplate(text, 'env-file');
    const made = evaluate(template, (name) => variables.get(name), 'env-file');
    return made.unset.some(({ required }) => required) ? null : made.text.join('');
  } catch (error) {
    if (error instanceof TemplateError) return null;
    throw error;
  }
}
