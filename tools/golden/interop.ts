// `npm run test:interop`: checks that Quire generates the same greedy tokens as transformers from GGUF files that the
// `gguf` package wrote. make_interop.py writes the files and the expected tokens.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asQuireError } from '../../src/base/errors.ts';
import { type Engine, loadEngine } from '../../src/index.ts';
import { findPython, succeeds } from './python.ts';

interface Case {
  readonly prompt: string;
  readonly promptTokens: readonly number[];
  readonly tokens: readonly number[];
  /** smallest logit margin of a chosen token over the second best */
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

async function makeFiles(): Promise<readonly Expected[]> {
  const python = await findPython();
  if (!(await succeeds(python, [GENERATOR, OUT])))
    throw new Error(`${GENERATOR} failed; its output is above`);
  return JSON.parse(await readFile(join(OUT, 'expected.json'), 'utf8'));
}

/** Describes each difference in one sentence; empty when all tokens are equal. */
async function differences({ file, cases }: Expected): Promise<string[]> {
  const engine = await loadEngine({ model: join(OUT, file) });
  try {
    const found: string[] = [];
    for (const each of cases) found.push(...(await compare(engine, each)));
    return found;
  } finally {
    await engine.dispose();
  }
}

async function compare(engine: Engine, { prompt, promptTokens, tokens }: Case): Promise<string[]> {
  const request = { prompt, raw: true, temperature: 0, repetitionPenalty: 1, maxTokens: tokens.length };
  const encoded = await engine.encode(request);
  if (!equal(encoded, promptTokens))
    return [`prompt ${JSON.stringify(prompt)} is encoded as [${encoded}], expected [${promptTokens}]`];
  const { tokens: generated } = await engine.generate(request).result;
  if (equal(generated, tokens)) return [];
  const at = tokens.findIndex((token, i) => generated[i] !== token);
  return [`after ${JSON.stringify(prompt)} token ${at} is ${generated[at]}, expected ${tokens[at]}`];
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function row(...cells: readonly (string | number)[]): string {
  return cells
    .map((cell) => String(cell).padEnd(13))
    .join(' ')
    .trimEnd();
}

async function main(): Promise<number> {
  const expected = await makeFiles();
  const report: string[] = [];
  console.log(row('model', 'type', 'prompts', 'tokens', 'margin', 'result'));
  for (const each of expected) {
    const found = await differences(each);
    report.push(...found.map((sentence) => `${each.file}: ${sentence}`));
    const count = each.cases.reduce((sum, { tokens }) => sum + tokens.length, 0);
    const margin = Math.min(...each.cases.map((one) => one.margin)).toFixed(3);
    console.log(
      row(each.family, each.type, each.cases.length, count, margin, found.length === 0 ? 'equal' : 'DIFFERS'),
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
