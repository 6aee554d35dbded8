// Prints the ten slowest tests of a report of vitest's, and how many tests have passed and failed: that is the
// last line. Exits 1 unless all have passed.

import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const text = readFileSync(process.argv[2], 'utf8');
const run = text === '' ? {} : JSON.parse(text);
const tests = (run.testResults ?? []).flatMap(({ name, assertionResults }) =>
  assertionResults.map(({ fullName, duration }) => ({
    file: relative(process.cwd(), name),
    fullName,
    seconds: (duration ?? 0) / 1000,
  })),
);
const slowest = tests.toSorted((one, other) => other.seconds - one.seconds).slice(0, 10);
const lines = slowest.map(
  ({ file, fullName, seconds }) => `${seconds.toFixed(1).padStart(6)} s  ${file}  ${fullName}`,
);

const passed = run.numPassedTests ?? 0;
const failed = (run.numFailedTests ?? 0) + (run.success === false && !run.numFailedTests ? 1 : 0);
const count = `${passed} passed, ${failed} failed`;
process.stdout.write(['', 'The ten slowest tests:', ...lines, '', count, ''].join('\n'));
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
