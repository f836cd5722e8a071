// `npm run test:interop`: checks that Quire generates the same greedy tokens as transformers. make_interop.py writes the
// GGUF files with the Python package `gguf`, and the expected tokens.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asQuireError } from '../../src/base/errors.ts';
import { type Engine, loadEngine } from '../../src/index.ts';
import { findPython, runCommand } from './python.ts';

interface Case {
  readonly prompt: string;
  readonly promptTokens: readonly number[];
  readonly tokens: readonly number[];
  /** smallest difference between the largest and the second largest logit */
  readonly margin: number;
}

interface Expected {
  readonly file: string;
  readonly family: string;
  readonly type: string;
  readonly cases: readonly Case[];
}

const OUT = fileURLToPath(new URL('../../.cache/golden/interop/', import.meta.url));
const GENERATOR = fileURLToPath(new URL('./make_interop.py', import.meta.url));

async function generateFiles(): Promise<readonly Expected[]> {
  const python = await findPython();
  if (!(await runCommand(python, [GENERATOR, OUT])))
    throw new Error(`${GENERATOR} failed: see its output above`);
  return JSON.parse(await readFile(join(OUT, 'expected.json'), 'utf8'));
}

/** Returns a sentence for each difference; an empty list if all tokens are equal. */
async function findDifferences({ file, cases }: Expected): Promise<string[]> {
  const engine = await loadEngine({ model: join(OUT, file) });
  try {
    const foundDifferences: string[] = [];
    for (const testCase of cases) foundDifferences.push(...(await compare(engine, testCase)));
    return foundDifferences;
  } finally {
    await engine.dispose();
  }
}

async function compare(engine: Engine, { prompt, promptTokens, tokens }: Case): Promise<string[]> {
  const request = { prompt, raw: true, temperature: 0, repetitionPenalty: 1, maxTokens: tokens.length };
  const encoded = await engine.encode(request);
  if (!areEqual(encoded, promptTokens))
    return [`prompt ${JSON.stringify(prompt)} is encoded as [${encoded}], expected [${promptTokens}]`];
  const { tokens: generated } = await engine.generate(request).result;
  if (areEqual(generated, tokens)) return [];
  const index = tokens.findIndex((token, i) => generated[i] !== token);
  return [`after ${JSON.stringify(prompt)} token ${index} is ${generated[index]}, expected ${tokens[index]}`];
}

function areEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function row(...cells: readonly (string | number)[]): string {
  return cells
    .map((cell) => String(cell).padEnd(13))
    .join(' ')
    .trimEnd();
}

async function main(): Promise<number> {
  const expected = await generateFiles();
  const report: string[] = [];
  console.log(row('model', 'type', 'prompts', 'tokens', 'margin', 'result'));
  for (const model of expected) {
    const foundDifferences = await findDifferences(model);
    report.push(...foundDifferences.map((sentence) => `${model.file}: ${sentence}`));
    const count = model.cases.reduce((sum, { tokens }) => sum + tokens.length, 0);
    const margin = Math.min(...model.cases.map(({ margin: caseMargin }) => caseMargin)).toFixed(3);
    console.log(
      row(
        model.family,
        model.type,
        model.cases.length,
        count,
        margin,
        foundDifferences.length === 0 ? 'equal' : 'DIFFERS',
      ),
    );
  }
  for (const sentence of report) console.log(sentence);
  return report.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(asQuireError(error).line);
  process.exitCode = 1;
}
