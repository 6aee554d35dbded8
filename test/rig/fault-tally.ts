import { appendFile, readFile } from 'node:fs/promises';
import { inject } from 'vitest';
import type { Store } from './engine/index.ts';

/** One fault that was injected, and what it cost. */
export interface FaultRecord {
  /** Its name in the table of docs/guarantees.md. */
  readonly fault: string;
  /** The run ended as it should, said what was wrong, and a second run completed. */
  readonly survived: boolean;
  /** Images that were here or in the registry before, and are not afterwards. */
  readonly imagesLost: number;
  /** Image manifests that were written twice under one tag. */
  readonly uploadsTwice: number;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The file that the fault suite counts in. */
    tally: string;
  }
}

/** Counts a fault. To be called once a fault, whatever becomes of the test. */
export async function countFault(record: FaultRecord): Promise<void> {
  const line = { store: inject('store'), ...record };
  await appendFile(inject('tally'), `${JSON.stringify(line)}\n`);
}

/** True where the whole suite is to run, and not only the part that belongs to every test run. */
export const wholeSuite = process.env.DOCKER_ENSURE_FAULTS === 'full';

/** `faults injected: 31, survived: 31, images lost: 0, uploads done twice: 0` and what was not survived. */
export async function summarizeTally(file: string, store: Store): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const records = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as FaultRecord);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  const lost = sum(records.map(({ imagesLost }) => imagesLost));
  const twice = sum(records.map(({ uploadsTwice }) => uploadsTwice));
  const fallen = records.filter(({ survived }) => !survived).map(({ fault }) => fault);
  const counts = [
    `faults injected: ${records.length}`,
    `survived: ${records.length - fallen.length}`,
    `images lost: ${lost}`,
    `uploads done twice: ${twice}`,
  ];
  const notSurvived = fallen.length === 0 ? '' : ` (not survived: ${fallen.join(', ')})`;
  return `${store} store: ${counts.join(', ')}${notSurvived}`;
}
