// Checks code blocks in docs/ that follow a comment `<!-- src/... -->`: each must compile as the file with this path.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DOCUMENTS = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));

/** The code of each block by the path in its comment. */
const CODE_BY_PATH = new Map(
  DOCUMENTS.flatMap((name) => {
    const blocks = readFileSync(join(ROOT, 'docs', name), 'utf8').matchAll(
      /^<!-- (src\/\S+) -->\n```ts\n([\s\S]*?)^```/gm,
    );
    return [...blocks].map(([, path = '', code = '']) => [join(ROOT, path), code] as const);
  }),
);

function compileErrors(): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, include: [], files: [...CODE_BY_PATH.keys()] },
    ts.sys,
    ROOT,
  );
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const { readFile, fileExists, getSourceFile } = host;
  host.fileExists = (path) => CODE_BY_PATH.has(path) || fileExists(path);
  host.readFile = (path) => CODE_BY_PATH.get(path) ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const code = CODE_BY_PATH.get(path);
    return code === undefined
      ? getSourceFile(path, version, ...rest)
      : ts.createSourceFile(path, code, version);
  };
  // src/server declares the properties of requests that the routes use, and the routes do not import src/server.
  const roots = [...CODE_BY_PATH.keys(), join(ROOT, 'src/server/index.ts')];
  const program = ts.createProgram(roots, { ...options, noEmit: true }, host);
  return [...CODE_BY_PATH.keys()].flatMap((path) => {
    const file = program.getSourceFile(path);
    const diagnostics = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return diagnostics.map(
      ({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
  });
}

it('code blocks in docs/ compile as the files that they name', { timeout: 120_000 }, () => {
  expect(CODE_BY_PATH.size).toBeGreaterThan(1);
  expect(compileErrors()).toEqual([]);
});
