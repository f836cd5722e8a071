// `quire bench`: measures prefill and decode speed of a model, and the limits of the machine in the same run.

import { Command } from 'commander';
import { QuireError } from '../base/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { Limits } from '../kernels/limits.ts';
import { measureLimits, nativeUnavailable } from '../kernels/native/node/native-backend.ts';
import { kvBytesRead } from '../program/work.ts';
import { addModelOptions, loadWithProgress, type ModelFlags } from './model-options.ts';
import { progressBar } from './progress-bar.ts';
import { say, sayJson } from './terminal.ts';
import { integer } from './values.ts';

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
    .option('--prompt-tokens <n>', 'tokens of each prompt', integer, 512)
    .option('--generate-tokens <n>', 'tokens of each answer', integer, 64)
    .option('--concurrency <n>', 'number of concurrent requests', integer, 1)
    .option('--repetitions <n>', 'number of repetitions; the median is reported', integer, 3)
    .option('--json', 'print one JSON object');
  return addModelOptions(command).action(bench);
}

interface Round {
  readonly prefillTokensPerSecond: number;
  readonly decodeTokensPerSecond: number;
  readonly throughputTokensPerSecond: number;
  readonly kvBytesReserved: number;
  readonly kvBytesUsed: number;
}

interface Report extends Round {
  readonly model: string;
  readonly backend: string;
  readonly instructionSet: string;
  readonly promptTokens: number;
  readonly generateTokens: number;
  readonly concurrency: number;
  readonly loadMs: number;
  readonly peakResidentBytes: number;
  /** absent when the native kernels are not built */
  readonly limits: Limits | undefined;
}

async function bench(flags: BenchFlags): Promise<void> {
  for (const name of ['promptTokens', 'generateTokens', 'concurrency', 'repetitions'] as const) {
    if (flags[name] < 1)
      throw new QuireError('bad_option', `${name} is ${flags[name]}`, 'use a whole number of at least 1');
  }
  const limits =
    nativeUnavailable() === undefined ? await measureLimits({ threads: flags.threads }) : undefined;
  const started = performance.now();
  await using engine = await loadWithProgress({
    ...flags,
    context: flags.context ?? flags.promptTokens + flags.generateTokens,
  });
  const loadMs = performance.now() - started;
  const bar = progressBar('rounds');
  const rounds: Round[] = [];
  // The first round warms up and is not counted.
  for (let round = 0; round <= flags.repetitions; round++) {
    const measured = await runRound(engine, flags, round);
    if (round > 0) rounds.push(measured);
    bar.show(round + 1, flags.repetitions + 1);
  }
  bar.clear();
  const { promptTokens, generateTokens, concurrency } = flags;
  const report: Report = {
    model: engine.info.model,
    backend: engine.info.backend,
    instructionSet: engine.info.numerics,
    ...{ promptTokens, generateTokens, concurrency, loadMs },
    ...medians(rounds),
    peakResidentBytes: process.resourceUsage().maxRSS * 1024,
    limits,
  };
  if (flags.json === true) sayJson(report);
  else say(card(report, engine));
}

/** Runs concurrent requests, each with different tokens. */
async function runRound(engine: Engine, flags: BenchFlags, round: number): Promise<Round> {
  const { promptTokens, generateTokens, concurrency } = flags;
  const started = performance.now();
  let usage = engine.kvUsage;
  const answers = Array.from({ length: concurrency }, async (_, i) => {
    const tokens = freshTokens(engine.tokenizer.vocabSize, promptTokens, round * concurrency + i + 1);
    const options = { temperature: 0, maxTokens: generateTokens, minTokens: generateTokens };
    const stream = engine.generate({ tokens, ...options });
    for await (const _piece of stream) {
      const now = engine.kvUsage;
      if (now.usedBytes > usage.usedBytes) usage = now;
    }
    return stream.result;
  });
  const results = await Promise.all(answers);
  const seconds = (performance.now() - started) / 1000;
  for (const { cachedTokens } of results) {
    if (cachedTokens > 0)
      throw new QuireError('internal', `${cachedTokens} tokens were cached`, 'please report it');
  }
  const generated = results.reduce((sum, result) => sum + result.generatedTokens, 0);
  const slowest = Math.max(...results.map(({ ttftMs }) => ttftMs)) / 1000;
  const single = concurrency === 1 ? results[0]!.decodeTokensPerSecond : undefined;
  return {
    prefillTokensPerSecond: (concurrency * promptTokens) / slowest,
    decodeTokensPerSecond: single ?? (generated - concurrency) / Math.max(1e-9, seconds - slowest),
    throughputTokensPerSecond: generated / seconds,
    kvBytesReserved: usage.reservedBytes,
    kvBytesUsed: usage.usedBytes,
  };
}

// Pseudo-random tokens that differ between requests; the ends of the vocabulary, where control tokens are, are left out.
function freshTokens(vocabSize: number, count: number, seed: number): number[] {
  const first = Math.min(300, vocabSize >> 1);
  let state = (seed * 2_654_435_761) >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return first + Math.floor((state / 2 ** 32) * (vocabSize - first) * 0.98);
  });
}

function medians(rounds: readonly Round[]): Round {
  const median = (key: keyof Round): number => {
    const values = rounds.map((round) => round[key]).sort((a, b) => a - b);
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

function card(report: Report, engine: Engine): string {
  const { limits, promptTokens, generateTokens, concurrency } = report;
  const { work } = engine.info;
  const lines: [string, string][] = [
    ['model', `${report.model}, ${work.mainDtype}`],
    ['backend', `${report.backend} (${report.instructionSet}), keys and values in ${engine.info.kvDtype}`],
    ['load', `${(report.loadMs / 1000).toFixed(2)} s, at most ${giga(report.peakResidentBytes)}B resident`],
  ];
  if (limits !== undefined) {
    const { threads, bandwidthBytesPerSecond, int8OpsPerSecond, f32FlopsPerSecond } = limits;
    const peaks = `${giga(int8OpsPerSecond)}OP/s int8, ${giga(f32FlopsPerSecond)}FLOP/s f32`;
    lines.push(['limits', `${threads} threads: ${giga(bandwidthBytesPerSecond)}B/s, ${peaks}`]);
  }
  const prefill = report.prefillTokensPerSecond;
  const opsPerToken = work.opsPerToken + work.opsPerRow / promptTokens;
  const peak = isFloat(work.mainDtype) ? limits?.f32FlopsPerSecond : limits?.int8OpsPerSecond;
  lines.push([
    `prefill ${promptTokens}`,
    `${prefill.toFixed(1)} tokens/s${share(prefill * opsPerToken, peak, 'peak')}`,
  ]);
  const context = promptTokens + generateTokens / 2;
  const bytes = work.weightBytes / concurrency + kvBytesRead(work, context);
  const decode = report.decodeTokensPerSecond;
  lines.push([
    `decode ${generateTokens}`,
    `${decode.toFixed(1)} tokens/s${share(decode * bytes, limits?.bandwidthBytesPerSecond, 'bandwidth')}`,
  ]);
  if (concurrency > 1)
    lines.push([
      `${concurrency} at once`,
      `${report.throughputTokensPerSecond.toFixed(1)} tokens/s in total`,
    ]);
  return `${lines.map(([name, value]) => `${name.padEnd(14)}${value}`).join('\n')}\n`;
}

const isFloat = (dtype: string): boolean => /^B?F\d/.test(dtype);

const giga = (value: number): string =>
  value >= 1e12 ? `${(value / 1e12).toFixed(2)} T` : `${(value / 1e9).toFixed(2)} G`;

const share = (reached: number, limit: number | undefined, of: string): string =>
  limit === undefined ? '' : `, ${(reached / limit).toFixed(2)} of the ${of}`;
