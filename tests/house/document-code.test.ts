// Code in documents that is marked with the file it would be (`<!-- src/... -->` before the block) compiles there.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGES = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));

/** The code of each file by its path. */
const BLOCKS = new Map(
  PAGES.flatMap((name) => {
    const blocks = readFileSync(join(ROOT, 'docs', name), 'utf8').matchAll(
      /^<!-- (src\/\S+) -->\n```ts\n([\s\S]*?)^```/gm,
    );
    return [...blocks].map(([, path = '', code = '']) => [join(ROOT, path), code] as const);
  }),
);

function problems(): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, include: [], files: [...BLOCKS.keys()] },
    ts.sys,
    ROOT,
  );
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const { readFile, fileExists, getSourceFile } = host;
  host.fileExists = (path) => BLOCKS.has(path) || fileExists(path);
  host.readFile = (path) => BLOCKS.get(path) ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const code = BLOCKS.get(path);
    return code === undefined
      ? getSourceFile(path, version, ...rest)
      : ts.createSourceFile(path, code, version);
  };
  // The server declares properties of requests for the routes, which need not import it.
  const roots = [...BLOCKS.keys(), join(ROOT, 'src/server/index.ts')];
  const program = ts.createProgram(roots, { ...options, noEmit: true }, host);
  return [...BLOCKS.keys()].flatMap((path) => {
    const file = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map(({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
  });
}

it('compiles', { timeout: 120_000 }, () => {
  expect(BLOCKS.size).toBeGreaterThan(1);
  expect(problems()).toEqual([]);
});
