// Every type that is reachable from an export of the package can be imported from one of its entry points.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const { exports: entries } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  exports: Readonly<Record<string, { readonly types?: string } | string>>;
};
const ENTRY_POINTS = Object.values(entries).flatMap((entry) =>
  typeof entry === 'object' && entry.types !== undefined ? [`${ROOT}${entry.types.slice(2)}`] : [],
);

function problemsOf(entryPoints: readonly string[]): string[] {
  const program = ts.createProgram([...entryPoints], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    skipLibCheck: true,
    types: ['node'],
  });
  const checker = program.getTypeChecker();
  const resolved = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const named = new Set(
    entryPoints.flatMap((path) => {
      const symbol = checker.getSymbolAtLocation(program.getSourceFile(path)!);
      return symbol === undefined ? [] : checker.getExportsOfModule(symbol).map(resolved);
    }),
  );
  const problems = new Set<string>();
  const visit = (node: ts.Node, from: string): void => {
    if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node) || ts.isTypeQueryNode(node)) {
      const name = ts.isTypeReferenceNode(node)
        ? node.typeName
        : ts.isTypeQueryNode(node)
          ? node.exprName
          : node.expression;
      const found = checker.getSymbolAtLocation(name);
      const symbol = found && resolved(found);
      const file = symbol?.declarations?.[0]?.getSourceFile().fileName ?? '';
      const local = symbol !== undefined && (symbol.flags & ts.SymbolFlags.TypeParameter) !== 0;
      if (symbol && !local && file.startsWith(`${ROOT}dist/`) && !named.has(symbol))
        problems.add(`${from}: ${symbol.name} of ${file.slice(ROOT.length)}`);
    }
    ts.forEachChild(node, (child) => visit(child, from));
  };
  for (const symbol of named)
    for (const declaration of symbol.declarations ?? []) visit(declaration, symbol.name);
  return [...problems].sort();
}

it('the package has four entry points and its package.json', () => {
  expect(Object.keys(entries).sort()).toEqual(['.', './formats', './kernels', './package.json', './server']);
});

it('every reachable type is exported', () => {
  expect(problemsOf(ENTRY_POINTS)).toEqual([]);
});

it('a type that is not exported is found', () => {
  const [first] = ENTRY_POINTS;
  expect(problemsOf([first!.replace('index.d.ts', 'service/service.d.ts')]).join()).toContain(
    'ModelRegistry',
  );
});
