import { csv } from './build-options.ts';
import { optionArgv } from './option-table.ts';
import type { TestRun } from './port.ts';

/** How the container of a test is called, and who has started it. */
export interface TestContainer {
  readonly name: string;
  readonly holder: string;
}

/** The label of a test's container: the process that has started it. */
const TEST_LABEL = 'dev.docker-ensure.test';

/**
 * Runs a test. Variables are named only: docker takes their values from its own environment. `--init` has
 * the command ended by a signal that it does not handle.
 */
export function testArgv(
  { image, test, platform }: Omit<TestRun, 'onLog'>,
  { name, holder }: TestContainer,
): string[] {
  const [first = '', ...rest] = test.entrypoint ?? [];
  return [
    ...['run', '--rm', '--init', '--pull', 'never'],
    ...['--name', name, '--label', `${TEST_LABEL}=${holder}`],
    ...['--network', test.network],
    ...optionArgv('--platform', platform),
    ...optionArgv('--env', [...test.env.keys()]),
    ...optionArgv('--mount', test.mounts.map(boundMount)),
    ...(test.entrypoint === null ? [] : ['--entrypoint', first]),
    image,
    ...rest,
    ...test.command,
  ];
}

/** Other than `--volume`, it makes no folder where there is none. */
function boundMount({ source, target }: TestRun['test']['mounts'][number]): string {
  return csv(['type=bind', `source=${source}`, `target=${target}`, 'readonly']);
}

/** The containers of tests, an ID and a holder a line. */
export function listTestsArgv(): string[] {
  const format = `{{.ID}} {{.Label "${TEST_LABEL}"}}`;
  return [
    'container',
    'ls',
    '--all',
    '--no-trunc',
    '--filter',
    `label=${TEST_LABEL}`,
    '--format',
    format,
  ];
}

export function removeContainersArgv(names: readonly string[]): string[] {
  return ['container', 'rm', '--force', '--volumes', ...names];
}
