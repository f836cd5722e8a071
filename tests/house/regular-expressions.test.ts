// Checks that every regular expression in the sources takes linear time. A regular expression for titles that did not, once
// blocked the server for 15 s when it received 80,000 spaces.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyse } from 'scslre';
import ts from 'typescript';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Returns `line pattern` of each regular expression that takes more than linear time. */
function superLinearIn(name: string, source: string): string[] {
  const kind = name.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.Latest, true, kind);
  const foundPatterns: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      const literal = { source: node.text.slice(1, end), flags: node.text.slice(end + 1) };
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      if (analyse(literal).reports.length > 0) foundPatterns.push(`${name}:${line + 1} ${node.text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return foundPatterns;
}

it('the sources have no regular expression that takes more than linear time', () => {
  const files = ['src', 'web/src', 'bin'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /(?<!\.test)\.(ts|tsx|js)$/.test(name))
      .map((name) => join(folder, name)),
  );
  expect(files.length).toBeGreaterThan(400);
  expect(files.flatMap((name) => superLinearIn(name, readFileSync(join(ROOT, name), 'utf8')))).toEqual([]);
});

it.each(['/\\s*[\\r\\n]+/', '/(a+)+$/', '/0+$/', '/^(\\d+)(.*)x$/s'])('the check reports %s', (pattern) => {
  expect(superLinearIn('x.ts', `f(${pattern});`)).toEqual([`x.ts:1 ${pattern}`]);
});
