// `npm run bench:peers`: runs Quire and node-llama-cpp alternately on the same model files, each run in a fresh process.
// Prints the ratios and the position of the first differing greedy token. Run `npm ci --prefix bench/peers
// --ignore-scripts` once before.
//
//   npm run bench:peers -- [--turns N] [--threads N] [--start] [--chart FILE] [--json] [--out FOLDER] [MODEL ...]
//
// Without MODEL, it generates models with random weights. --turns is the number of repetitions. --start measures only the time from
// the start of a process to the first token. --json prints each
// measurement at once as a JSON line on standard output, and the table on standard error. --out writes a result of quire lab
// for one model, by default the embedded one.

import { existsSync, mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { asQuireError, QuireError } from '../../src/base/errors.ts';
import { median } from '../../src/lab/statistics.ts';
import type { Comparison, PeersData } from './data.ts';
import { formatDivergence, measureDivergence } from './divergence.ts';
import { drawBars } from './draw-bars.ts';
import { compareEngines, compareStarts, measurementSettings } from './measure.ts';
import { writePeersResult } from './result.ts';
import { type ChartBar, REPOSITORY_ROOT, runNode } from './run-node.ts';

const SYNTHETIC_FOLDER = `${REPOSITORY_ROOT}.cache/bench`;
const EMBEDDED_MODEL = `${REPOSITORY_ROOT}models/embedded/quire-embedded-q8_0.gguf`;
const SYNTHETIC: readonly [like: string, quant: string][] = [
  ['Qwen2.5-0.5B', 'Q8_0'],
  ['Qwen2.5-0.5B', 'Q4_0'],
  ['Qwen3-0.6B', 'Q4_K'],
];

const titleOf = ({ name, unit }: Comparison): string => `${name}, ${unit}`;

function comparisonLine(comparison: Comparison): string {
  const { model, quire, llama, lowIsGood } = comparison;
  const [quireMedian, llamaMedian] = [median(quire), median(llama)];
  const values = `${quireMedian.toFixed(1).padStart(9)} ${llamaMedian.toFixed(1).padStart(9)}`;
  const ratio = lowIsGood === true ? llamaMedian / quireMedian : quireMedian / llamaMedian;
  return `${model.padEnd(28)} ${titleOf(comparison).padEnd(22)} ${values}   ${ratio.toFixed(2)} x`;
}

function barsOf(comparison: Comparison): ChartBar[] {
  const { model, quire, llama } = comparison;
  const labels = { model: basename(model, '.gguf'), measure: titleOf(comparison) };
  return [
    { ...labels, engine: 'Quire', value: median(quire) },
    { ...labels, engine: 'node-llama-cpp', value: median(llama) },
  ];
}

async function generateModels(): Promise<string[]> {
  mkdirSync(SYNTHETIC_FOLDER, { recursive: true });
  const paths: string[] = [];
  for (const [like, quant] of SYNTHETIC) {
    const path = `${SYNTHETIC_FOLDER}/${like}-${quant}.gguf`;
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
      start: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const { json, out, chart } = values;
  if (out !== undefined && positionals.length > 1)
    throw new QuireError(
      'bad_option',
      `--out accepts one model, got ${positionals.length}`,
      'run the comparison once per model, each with a different --out folder',
    );
  if (!existsSync(`${REPOSITORY_ROOT}bench/peers/node_modules/node-llama-cpp`))
    throw new QuireError(
      'not_supported',
      'node-llama-cpp is not installed',
      'run npm ci --prefix bench/peers --ignore-scripts in the root of the repository',
    );
  const threads = Number(values.threads ?? availableParallelism());
  const turns = Number(values.turns);
  const print = json ? console.error : console.log;
  const printJson = (value: object): void => {
    if (json) console.log(JSON.stringify(value));
  };
  const givenModels = positionals.map((path) => resolve(path));
  const models =
    givenModels.length > 0 ? givenModels : out === undefined ? await generateModels() : [EMBEDDED_MODEL];
  print(
    `${threads} threads; medians of ${turns} repetitions, each the median of 3 runs in a fresh process (start: one run)`,
  );
  print(
    `${'model'.padEnd(28)} ${'measure'.padEnd(22)} ${'Quire'.padStart(9)} ${'llama'.padStart(9)}   ratio`,
  );
  const measure = async (data: Pick<PeersData, 'comparisons' | 'divergence'>): Promise<void> => {
    const add = (comparison: Comparison): void => {
      print(comparisonLine(comparison));
      printJson(comparison);
      data.comparisons.push(comparison);
    };
    for (const model of models) {
      add(await compareStarts(model, threads, turns));
      if (values.start) continue;
      for (const setting of measurementSettings(threads))
        for (const comparison of await compareEngines(model, setting, turns)) add(comparison);
    }
    if (values.start) return;
    for (const model of givenModels.length > 0 || out !== undefined ? models : [...models, EMBEDDED_MODEL]) {
      const divergence = await measureDivergence(model, threads);
      print(formatDivergence(divergence));
      printJson({ divergence });
      data.divergence = divergence;
    }
    if (chart !== undefined) await writeFile(chart, await drawBars(data.comparisons.flatMap(barsOf)));
  };
  if (out === undefined) await measure({ comparisons: [] });
  else {
    await writePeersResult(out, { model: models[0]!, threads, turns }, measure);
    print(`${out}/index.html`);
  }
}

try {
  await main();
} catch (error) {
  const failure = asQuireError(error);
  console.error(failure.fullLine);
  process.exitCode = failure.exitCode;
}
