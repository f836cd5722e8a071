// Tests tsconfig.pure.json, which compiles the modules that also run in a browser with the types of a web worker instead of
// the types of Node. It finds uses of Node's globals; the layer check finds imports of Node's modules.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { PURE_MODULES } from '../../tools/layers.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const project = ts.parseJsonConfigFileContent(
  ts.readConfigFile(`${ROOT}tsconfig.pure.json`, ts.sys.readFile).config,
  ts.sys,
  ROOT,
);

function problemsOf(text: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'quire-pure-'));
  try {
    const path = join(folder, 'source.mts');
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

it('tsconfig.pure.json covers each pure module except its node folders and tests', () => {
  const modules = new Set(project.fileNames.map((path) => /\/src\/([^/]+)\//.exec(path)?.[1]));
  expect([...modules].sort()).toEqual([...PURE_MODULES].sort());
  expect(project.fileNames.filter((path) => /\/node\/|\.test\.|kernels\/index/.test(path))).toEqual([]);
});

it('globals that only Node has are type errors', () => {
  const names = ['process', 'Buffer', 'setImmediate', '__dirname', 'require'];
  const problems = problemsOf(`export type Timer = NodeJS.Timeout;\nexport const all = [${names.join()}];`);
  for (const name of [...names, 'NodeJS']) expect(problems.join('\n')).toContain(`'${name}'`);
});

it('globals that only the main thread of a page has are type errors', () => {
  expect(problemsOf('export const title = document.title;').join()).toContain("'document'");
});

it('globals that Node and web workers share are accepted', () => {
  const source =
    'export const all = [performance.now(), AbortSignal.timeout(1), new TextDecoder(), console];';
  expect(problemsOf(source)).toEqual([]);
});
