// The report of `growth`.

import { COMMON } from '../../common-texts.ts';
import { column, type Findings } from '../../findings.ts';
import { attentionOps, opsPerToken } from '../../formulas.ts';
import { formatNumber as f, formatBytes } from '../../report/format-cell.ts';
import type { Series } from '../../result.ts';
import { type Fit, fitLine, median } from '../../statistics.ts';
import { type GrowthData, type GrowthPoint, MODES, type Mode } from './data.ts';
import { TEXTS } from './texts.ts';

const STRAIGHT = 0.9; // least share of the variance that a line must explain
const JUDGED = 3; // points: a line always passes through two
const FAR = 25; // percent of a time by which a line may miss it
const MEGA = 1e6;
const NAMES = TEXTS.modes;

export function reportGrowth(data: GrowthData, findings: Findings, complete: boolean): void {
  reportCounts(data, findings);
  reportTimes(data, findings);
  if (complete) conclude(data, findings);
}

function reportCounts(data: GrowthData, findings: Findings): void {
  const { network, lengths, kvBytesPerToken } = data;
  const mega = (context: number, cache: boolean): number => opsPerToken(network, { context, cache }) / MEGA;
  const attention = (context: number): number => attentionOps({ ...network, context }) / MEGA;
  findings.table(['counted', TEXTS.countedTitle], lengths, [
    column(COMMON.textLength, (length) => length, 'tokens'),
    column(TEXTS.linears, (length) => mega(length, true) - attention(length), 'MOP'),
    column(TEXTS.attention, attention, 'MOP'),
    column(NAMES.cache, (length) => mega(length, true), 'MOP'),
    column(NAMES.none, (length) => mega(length, false), 'MOP'),
    column(COMMON.ratio, (length) => mega(length, false) / mega(length, true)),
    column(TEXTS.keysRead, (_, i) => data.kvBytesRead[i] ?? null, 'bytes'),
    column(TEXTS.weightsRead, () => data.weightBytes, 'bytes'),
  ]);
  findings.chart({
    name: 'operations',
    kind: 'lines',
    title: TEXTS.operationsTitle,
    x: { title: COMMON.textLength, unit: 'tokens', scale: 'log' },
    y: { title: TEXTS.operations, unit: 'MOP', scale: 'log' },
    series: MODES.map((mode) => ({
      name: NAMES[mode],
      points: lengths.map((length) => [length, mega(length, mode === 'cache')]),
    })),
  });
  const { layers, heads, headDim, linearOps, headOps } = network;
  const equal = Math.round((linearOps + headOps) / attentionOps({ layers, heads, headDim, context: 1 }));
  findings.observe(TEXTS.memoryPerToken(formatBytes(kvBytesPerToken), f(equal)));
}

interface FittedPoint extends GrowthPoint {
  readonly mode: Mode;
  readonly medianMs: number;
  readonly predictedMs: number;
}

/** A line through the times of a mode; undefined where there are fewer than two. */
function fitOf(points: readonly GrowthPoint[]): Fit | undefined {
  if (points.length < 2) return undefined;
  const times = points.map(({ ms }) => median(ms));
  return fitLine(
    points.map(({ ops }, i) => [ops / MEGA, times[i]!]),
    times.map((ms) => ms ** -2), // times differ by decades: relative errors count
  );
}

function fittedPoints(mode: Mode, points: readonly GrowthPoint[]): FittedPoint[] {
  const fit = fitOf(points);
  return points.map((point, i) => {
    const medianMs = median(point.ms);
    return { ...point, mode, medianMs, predictedMs: medianMs - (fit?.residuals[i] ?? 0) };
  });
}

/** Percent of each measured time by which the line misses it. */
const missedPercents = ({ residuals }: Fit, points: readonly GrowthPoint[]): number[] =>
  residuals.map((residual, i) => Math.abs(100 * residual) / median(points[i]!.ms));

function reportTimes({ sweeps }: GrowthData, findings: Findings): void {
  if (MODES.every((mode) => sweeps[mode].points.length === 0)) return;
  const fitted = {
    cache: fittedPoints('cache', sweeps.cache.points),
    none: fittedPoints('none', sweeps.none.points),
  };
  findings.table(
    ['measured', TEXTS.measuredTitle],
    MODES.flatMap((mode) => fitted[mode]),
    [
      column(COMMON.cache, ({ mode }) => NAMES[mode]),
      column(COMMON.textLength, ({ length }) => length, 'tokens'),
      column(TEXTS.operations, ({ ops }) => ops / MEGA, 'MOP'),
      column(COMMON.timePerToken, ({ medianMs }) => medianMs, 'ms'),
      column(TEXTS.line, ({ predictedMs }) => predictedMs, 'ms'),
      column(COMMON.residual, ({ medianMs, predictedMs }) => medianMs - predictedMs, 'ms'),
      column(COMMON.repetitions, ({ ms }) => ms.length),
    ],
  );
  findings.table(
    ['fit', TEXTS.fitTitle],
    MODES.flatMap((mode) => {
      const { points } = sweeps[mode];
      const fit = fitOf(points);
      return fit === undefined ? [] : [{ ...fit, mode, missed: Math.max(...missedPercents(fit, points)) }];
    }),
    [
      column(COMMON.cache, ({ mode }) => NAMES[mode]),
      column(TEXTS.a, ({ intercept }) => intercept, 'ms'),
      column(TEXTS.b, ({ slope }) => slope, 'ms/MOP'),
      column(TEXTS.rate, ({ slope }) => 1 / slope, 'GOP/s'),
      column(COMMON.explained, ({ r2 }) => r2),
      column(COMMON.largestResidual, ({ missed }) => missed, '% of the time'),
    ],
  );
  findings.chart({
    name: 'time',
    kind: 'lines',
    title: TEXTS.timeTitle,
    x: { title: COMMON.textLength, unit: 'tokens', scale: 'log' },
    y: { title: COMMON.timePerToken, unit: 'ms', scale: 'log' },
    series: MODES.flatMap((mode, colour) => timeSeries(mode, colour, fitted[mode])),
  });
  for (const mode of MODES)
    for (const { length, ms } of sweeps[mode].points)
      findings.metric(
        {
          name: `${mode}, ${length} tokens`,
          title: TEXTS.timeMetric(NAMES[mode], length),
          unit: 'ms',
          better: 'lower',
        },
        ms,
      );
}

const timeSeries = (mode: Mode, colour: number, points: readonly FittedPoint[]): Series[] => [
  { name: NAMES[mode], colour, points: points.map(({ length, medianMs }) => [length, medianMs]) },
  {
    name: TEXTS.lineSeries(NAMES[mode]),
    style: 'dashes',
    colour,
    // A logarithmic axis cannot show a negative prediction.
    points: points.flatMap(({ length, predictedMs }) => (predictedMs > 0 ? [[length, predictedMs]] : [])),
  },
];

function conclude({ sweeps, lengths }: GrowthData, findings: Findings): void {
  const last = sweeps.none.points.at(-1);
  const cached = sweeps.cache.points.find(({ length }) => length === last?.length);
  if (last !== undefined && cached !== undefined) {
    const ms = { none: median(last.ms), cache: median(cached.ms) };
    findings.observe(
      TEXTS.atEnd(f(last.length), {
        ops: { none: f(last.ops / MEGA), cache: f(cached.ops / MEGA), ratio: f(last.ops / cached.ops) },
        ms: { none: f(ms.none), cache: f(ms.cache), ratio: f(ms.none / ms.cache) },
      }),
    );
  }
  for (const mode of MODES) concludeMode(mode, sweeps[mode], findings);
  if (lengths.length < JUDGED) findings.observe(TEXTS.tooFewLengths(JUDGED));
}

function concludeMode(
  mode: Mode,
  { points, stoppedAt, budgetMs }: GrowthData['sweeps'][Mode],
  findings: Findings,
): void {
  const [first, last] = [points[0], points.at(-1)];
  if (first !== undefined && last !== undefined && last !== first)
    findings.observe(
      TEXTS.growth(NAMES[mode], {
        ...{ from: f(first.length), to: f(last.length) },
        ...{ ops: f(last.ops / first.ops), ms: f(median(last.ms) / median(first.ms)) },
      }),
    );
  if (stoppedAt !== undefined) findings.observe(TEXTS.stopped(NAMES[mode], f(stoppedAt), f(budgetMs / 1000)));
  const fit = fitOf(points);
  if (fit === undefined || points.length < JUDGED) return;
  const percent = f(100 * fit.r2);
  if (fit.slope <= 0) findings.contradict(TEXTS.noGrowth(NAMES[mode]));
  else if (fit.r2 >= STRAIGHT) findings.observe(TEXTS.lineExplains(NAMES[mode], percent));
  else findings.contradict(TEXTS.lineExplainsLittle(NAMES[mode], percent));
  const missed = missedPercents(fit, points);
  const most = Math.max(...missed);
  if (most <= FAR) return;
  findings.contradict(TEXTS.lineMisses(NAMES[mode], f(most), f(points[missed.indexOf(most)]!.length)));
}
