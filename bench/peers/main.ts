// `npm run bench:peers`: Quire and node-llama-cpp on the same files, in turns, each run in a fresh process; ratios, a bar
// chart, and where their greedy tokens part. Needs `npm ci --prefix bench/peers --ignore-scripts` once. Takes files to
// measure, else it makes some; with --json an object a line on standard output as soon as something is measured, and
// words on standard error.

import { existsSync, mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { divergenceLine, greedyDivergence } from './divergence.ts';
import { drawBars } from './draw-bars.ts';
import { type Bar, lastLine, node, ROOT, type Setting } from './run-node.ts';

const FILES = `${ROOT}.cache/bench`;
const DEFAULTS: readonly [string, string][] = [
  ['Qwen2.5-0.5B', 'Q8_0'],
  ['Qwen2.5-0.5B', 'Q4_0'],
  ['Qwen3-0.6B', 'Q4_K'],
];

interface Figures {
  readonly loadMs: number;
  readonly prefillTokensPerSecond: number;
  readonly decodeTokensPerSecond: number;
  readonly throughputTokensPerSecond: number;
  readonly peakResidentBytes: number;
}

async function quire(model: string, s: Setting): Promise<Figures> {
  const sizes = ['--prompt-tokens', `${s.promptTokens}`, '--generate-tokens', `${s.generateTokens}`];
  const counts = ['--concurrency', `${s.concurrency}`, '--repetitions', `${s.repetitions}`];
  const args = ['bin/quire.js', 'bench', '--model', model, ...sizes, ...counts, '--threads', `${s.threads}`];
  return JSON.parse(lastLine(await node([...args, '--json']))) as Figures;
}

async function llama(model: string, setting: Setting): Promise<Figures> {
  const text = await node(['bench/peers/llama-process.js', model, JSON.stringify(setting)]);
  return JSON.parse(lastLine(text)) as Figures;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly key: keyof Figures;
  readonly lowIsGood?: true;
}

const MEASURES: readonly Measure[] = [
  { name: 'prefill', unit: 'tokens/s', key: 'prefillTokensPerSecond' },
  { name: 'decode', unit: 'tokens/s', key: 'decodeTokensPerSecond' },
  { name: 'load', unit: 'ms', key: 'loadMs', lowIsGood: true },
  { name: 'peak memory', unit: 'MB', key: 'peakResidentBytes', lowIsGood: true },
];

const throughput = (concurrency: number): Measure => ({
  name: `${concurrency} at once`,
  unit: 'tokens/s',
  key: 'throughputTokensPerSecond',
});

/** One measure of one model: a number for each turn, in `unit`. */
interface Comparison extends Omit<Measure, 'key'> {
  readonly model: string;
  readonly quire: readonly number[];
  readonly llama: readonly number[];
}

async function compare(model: string, setting: Setting, turns: number): Promise<Comparison[]> {
  const own: Figures[] = [];
  const others: Figures[] = [];
  for (let turn = 0; turn < turns; turn++) {
    own.push(await quire(model, setting));
    others.push(await llama(model, setting));
  }
  const measures = setting.concurrency === 1 ? MEASURES : [throughput(setting.concurrency)];
  return measures.map(({ key, ...measure }): Comparison => {
    const numbers = (figures: readonly Figures[]): number[] =>
      figures.map((one) => one[key] / (measure.unit === 'MB' ? 1e6 : 1));
    return { ...measure, model: basename(model), quire: numbers(own), llama: numbers(others) };
  });
}

const title = ({ name, unit }: Comparison): string => `${name}, ${unit}`;

function line(comparison: Comparison): string {
  const { model, quire, llama, lowIsGood } = comparison;
  const [a, b] = [median(quire), median(llama)];
  const numbers = `${a.toFixed(1).padStart(9)} ${b.toFixed(1).padStart(9)}`;
  const ratio = lowIsGood === true ? b / a : a / b;
  return `${model.padEnd(28)} ${title(comparison).padEnd(22)} ${numbers}   ${ratio.toFixed(2)} x`;
}

function barsOf(comparison: Comparison): Bar[] {
  const { model, quire, llama } = comparison;
  const shared = { model: basename(model, '.gguf'), measure: title(comparison) };
  return [
    { ...shared, engine: 'Quire', value: median(quire) },
    { ...shared, engine: 'node-llama-cpp', value: median(llama) },
  ];
}

async function synthetic(): Promise<string[]> {
  mkdirSync(FILES, { recursive: true });
  const paths: string[] = [];
  for (const [like, quant] of DEFAULTS) {
    const path = `${FILES}/${like}-${quant}.gguf`;
    if (!existsSync(path))
      await node(['bin/quire.js', 'synth', '--like', like, '--quant', quant, '--out', path]);
    paths.push(path);
  }
  return paths;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    turns: { type: 'string', default: '3' },
    threads: { type: 'string' },
    chart: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const threads = Number(values.threads ?? availableParallelism());
const turns = Number(values.turns);
const models = positionals.length > 0 ? positionals : await synthetic();
const say = values.json ? console.error : console.log;
const tell = (found: object): void => {
  if (values.json) console.log(JSON.stringify(found));
};
say(`${threads} threads; medians of ${turns} turns, each the median of 3 in a fresh process`);
say(`${'model'.padEnd(28)} ${'what'.padEnd(22)} ${'Quire'.padStart(9)} ${'llama'.padStart(9)}   ratio`);
const SETTINGS = [
  { promptTokens: 512, generateTokens: 64, concurrency: 1, threads, repetitions: 3 },
  { promptTokens: 64, generateTokens: 64, concurrency: 16, threads, repetitions: 1 },
];
const comparisons: Comparison[] = [];
for (const model of models)
  for (const setting of SETTINGS)
    for (const comparison of await compare(model, setting, turns)) {
      say(line(comparison));
      tell(comparison);
      comparisons.push(comparison);
    }
const embedded = `${ROOT}models/embedded/quire-embedded-q8_0.gguf`;
for (const model of positionals.length > 0 ? models : [...models, embedded]) {
  const divergence = await greedyDivergence(model, threads);
  say(divergenceLine(divergence));
  tell({ divergence });
}
if (values.chart !== undefined) await writeFile(values.chart, await drawBars(comparisons.flatMap(barsOf)));
