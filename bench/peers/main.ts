// `npm run bench:peers`: Quire and node-llama-cpp on the same files, alternately, each run in a fresh process. Prints ratios
// and where the greedy tokens differ. Needs `npm ci --prefix bench/peers --ignore-scripts` once.
//
//   npm run bench:peers -- [--turns N] [--threads N] [--chart FILE] [--json] [--out FOLDER] [MODEL ...]
//
// Without models it generates some. --json prints one object per line on standard output, as soon as something is
// measured, and words on standard error. --out writes a result of quire lab for one model, the embedded one by default.

import { existsSync, mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { asQuireError, QuireError } from '../../src/base/errors.ts';
import { median } from '../../src/lab/statistics.ts';
import type { Comparison, PeersData } from './data.ts';
import { divergenceLine, greedyDivergence } from './divergence.ts';
import { drawBars } from './draw-bars.ts';
import { compareEngines, settings } from './measure.ts';
import { writePeersResult } from './result.ts';
import { type Bar, ROOT, runNode } from './run-node.ts';

const FILES = `${ROOT}.cache/bench`;
const EMBEDDED = `${ROOT}models/embedded/quire-embedded-q8_0.gguf`;
const SYNTHETIC: readonly [like: string, quant: string][] = [
  ['Qwen2.5-0.5B', 'Q8_0'],
  ['Qwen2.5-0.5B', 'Q4_0'],
  ['Qwen3-0.6B', 'Q4_K'],
];

const title = ({ name, unit }: Comparison): string => `${name}, ${unit}`;

function comparisonLine(comparison: Comparison): string {
  const { model, quire, llama, lowIsGood } = comparison;
  const [a, b] = [median(quire), median(llama)];
  const values = `${a.toFixed(1).padStart(9)} ${b.toFixed(1).padStart(9)}`;
  const ratio = lowIsGood === true ? b / a : a / b;
  return `${model.padEnd(28)} ${title(comparison).padEnd(22)} ${values}   ${ratio.toFixed(2)} x`;
}

function barsOf(comparison: Comparison): Bar[] {
  const { model, quire, llama } = comparison;
  const shared = { model: basename(model, '.gguf'), measure: title(comparison) };
  return [
    { ...shared, engine: 'Quire', value: median(quire) },
    { ...shared, engine: 'node-llama-cpp', value: median(llama) },
  ];
}

async function syntheticFiles(): Promise<string[]> {
  mkdirSync(FILES, { recursive: true });
  const paths: string[] = [];
  for (const [like, quant] of SYNTHETIC) {
    const path = `${FILES}/${like}-${quant}.gguf`;
    if (!existsSync(path))
      await runNode(['bin/quire.js', 'synth', '--like', like, '--quant', quant, '--out', path]);
    paths.push(path);
  }
  return paths;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      turns: { type: 'string', default: '3' },
      threads: { type: 'string' },
      chart: { type: 'string' },
      json: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const { json, out, chart } = values;
  if (out !== undefined && positionals.length > 1)
    throw new QuireError(
      'bad_option',
      `--out is for one model, and ${positionals.length} were given`,
      'run the comparison once per model, with different folders',
    );
  if (!existsSync(`${ROOT}bench/peers/node_modules/node-llama-cpp`))
    throw new QuireError(
      'not_supported',
      'node-llama-cpp is not installed',
      'run npm ci --prefix bench/peers --ignore-scripts in the repository of Quire',
    );
  const threads = Number(values.threads ?? availableParallelism());
  const turns = Number(values.turns);
  const say = json ? console.error : console.log;
  const printJson = (value: object): void => {
    if (json) console.log(JSON.stringify(value));
  };
  const given = positionals.map((path) => resolve(path));
  const models = given.length > 0 ? given : out === undefined ? await syntheticFiles() : [EMBEDDED];
  say(`${threads} threads; medians of ${turns} turns, each the median of 3 in a fresh process`);
  say(`${'model'.padEnd(28)} ${'measure'.padEnd(22)} ${'Quire'.padStart(9)} ${'llama'.padStart(9)}   ratio`);
  const measure = async (data: Pick<PeersData, 'comparisons' | 'divergence'>): Promise<void> => {
    for (const model of models)
      for (const setting of settings(threads))
        for (const comparison of await compareEngines(model, setting, turns)) {
          say(comparisonLine(comparison));
          printJson(comparison);
          data.comparisons.push(comparison);
        }
    for (const model of given.length > 0 || out !== undefined ? models : [...models, EMBEDDED]) {
      const divergence = await greedyDivergence(model, threads);
      say(divergenceLine(divergence));
      printJson({ divergence });
      data.divergence = divergence;
    }
    if (chart !== undefined) await writeFile(chart, await drawBars(data.comparisons.flatMap(barsOf)));
  };
  if (out === undefined) await measure({ comparisons: [] });
  else {
    await writePeersResult(out, { model: models[0]!, threads, turns }, measure);
    say(`${out}/index.html`);
  }
}

try {
  await main();
} catch (error) {
  const failure = asQuireError(error);
  console.error(failure.fullLine);
  process.exitCode = failure.exitCode;
}
