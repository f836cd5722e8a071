// Formats a result of `quire bench` for the terminal.

import type { Limits } from '../../kernels/limits.ts';
import { mean } from '../../lab/statistics.ts';
import type { BenchComparison, Ratio } from './compare.ts';
import { changedPeaks, MAX_PEAK_CHANGE, PEAK_NAMES } from './disturbance.ts';
import type { PhaseProfile, Profile } from './profile.ts';
import type { BenchResult, RunResult } from './result.ts';
import type { RunSizes } from './run-sizes.ts';
import { textTable } from './text-table.ts';

/** Returns the report, which ends with a line break. */
export function benchText(result: BenchResult, comparison: BenchComparison | undefined): string {
  const lines = [
    ...conditionLines(result),
    '',
    'speeds in tokens/s; total: generated tokens per second of the whole run',
    ...textTable([HEADINGS, ...result.runs.map(runCells)]),
    ...result.runs.flatMap((run) => (run.profile === undefined ? [] : profileLines(run, run.profile))),
    ...(comparison === undefined ? [] : comparisonLines(comparison)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Returns the warning if a peak rate changed; undefined if none did. */
export function disturbanceWarning(before: Limits, after: Limits): string | undefined {
  const changes = changedPeaks(before, after).map(({ peak, before: from, after: to }) => {
    const [name, unit] = PEAK_NAMES[peak];
    return `${name} ${formatRate(from)}${unit} before and ${formatRate(to)}${unit} after the runs`;
  });
  if (changes.length === 0) return undefined;
  const tolerance = `${Math.round(100 * MAX_PEAK_CHANGE)} %`;
  return `disturbed: peak rates of the machine changed by more than ${tolerance} (${changes.join(', ')}); close other programs and measure again`;
}

function conditionLines(result: BenchResult): string[] {
  const { model, weightType, backend, instructionSet, threads, kvDtype, loadMs, limits, limitsAfter } =
    result;
  const seconds = (loadMs / 1000).toFixed(2);
  const lines: [string, string][] = [
    ['model', `${model}, ${weightType}`],
    ['backend', `${backend} (${instructionSet}), ${threadsText(threads)}, keys and values in ${kvDtype}`],
    ['load', `${seconds} s, at most ${formatRate(result.peakResidentBytes)}B resident`],
  ];
  for (const [name, peaks] of [['limits', limits] as const, ['afterwards', limitsAfter] as const])
    if (peaks !== undefined) lines.push([name, peaksText(peaks)]);
  return lines.map(([name, value]) => `${name.padEnd(14)}${value}`);
}

const threadsText = (threads: number): string => (threads === 1 ? '1 thread' : `${threads} threads`);

const peaksText = (limits: Limits): string =>
  `${threadsText(limits.threads)}: ${formatRate(limits.bandwidthBytesPerSecond)}B/s, ${formatRate(limits.int8OpsPerSecond)}OP/s int8, ${formatRate(limits.int16OpsPerSecond)}OP/s int16, ${formatRate(limits.f32FlopsPerSecond)}FLOP/s f32, ${formatRate(limits.bf16FlopsPerSecond)}FLOP/s bf16`;

const SPEED_HEADINGS = ['prefill', 'decode', 'total'].flatMap((speed) => [speed, 'limit', 'share']);
const HEADINGS = ['prompt', 'answer', 'requests', ...SPEED_HEADINGS];

const sizeCells = ({ promptTokens, generateTokens, concurrency }: RunSizes): string[] => [
  ...[`${promptTokens}`, `${generateTokens}`, `${concurrency}`],
];

function runCells(run: RunResult): string[] {
  const cells = (speed: number, limit: number | undefined, share: number | undefined): string[] => [
    speed.toFixed(1),
    limit?.toFixed(1) ?? '-',
    share?.toFixed(2) ?? '-',
  ];
  return [
    ...sizeCells(run),
    ...cells(run.prefillTokensPerSecond, run.limitPrefillTokensPerSecond, run.prefillShare),
    ...cells(run.decodeTokensPerSecond, run.limitDecodeTokensPerSecond, run.decodeShare),
    ...cells(run.throughputTokensPerSecond, run.limitThroughputTokensPerSecond, run.throughputShare),
  ];
}

const sizesText = ({ promptTokens, generateTokens, concurrency }: RunSizes): string =>
  `prompt ${promptTokens}, answer ${generateTokens}, requests ${concurrency}`;

function profileLines(run: RunSizes, { prefill, decode }: Profile): string[] {
  return [
    ...(prefill === undefined ? [] : phaseLines(`prefill steps, ${sizesText(run)}`, prefill)),
    ...(decode === undefined ? [] : phaseLines(`decode steps, ${sizesText(run)}`, decode)),
  ];
}

function phaseLines(title: string, phase: PhaseProfile): string[] {
  const { steps, stepMs, operations, preparingMs, waitingMs } = phase;
  const row = (name: string, ms: number): string[] => [
    name,
    ms.toFixed(3),
    `${((100 * ms) / stepMs).toFixed(1)} %`,
  ];
  const byThread = (values: readonly number[]): string => values.map((ms) => ms.toFixed(3)).join(', ');
  return [
    '',
    `${title}: ${steps} steps of ${stepMs.toFixed(3)} ms`,
    ...textTable([
      ['operation', 'ms per step', 'share'],
      ...operations.map(({ name, ms }) => row(name, ms)),
      row('preparing', mean(preparingMs)),
      row('waiting', mean(waitingMs)),
    ]),
    `by thread, in ms: preparing ${byThread(preparingMs)}; waiting ${byThread(waitingMs)}`,
  ];
}

function comparisonLines({ runs, loadRatio, notCompared, notes }: BenchComparison): string[] {
  const cell = (ratio: Ratio | undefined): string =>
    ratio === undefined
      ? '-'
      : `${ratio.ratio.toFixed(3)} (${ratio.lowest.toFixed(3)} to ${ratio.highest.toFixed(3)})`;
  return [
    '',
    'now / earlier; in brackets from the slowest repetition / the fastest to the fastest / the slowest',
    ...textTable([
      ['prompt', 'answer', 'requests', 'prefill', 'decode', 'total'],
      ...runs.map((run) => [
        ...sizeCells(run),
        ...[cell(run.prefill), cell(run.decode), cell(run.throughput)],
      ]),
    ]),
    ...(loadRatio === undefined ? [] : [`duration of loading: ${loadRatio.toFixed(3)}`]),
    ...notCompared.map((run) => `not compared: ${sizesText(run)} is only in ${run.onlyIn}`),
    ...notes.map((note) => `note: ${note}`),
  ];
}

// Formats a number with the prefix giga or tera.
const formatRate = (value: number): string =>
  value >= 1e12 ? `${(value / 1e12).toFixed(2)} T` : `${(value / 1e9).toFixed(2)} G`;
