// The modules that also run in a browser are compiled a second time, with what a worker of a page has and without what Node
// has (tsconfig.pure.json): an import of Node is caught by the layers, and a global of Node by this.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { PURE } from '../../tools/layers.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const project = ts.parseJsonConfigFileContent(
  ts.readConfigFile(`${ROOT}tsconfig.pure.json`, ts.sys.readFile).config,
  ts.sys,
  ROOT,
);

function problemsOf(text: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'quire-pure-'));
  try {
    const path = join(folder, 'one.mts');
    writeFileSync(path, text);
    const { incremental, tsBuildInfoFile, ...options } = project.options;
    const program = ts.createProgram([path], options);
    return ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n').split('.')[0]!);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('covers each pure module, without its folders of Node and its tests', () => {
  const modules = new Set(project.fileNames.map((path) => /\/src\/([^/]+)\//.exec(path)?.[1]));
  expect([...modules].sort()).toEqual([...PURE].sort());
  expect(project.fileNames.filter((path) => /\/node\/|\.test\.|kernels\/index/.test(path))).toEqual([]);
});

it('refuses the globals of Node', () => {
  const names = ['process', 'Buffer', 'setImmediate', '__dirname', 'require'];
  const problems = problemsOf(`export type Timer = NodeJS.Timeout;\nexport const all = [${names.join()}];`);
  for (const name of [...names, 'NodeJS']) expect(problems.join('\n')).toContain(`'${name}'`);
});

it('refuses what only the main thread of a page has', () => {
  expect(problemsOf('export const title = document.title;').join()).toContain("'document'");
});

it('accepts what both have', () => {
  const both = 'export const all = [performance.now(), AbortSignal.timeout(1), new TextDecoder(), console];';
  expect(problemsOf(both)).toEqual([]);
});
