// The report of the experiment `growth`.

import { COMMON_TEXTS } from '../../common-texts.ts';
import { column, type Findings } from '../../findings.ts';
import { attentionOps, opsPerToken } from '../../formulas.ts';
import { formatNumber as f, formatBytes } from '../../report/format-cell.ts';
import type { Series } from '../../result.ts';
import { fitLine, type LineFit, median } from '../../statistics.ts';
import { type GrowthData, type GrowthPoint, MODES, type Mode } from './data.ts';
import { TEXTS } from './texts.ts';

const MIN_R2 = 0.9; // minimum share of the variance that a line must explain
const MIN_POINTS = 3; // any two points are on a line
const MAX_ERROR_PERCENT = 25; // of a measured time
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
    column(COMMON_TEXTS.textLength, (length) => length, 'tokens'),
    column(TEXTS.linears, (length) => mega(length, true) - attention(length), 'MOP'),
    column(TEXTS.attention, attention, 'MOP'),
    column(NAMES.cache, (length) => mega(length, true), 'MOP'),
    column(NAMES.none, (length) => mega(length, false), 'MOP'),
    column(COMMON_TEXTS.ratio, (length) => mega(length, false) / mega(length, true)),
    column(TEXTS.keysRead, (_, i) => data.kvBytesRead[i] ?? null, 'bytes'),
    column(TEXTS.weightsRead, () => data.weightBytes, 'bytes'),
  ]);
  findings.chart({
    name: 'operations',
    kind: 'lines',
    title: TEXTS.operationsTitle,
    x: { title: COMMON_TEXTS.textLength, unit: 'tokens', scale: 'log' },
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

/** Fits a line to the times of a mode. Returns undefined for fewer than two points. */
function fitOf(points: readonly GrowthPoint[]): LineFit | undefined {
  if (points.length < 2) return undefined;
  const times = points.map(({ ms }) => median(ms));
  return fitLine(
    points.map(({ ops }, i) => [ops / MEGA, times[i]!]),
    times.map((ms) => ms ** -2), // times differ by orders of magnitude, so relative errors are minimized
  );
}

function fittedPoints(mode: Mode, points: readonly GrowthPoint[]): FittedPoint[] {
  const fit = fitOf(points);
  return points.map((point, i) => {
    const medianMs = median(point.ms);
    return { ...point, mode, medianMs, predictedMs: medianMs - (fit?.residuals[i] ?? 0) };
  });
}

/** Returns the difference between the line and each measured time, in percent of the time. */
const errorPercents = ({ residuals }: LineFit, points: readonly GrowthPoint[]): number[] =>
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
      column(COMMON_TEXTS.cache, ({ mode }) => NAMES[mode]),
      column(COMMON_TEXTS.textLength, ({ length }) => length, 'tokens'),
      column(TEXTS.operations, ({ ops }) => ops / MEGA, 'MOP'),
      column(COMMON_TEXTS.timePerToken, ({ medianMs }) => medianMs, 'ms'),
      column(TEXTS.line, ({ predictedMs }) => predictedMs, 'ms'),
      column(COMMON_TEXTS.residual, ({ medianMs, predictedMs }) => medianMs - predictedMs, 'ms'),
      column(COMMON_TEXTS.repetitions, ({ ms }) => ms.length),
    ],
  );
  findings.table(
    ['fit', TEXTS.fitTitle],
    MODES.flatMap((mode) => {
      const { points } = sweeps[mode];
      const fit = fitOf(points);
      return fit === undefined
        ? []
        : [{ ...fit, mode, largestError: Math.max(...errorPercents(fit, points)) }];
    }),
    [
      column(COMMON_TEXTS.cache, ({ mode }) => NAMES[mode]),
      column(TEXTS.a, ({ intercept }) => intercept, 'ms'),
      column(TEXTS.b, ({ slope }) => slope, 'ms/MOP'),
      column(TEXTS.rate, ({ slope }) => 1 / slope, 'GOP/s'),
      column(COMMON_TEXTS.explained, ({ r2 }) => r2),
      column(COMMON_TEXTS.largestResidual, ({ largestError }) => largestError, '% of the time'),
    ],
  );
  findings.chart({
    name: 'time',
    kind: 'lines',
    title: TEXTS.timeTitle,
    x: { title: COMMON_TEXTS.textLength, unit: 'tokens', scale: 'log' },
    y: { title: COMMON_TEXTS.timePerToken, unit: 'ms', scale: 'log' },
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
  const sameLength = sweeps.cache.points.find(({ length }) => length === last?.length);
  if (last !== undefined && sameLength !== undefined) {
    const ms = { none: median(last.ms), cache: median(sameLength.ms) };
    findings.observe(
      TEXTS.atEnd(f(last.length), {
        ops: {
          none: f(last.ops / MEGA),
          cache: f(sameLength.ops / MEGA),
          ratio: f(last.ops / sameLength.ops),
        },
        ms: { none: f(ms.none), cache: f(ms.cache), ratio: f(ms.none / ms.cache) },
      }),
    );
  }
  for (const mode of MODES) concludeMode(mode, sweeps[mode], findings);
  if (lengths.length < MIN_POINTS) findings.observe(TEXTS.tooFewLengths(MIN_POINTS));
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
  if (fit === undefined || points.length < MIN_POINTS) return;
  const percent = f(100 * fit.r2);
  if (fit.slope <= 0) findings.contradict(TEXTS.noGrowth(NAMES[mode]));
  else if (fit.r2 >= MIN_R2) findings.observe(TEXTS.lineExplains(NAMES[mode], percent));
  else findings.contradict(TEXTS.lineExplainsLittle(NAMES[mode], percent));
  const errors = errorPercents(fit, points);
  const largest = Math.max(...errors);
  if (largest <= MAX_ERROR_PERCENT) return;
  findings.contradict(TEXTS.lineDiffers(NAMES[mode], f(largest), f(points[errors.indexOf(largest)]!.length)));
}
