// `quire bench`: measures the prefill and decode speed of a model, and in the same run the peak rates of the machine.

import { Command } from 'commander';
import { QuireError } from '../base/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { Limits } from '../kernels/limits.ts';
import { measureLimits, nativeUnavailable } from '../kernels/native/node/native-backend.ts';
import { kvBytesRead } from '../program/work.ts';
import { addModelOptions, loadWithProgress, type ModelFlags } from './model-options.ts';
import { progressBar } from './progress-bar.ts';
import { writeOutput, writeOutputJson } from './terminal.ts';
import { parseInteger } from './values.ts';

interface BenchFlags extends ModelFlags {
  readonly promptTokens: number;
  readonly generateTokens: number;
  readonly concurrency: number;
  readonly repetitions: number;
  readonly json?: boolean;
}

export function benchCommand(): Command {
  const command = new Command('bench')
    .description('measure the speed of a model and the limits of the machine')
    .option('--prompt-tokens <n>', 'tokens of each prompt', parseInteger, 512)
    .option('--generate-tokens <n>', 'tokens of each answer', parseInteger, 64)
    .option('--concurrency <n>', 'number of concurrent requests', parseInteger, 1)
    .option('--repetitions <n>', 'number of repetitions; the median is reported', parseInteger, 3)
    .option('--json', 'print one JSON object');
  return addModelOptions(command).action(bench);
}

/** The measurements of one repetition. */
interface Measurement {
  readonly prefillTokensPerSecond: number;
  readonly decodeTokensPerSecond: number;
  readonly throughputTokensPerSecond: number;
  readonly kvBytesReserved: number;
  readonly kvBytesUsed: number;
}

interface Report extends Measurement {
  readonly model: string;
  readonly backend: string;
  readonly instructionSet: string;
  readonly promptTokens: number;
  readonly generateTokens: number;
  readonly concurrency: number;
  readonly loadMs: number;
  readonly peakResidentBytes: number;
  /** undefined if the native kernels are not built */
  readonly limits: Limits | undefined;
}

async function bench(flags: BenchFlags): Promise<void> {
  for (const name of ['promptTokens', 'generateTokens', 'concurrency', 'repetitions'] as const) {
    if (flags[name] < 1)
      throw new QuireError('bad_option', `${name} is ${flags[name]}`, 'use a whole number of at least 1');
  }
  const limits =
    nativeUnavailable() === undefined ? await measureLimits({ threads: flags.threads }) : undefined;
  const loadStart = performance.now();
  await using engine = await loadWithProgress({
    ...flags,
    context: flags.context ?? flags.promptTokens + flags.generateTokens,
  });
  const loadMs = performance.now() - loadStart;
  const bar = progressBar('repetitions');
  const measurements: Measurement[] = [];
  // The first repetition is a warm-up, whose result is not used.
  for (let repetition = 0; repetition <= flags.repetitions; repetition++) {
    const measurement = await measure(engine, flags, repetition);
    if (repetition > 0) measurements.push(measurement);
    bar.show(repetition + 1, flags.repetitions + 1);
  }
  bar.clear();
  const { promptTokens, generateTokens, concurrency } = flags;
  const report: Report = {
    model: engine.info.model,
    backend: engine.info.backend,
    instructionSet: engine.info.numerics,
    ...{ promptTokens, generateTokens, concurrency, loadMs },
    ...medians(measurements),
    peakResidentBytes: process.resourceUsage().maxRSS * 1024,
    limits,
  };
  if (flags.json === true) writeOutputJson(report);
  else writeOutput(reportText(report, engine));
}

/** Measures concurrent requests, whose prompts differ, so that no request finds cached tokens. */
async function measure(engine: Engine, flags: BenchFlags, repetition: number): Promise<Measurement> {
  const { promptTokens, generateTokens, concurrency } = flags;
  const start = performance.now();
  let peakUsage = engine.kvUsage;
  const answers = Array.from({ length: concurrency }, async (_, i) => {
    const tokens = randomTokens(engine.tokenizer.vocabSize, promptTokens, repetition * concurrency + i + 1);
    const options = { temperature: 0, maxTokens: generateTokens, minTokens: generateTokens };
    const stream = engine.generate({ tokens, ...options });
    for await (const _piece of stream) {
      const usage = engine.kvUsage;
      if (usage.usedBytes > peakUsage.usedBytes) peakUsage = usage;
    }
    return stream.result;
  });
  const results = await Promise.all(answers);
  const seconds = (performance.now() - start) / 1000;
  for (const { cachedTokens } of results) {
    if (cachedTokens > 0)
      throw new QuireError('internal', `${cachedTokens} tokens were cached`, 'please report it');
  }
  const generated = results.reduce((sum, result) => sum + result.generatedTokens, 0);
  const prefillSeconds = Math.max(...results.map(({ ttftMs }) => ttftMs)) / 1000;
  const singleSpeed = concurrency === 1 ? results[0]!.decodeTokensPerSecond : undefined;
  return {
    prefillTokensPerSecond: (concurrency * promptTokens) / prefillSeconds,
    decodeTokensPerSecond:
      singleSpeed ?? (generated - concurrency) / Math.max(1e-9, seconds - prefillSeconds),
    throughputTokensPerSecond: generated / seconds,
    kvBytesReserved: peakUsage.reservedBytes,
    kvBytesUsed: peakUsage.usedBytes,
  };
}

// Returns pseudo-random token ids, which differ for each seed. Excludes the first and last ids of the vocabulary, where control
// tokens usually are.
function randomTokens(vocabSize: number, count: number, seed: number): number[] {
  const first = Math.min(300, vocabSize >> 1);
  let state = (seed * 2_654_435_761) >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return first + Math.floor((state / 2 ** 32) * (vocabSize - first) * 0.98);
  });
}

function medians(measurements: readonly Measurement[]): Measurement {
  const median = (key: keyof Measurement): number => {
    const values = measurements.map((measurement) => measurement[key]).sort((a, b) => a - b);
    return values[values.length >> 1]!;
  };
  return {
    prefillTokensPerSecond: median('prefillTokensPerSecond'),
    decodeTokensPerSecond: median('decodeTokensPerSecond'),
    throughputTokensPerSecond: median('throughputTokensPerSecond'),
    kvBytesReserved: median('kvBytesReserved'),
    kvBytesUsed: median('kvBytesUsed'),
  };
}

function reportText(report: Report, engine: Engine): string {
  const { limits, promptTokens, generateTokens, concurrency } = report;
  const { work } = engine.info;
  const lines: [string, string][] = [
    ['model', `${report.model}, ${work.mainDtype}`],
    ['backend', `${report.backend} (${report.instructionSet}), keys and values in ${engine.info.kvDtype}`],
    [
      'load',
      `${(report.loadMs / 1000).toFixed(2)} s, at most ${formatRate(report.peakResidentBytes)}B resident`,
    ],
  ];
  if (limits !== undefined) {
    const { threads, bandwidthBytesPerSecond, int8OpsPerSecond, f32FlopsPerSecond } = limits;
    const peaks = `${formatRate(int8OpsPerSecond)}OP/s int8, ${formatRate(f32FlopsPerSecond)}FLOP/s f32`;
    lines.push(['limits', `${threads} threads: ${formatRate(bandwidthBytesPerSecond)}B/s, ${peaks}`]);
  }
  const prefill = report.prefillTokensPerSecond;
  const opsPerToken = work.opsPerToken + work.opsPerRow / promptTokens;
  const peak = isFloat(work.mainDtype) ? limits?.f32FlopsPerSecond : limits?.int8OpsPerSecond;
  lines.push([
    `prefill ${promptTokens}`,
    `${prefill.toFixed(1)} tokens/s${fractionText(prefill * opsPerToken, peak, 'peak')}`,
  ]);
  const context = promptTokens + generateTokens / 2;
  const bytes = work.weightBytes / concurrency + kvBytesRead(work, context);
  const decode = report.decodeTokensPerSecond;
  lines.push([
    `decode ${generateTokens}`,
    `${decode.toFixed(1)} tokens/s${fractionText(decode * bytes, limits?.bandwidthBytesPerSecond, 'bandwidth')}`,
  ]);
  if (concurrency > 1)
    lines.push([
      `${concurrency} requests`,
      `${report.throughputTokensPerSecond.toFixed(1)} tokens/s in total`,
    ]);
  return `${lines.map(([name, value]) => `${name.padEnd(14)}${value}`).join('\n')}\n`;
}

const isFloat = (dtype: string): boolean => /^B?F\d/.test(dtype);

// Formats a number with the prefix giga or tera.
const formatRate = (value: number): string =>
  value >= 1e12 ? `${(value / 1e12).toFixed(2)} T` : `${(value / 1e9).toFixed(2)} G`;

// Returns a measured rate as a fraction of a peak rate, in words.
const fractionText = (rate: number, peak: number | undefined, peakName: string): string =>
  peak === undefined ? '' : `, ${(rate / peak).toFixed(2)} of the ${peakName}`;
