// `npm run bench:peers`: Quire and node-llama-cpp on the same files, in turns, each run in a fresh process; ratios, a bar
// chart, and where their greedy tokens part. Needs `npm ci --prefix bench/peers --ignore-scripts` once.

import { existsSync, mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { greedyDivergence } from './divergence.ts';
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

const MEASURES: readonly { readonly name: string; readonly key: keyof Figures; readonly lowIsGood?: true }[] =
  [
    { name: 'prefill, tokens/s', key: 'prefillTokensPerSecond' },
    { name: 'decode, tokens/s', key: 'decodeTokensPerSecond' },
    { name: 'load, ms', key: 'loadMs', lowIsGood: true },
    { name: 'peak memory, MB', key: 'peakResidentBytes', lowIsGood: true },
  ];

async function compare(model: string, setting: Setting, turns: number, bars: Bar[]): Promise<void> {
  const own: Figures[] = [];
  const others: Figures[] = [];
  for (let turn = 0; turn < turns; turn++) {
    own.push(await quire(model, setting));
    others.push(await llama(model, setting));
  }
  const measures =
    setting.concurrency === 1
      ? MEASURES
      : [{ name: `${setting.concurrency} at once, tokens/s`, key: 'throughputTokensPerSecond' } as const];
  for (const { name, key, ...rest } of measures) {
    const [a, b] = [median(own.map((one) => one[key])), median(others.map((one) => one[key]))];
    const unit = key === 'peakResidentBytes' ? 1e6 : 1;
    const ratio = 'lowIsGood' in rest ? b / a : a / b;
    const numbers = `${(a / unit).toFixed(1).padStart(9)} ${(b / unit).toFixed(1).padStart(9)}`;
    console.log(`${basename(model).padEnd(28)} ${name.padEnd(22)} ${numbers}   ${ratio.toFixed(2)} x`);
    bars.push({ model: basename(model, '.gguf'), measure: name, engine: 'Quire', value: a / unit });
    bars.push({ model: basename(model, '.gguf'), measure: name, engine: 'node-llama-cpp', value: b / unit });
  }
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
  },
});
const threads = Number(values.threads ?? availableParallelism());
const turns = Number(values.turns);
const models = positionals.length > 0 ? positionals : await synthetic();
const bars: Bar[] = [];
console.log(`${threads} threads; medians of ${turns} turns, each the median of 3 in a fresh process`);
console.log(
  `${'model'.padEnd(28)} ${'what'.padEnd(22)} ${'Quire'.padStart(9)} ${'llama'.padStart(9)}   ratio`,
);
for (const model of models) {
  await compare(
    model,
    { promptTokens: 512, generateTokens: 64, concurrency: 1, threads, repetitions: 3 },
    turns,
    bars,
  );
  await compare(
    model,
    { promptTokens: 64, generateTokens: 64, concurrency: 16, threads, repetitions: 1 },
    turns,
    bars,
  );
}
for (const model of [...models, `${ROOT}models/embedded/quire-embedded-q8_0.gguf`])
  console.log(await greedyDivergence(model, threads));
if (values.chart !== undefined) await writeFile(values.chart, await drawBars(bars));
