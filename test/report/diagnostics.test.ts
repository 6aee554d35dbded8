import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import type { Place } from '../../src/model/source.ts';
import { formatDiagnostics, summarizeDiagnostics } from '../../src/report/diagnostics.ts';
import { createStyle } from '../../src/report/text.ts';

const STYLE = createStyle(false);

/** A place at the part of the text between « and ». */
function marked(text: string): Place {
  const start = text.indexOf('«');
  const end = text.indexOf('»') - 1;
  return { source: { path: 'ensure.yaml', text: text.replace(/[«»]/g, '') }, start, end };
}

const at = (text: string): Diagnostic => ({
  severity: 'error',
  code: 'unknown-key',
  message: 'no such key',
  place: marked(text),
});
const show = (...diagnostics: Diagnostic[]) => formatDiagnostics(diagnostics, STYLE);

describe('a diagnostic', () => {
  it('shows what, where, the line with the place marked, and what to do', () => {
    expect(
      show({ ...at('images:\n  app:\n    «verison»: 2\n'), advice: 'did you mean `version`?' }),
    ).toBe(
      `error: no such key (unknown-key)
  at ensure.yaml:3:5
  3 |     verison: 2
    |     ^^^^^^^
  help: did you mean \`version\`?
`,
    );
  });

  it('does without a place and advice', () => {
    expect(show({ severity: 'warning', code: 'own-base', message: 'that is odd' })).toBe(
      'warning: that is odd (own-base)\n',
    );
  });

  it('keeps tabs, so that the mark stands under its place', () => {
    expect(show(at('\tkey:\t«value»\n'))).toContain('  1 | \tkey:\tvalue\n    | \t    \t^^^^^\n');
  });

  it('marks the first line of a place of several', () => {
    expect(show(at('a: «one\n  two»\n'))).toContain('  1 | a: one\n    |    ^^^\n');
  });

  it('marks one column at least', () => {
    expect(show(at('a: «»b\n'))).toContain('    |    ^\n');
  });

  it('masks a secret before it cuts a long line', () => {
    const line = `password: ${'x'.repeat(90)}secret-word, tries: «none»\n`;
    const redact = (text: string) => text.replaceAll('secret-word', '***');
    const shown = formatDiagnostics([at(line)], STYLE, { redact });
    expect(shown.slice(shown.indexOf('1 |'))).toBe(
      `1 | xxxxxxx***, tries: none\n    | ${' '.repeat(19)}^^^^\n`,
    );
  });

  it('masks a secret that a place begins within', () => {
    const redact = (text: string) => text.replaceAll('secret-word', '***');
    const shown = formatDiagnostics([at('a: secret-«word»\n')], STYLE, { redact });
    expect(shown).toContain('1 | a: ***\n');
  });

  it('leaves out the carriage return of a line', () => {
    expect(show(at('a: «b»\r\nc: d\r\n'))).toContain('  1 | a: b\n    |    ^\n');
  });

  it('shows no frame for an empty line', () => {
    expect(show(at('«»\n'))).toBe('error: no such key (unknown-key)\n  at ensure.yaml:1:1\n');
  });

  it('shows the part of a long line that the place is in', () => {
    const shown = show(at(`${'x'.repeat(300)}«here»${'y'.repeat(300)}`));
    const [frame = '', caret = ''] = shown.split('\n').slice(2);
    expect(frame.length).toBeLessThan(120);
    expect(frame.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).toBe('here');
  });

  it('shows control characters as something harmless', () => {
    const shown = show(at('a: «\u001b[31mred»'));
    expect(shown).not.toContain('\u001b');
    expect(shown).toContain('\ufffd[31mred');
  });

  it('is parted from the next one by a blank line', () => {
    const odd: Diagnostic = { severity: 'warning', code: 'own-base', message: 'odd' };
    const strange: Diagnostic = { severity: 'warning', code: 'own-tag', message: 'strange' };
    expect(show(odd, strange)).toBe('warning: odd (own-base)\n\nwarning: strange (own-tag)\n');
  });

  it('is coloured where colours are shown', () => {
    const shown = formatDiagnostics([at('«a»')], createStyle(true));
    expect(shown).toContain('\u001b[31merror\u001b[39m: no such key');
  });
});

it('sums up', () => {
  const warning: Diagnostic = { severity: 'warning', code: 'own-base', message: 'odd' };
  expect(summarizeDiagnostics([at('«a»'), warning, warning])).toBe('1 error, 2 warnings');
  expect(summarizeDiagnostics([at('«a»'), at('«a»')])).toBe('2 errors');
});

describe('warnings of one kind', () => {
  const odd = (line: number, more: Partial<Diagnostic> = {}): Diagnostic => ({
    severity: 'warning',
    code: 'own-base',
    message: 'that is odd',
    advice: 'mend it',
    place: marked(`${'\n'.repeat(line - 1)}«x»`),
    ...more,
  });

  it('have one heading, the advice once, and their places', () => {
    expect(show(odd(1), odd(3))).toBe(
      `warning: that is odd (own-base)
  help: mend it
  at ensure.yaml:1:1
  at ensure.yaml:3:1
`,
    );
  });

  it('say at each place what differs', () => {
    const [first, second] = [odd(1, { message: '`a` is odd' }), odd(2, { message: '`b` is odd' })];
    expect(show(first, second)).toBe(
      `warning: 2 of one kind (own-base)
  help: mend it
  at ensure.yaml:1:1: \`a\` is odd
  at ensure.yaml:2:1: \`b\` is odd
`,
    );
    expect(show(first, { ...second, advice: 'mend `b`' })).toBe(
      `warning: 2 of one kind (own-base)
  at ensure.yaml:1:1: \`a\` is odd
     help: mend it
  at ensure.yaml:2:1: \`b\` is odd
     help: mend \`b\`
`,
    );
  });

  it('are counted past the fifth, unless all are asked for', () => {
    const many = [1, 2, 3, 4, 5, 6, 7].map((line) => odd(line));
    expect(show(...many)).toMatch(
      / {2}at ensure\.yaml:5:1\n {2}and 2 more \(`--debug` shows all\)\n$/,
    );
    expect(formatDiagnostics(many, STYLE, { all: true })).toMatch(
      /6:1\n {2}at ensure\.yaml:7:1\n$/,
    );
  });

  it('leave errors their frames', () => {
    const error = at('«a»');
    expect(show(odd(1), error, odd(2), error).split('  1 | a\n')).toHaveLength(3);
  });
});
