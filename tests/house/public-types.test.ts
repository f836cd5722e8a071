// Checks that users can import every type that an exported declaration refers to from an entry point of the package, and that
// editors show a description of each option.

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

const programOf = (entryPoints: readonly string[]): ts.Program =>
  ts.createProgram([...entryPoints], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    skipLibCheck: true,
    types: ['node'],
  });

function problemsOf(entryPoints: readonly string[]): string[] {
  const program = programOf(entryPoints);
  const checker = program.getTypeChecker();
  const withoutAlias = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const exportedSymbols = new Set(
    entryPoints.flatMap((path) => {
      const symbol = checker.getSymbolAtLocation(program.getSourceFile(path)!);
      return symbol === undefined ? [] : checker.getExportsOfModule(symbol).map(withoutAlias);
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
      const namedSymbol = checker.getSymbolAtLocation(name);
      const symbol = namedSymbol && withoutAlias(namedSymbol);
      const file = symbol?.declarations?.[0]?.getSourceFile().fileName ?? '';
      const isTypeParameter = symbol !== undefined && (symbol.flags & ts.SymbolFlags.TypeParameter) !== 0;
      if (symbol && !isTypeParameter && file.startsWith(`${ROOT}dist/`) && !exportedSymbols.has(symbol))
        problems.add(`${from}: ${symbol.name} of ${file.slice(ROOT.length)}`);
    }
    ts.forEachChild(node, (child) => visit(child, from));
  };
  for (const symbol of exportedSymbols)
    for (const declaration of symbol.declarations ?? []) visit(declaration, symbol.name);
  return [...problems].sort();
}

const isOwn = ({ declarations = [] }: ts.Symbol): boolean =>
  declarations.length === 0 ||
  declarations.some((node) => node.getSourceFile().fileName.startsWith(`${ROOT}dist/`));

/** Returns the options of exported types that have no description. */
function undocumentedOptions(entryPoints: readonly string[]): string[] {
  const program = programOf(entryPoints);
  const checker = program.getTypeChecker();
  const found = new Set<string>();
  for (const path of entryPoints)
    for (const exported of checker.getExportsOfModule(
      checker.getSymbolAtLocation(program.getSourceFile(path)!)!,
    )) {
      if (!/(Options|Request|NewConversation)$/.test(exported.name)) continue;
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      for (const property of checker.getDeclaredTypeOfSymbol(symbol).getProperties())
        if (isOwn(property) && property.getDocumentationComment(checker).length === 0)
          found.add(`${exported.name}.${property.name}`);
    }
  return [...found].sort();
}

it('the package exports four entry points and package.json', () => {
  expect(Object.keys(entries).sort()).toEqual(['.', './formats', './kernels', './package.json', './server']);
});

it('an entry point exports every type that an exported declaration refers to', () => {
  expect(problemsOf(ENTRY_POINTS)).toEqual([]);
});

it('the check finds a type that is not exported', () => {
  const [first] = ENTRY_POINTS;
  expect(problemsOf([first!.replace('index.d.ts', 'service/service.d.ts')]).join()).toContain(
    'ModelRegistry',
  );
});

it('each option has a description', () => {
  expect(undocumentedOptions(ENTRY_POINTS)).toEqual([]);
});
