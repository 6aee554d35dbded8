import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { REGISTRY_FAULTS } from '../../src/model/failure.ts';

/** Codes that are put together, by the template that does it. */
const PUT_TOGETHER: Readonly<Record<string, readonly string[]>> = {
  '`registry-${fault}`': REGISTRY_FAULTS.map((fault) => `registry-${fault}`),
  '`unusable-${what}`': ['unusable-manifest', 'unusable-env-file', 'unusable-compose-file'],
};

/** What else is called `code` in these files is no code of an error. */
const OTHERS = ['src/docker/unusable.ts', 'src/cli/cache-folder.ts'];

/** The codes of errors and warnings that stand in the source: each value of a property `code`. */
export function codesIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => path.endsWith('.ts') && !OTHERS.includes(path));
  return [...new Set(files.flatMap(codesOfFile))].sort();
}

function codesOfFile(path: string): string[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const codes: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'code')
      codes.push(...valuesOf(node.initializer, path));
    if (ts.isCallExpression(node) && node.expression.getText() === 'wrong' && node.arguments[1])
      codes.push(...valuesOf(node.arguments[1], path));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return codes;
}

function valuesOf(node: ts.Expression, path: string): readonly string[] {
  if (ts.isStringLiteral(node)) return [node.text];
  if (ts.isConditionalExpression(node))
    return [...valuesOf(node.whenTrue, path), ...valuesOf(node.whenFalse, path)];
  if (ts.isTemplateExpression(node)) {
    const values = PUT_TOGETHER[node.getText()];
    if (values === undefined) throw new Error(`${path}: which codes are ${node.getText()}?`);
    return values;
  }
  return [];
}
