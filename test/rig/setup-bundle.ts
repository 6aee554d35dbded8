import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

const BUILD = fileURLToPath(new URL('../../build.mjs', import.meta.url));

const build = () => promisify(execFile)(process.execPath, [BUILD]);

/** The global set-up of all tiers: no test ever runs the bundle of other sources than these. */
export default async function setUpBundle(project: TestProject): Promise<void> {
  // What the person at this terminal wants of colours is not for the programs under test.
  delete process.env.NO_COLOR;
  delete process.env.FORCE_COLOR;
  await build();
  project.onTestsRerun(async () => {
    await build();
  });
}
