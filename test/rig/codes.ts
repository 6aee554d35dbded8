import { readFileSync } from 'node:fs';
import { REGISTRY_FAULTS } from '../../src/model/failure.ts';

/** The codes of all errors and warnings: what the types of diagnostics and of failures allow. */
export function allCodes(): string[] {
  const unions = [
    unionIn('src/model/diagnostic-code.ts', 'DiagnosticCode'),
    unionIn('src/model/failure.ts', 'FailureCode'),
    REGISTRY_FAULTS.map((fault) => `registry-${fault}`),
  ];
  return [...new Set(unions.flat())];
}

function unionIn(path: string, type: string): string[] {
  const text = readFileSync(path, 'utf8').split(`type ${type} =`)[1]?.split(';\n')[0] ?? '';
  return [...text.matchAll(/\| '([a-z0-9-]+)'/g)].map(([, code]) => code ?? '');
}
